// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The running kernel's symbols by address: what an address in native code is called.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/types.h"

namespace bpfcheck::loader {

class KernelSymbols {
 public:
  static KernelSymbols read(const std::string& path = "/proc/kallsyms");
  /// All addresses read as zero: kernel.kptr_restrict hides them.
  bool hidden() const { return by_address_.empty(); }
  std::optional<u64> address(std::string_view name) const;
  /// The symbol that begins at this address; "" where none does. Of several, the first that the kernel lists.
  std::string_view at(u64 address) const;

 private:
  std::map<std::string, u64, std::less<>> by_name_;
  std::map<u64, std::string> by_address_;
};

}  // namespace bpfcheck::loader
