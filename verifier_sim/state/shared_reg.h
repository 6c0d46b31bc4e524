// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A register's state that saved states and stack slots have in common until one of them writes it.
#pragma once

#include <utility>

#include "verifier_sim/state/pool.h"
#include "verifier_sim/state/reg.h"

namespace bpfcheck::sim {

/// Behaves as a Reg by value. Not for several threads: owners are counted plainly.
class SharedReg {
 public:
  SharedReg() = default;
  SharedReg(const Reg& r) : node_(new Node{{}, r}) {}
  SharedReg(const SharedReg& o) : node_(o.node_) {
    if (node_) node_->owners++;
  }
  SharedReg(SharedReg&& o) noexcept : node_(std::exchange(o.node_, nullptr)) {}
  SharedReg& operator=(SharedReg o) noexcept {
    std::swap(node_, o.node_);
    return *this;
  }
  /// Overwrites it in place where nobody shares it.
  SharedReg& operator=(const Reg& r) {
    if (node_ && node_->owners == 1)
      node_->reg = r;
    else
      *this = SharedReg(r);
    return *this;
  }
  ~SharedReg() {
    if (node_ && --node_->owners == 0) delete node_;
  }

  const Reg& operator*() const { return node_ ? node_->reg : nothing(); }
  const Reg* operator->() const { return &**this; }
  operator const Reg&() const { return **this; }
  /// For writing. The reference holds until this is copied: what is written through it later, copies see.
  Reg& edit() {
    if (!node_ || node_->owners > 1) *this = SharedReg(**this);
    return node_->reg;
  }
  bool same_object(const SharedReg& o) const { return node_ == o.node_; }

 private:
  struct Node : Pooled {
    Reg reg;
    u32 owners = 1;
  };
  static const Reg& nothing() {
    static const Reg reg{};
    return reg;
  }
  Node* node_ = nullptr;
};

}  // namespace bpfcheck::sim
