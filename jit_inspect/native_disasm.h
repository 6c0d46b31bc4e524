// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Native instructions, by capstone, which appears nowhere else.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kernel_db/target.h"

namespace bpfcheck::jit {

struct NativeInsn {
  u32 offset = 0, size = 0;  ///< bytes
  std::string text;          ///< "mov eax, 0"; a call or jump out of the function with its symbol behind
  bool known = true;         ///< false: bytes that are no instruction capstone knows
};

/// Every byte of `code` is in exactly one. `address`: where it stands, 0 where that is hidden; `symbol` names an
/// address, or gives "". Errors: an architecture that is not covered.
Result<std::vector<NativeInsn>> disassemble_native(Arch arch, Bytes code, u64 address,
                                                   const std::function<std::string(u64)>& symbol);

}  // namespace bpfcheck::jit
