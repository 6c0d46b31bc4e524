// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The target's answers to bpf() before a program is loaded: types and maps.
#pragma once

#include "kernel_db/target.h"
#include "loader/kernel.h"

namespace bpfcheck::sim::maps {

class SystemCalls final : public loader::Kernel {
 public:
  /// `target` outlives it.
  explicit SystemCalls(const Target& target) : target_(target) {}
  loader::LoadedBtf load_btf(const btf::BtfPtr& btf) const override;
  Result<void> create_map(loader::MapDef& map, const loader::LoadedBtf& btf) const override;

 private:
  const Target& target_;
};

}  // namespace bpfcheck::sim::maps
