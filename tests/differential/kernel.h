// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The running kernel's verifier, asked with bpf(2). Nothing is attached or run.
#pragma once

#include <array>

#include "base/result.h"
#include "differential/outcome.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::differential {

class Kernel {
 public:
  /// Makes the maps. Fails where bpf(2) is not permitted. `vmlinux`: this kernel's BTF.
  static Result<Kernel> open(btf::BtfPtr vmlinux);
  /// From here on this process may do what CAP_BPF and CAP_NET_ADMIN allow, and no more.
  static Result<void> drop_privileges();
  Outcome judge(const Program& p, bool with_log);

 private:
  Kernel() = default;
  std::array<loader::sys::Fd, map_count> maps_;
  btf::BtfPtr vmlinux_;
  loader::sys::Fd types_;
};

}  // namespace bpfcheck::differential
