// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The running kernel's symbols by address: what an address in native code is called.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mapped_file.h"

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
  struct Symbol {
    u64 address;
    std::string_view name;  ///< in text_
  };
  Blob text_;
  std::vector<Symbol> by_address_;  ///< ascending; of one address, in the kernel's order
};

}  // namespace bpfcheck::loader
