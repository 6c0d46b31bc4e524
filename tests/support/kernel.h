// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tests that ask the running kernel: they skip, saying why, where bpf(2) is out of reach.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "loader/syscall/prog_load.h"

namespace bpfcheck {

/// Why the running kernel cannot be asked; "" where it can.
inline std::string why_no_bpf() {
  static const std::string why = [] {
    static const Insns insns = {{.code = bpf::ALU64 | bpf::MOV | bpf::K}, {.code = bpf::JMP | bpf::EXIT}};
    loader::sys::ProgLoad q;
    q.type = ProgType::KPROBE;  // one that needs privilege
    q.license = "GPL";
    q.insns = insns;
    const auto a = loader::sys::prog_load(q);
    return a.accepted() ? std::string() : std::string("bpf(2) cannot be used here: ") + std::strerror(a.errnum);
  }();
  return why;
}

}  // namespace bpfcheck

#define NEEDS_BPF() \
  if (const std::string why_ = ::bpfcheck::why_no_bpf(); !why_.empty()) GTEST_SKIP() << why_
