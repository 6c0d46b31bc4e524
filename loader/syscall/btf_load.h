// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BPF_BTF_LOAD.
#pragma once

#include <string>

#include "base/bytes.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::loader::sys {

struct BtfAnswer {
  Fd fd;
  int errnum = 0;   ///< positive; 0: taken
  std::string log;  ///< of a refusal
};

/// Raw BTF in the host's byte order.
BtfAnswer btf_load(Bytes raw);

}  // namespace bpfcheck::loader::sys
