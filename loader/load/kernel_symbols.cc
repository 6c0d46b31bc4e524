// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_symbols.h.
#include "loader/load/kernel_symbols.h"

#include <charconv>
#include <fstream>

namespace bpfcheck::loader {

KernelSymbols KernelSymbols::read(const std::string& path) {
  KernelSymbols out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {  // "ffffffff81000000 T _text" and "[module]" after a tab
    u64 address = 0;
    auto [p, ec] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
    const auto at = static_cast<size_t>(p - line.data());
    if (ec != std::errc() || at + 3 >= line.size() || !address) continue;
    const auto end = line.find('\t', at + 3);
    std::string name = line.substr(at + 3, end == std::string::npos ? end : end - at - 3);
    out.by_address_.emplace(address, name);
    out.by_name_.emplace(std::move(name), address);
  }
  return out;
}

std::optional<u64> KernelSymbols::address(std::string_view name) const {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? std::nullopt : std::optional(it->second);
}

std::string_view KernelSymbols::at(u64 address) const {
  auto it = by_address_.find(address);
  return it == by_address_.end() ? std::string_view() : it->second;
}

}  // namespace bpfcheck::loader
