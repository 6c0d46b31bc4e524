// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_symbols.h.
#include "loader/load/kernel_symbols.h"

#include <algorithm>
#include <charconv>

namespace bpfcheck::loader {

KernelSymbols KernelSymbols::read(const std::string& path) {
  KernelSymbols out;
  auto file = map_file(path);
  if (!file) return out;
  out.text_ = std::move(*file);
  std::string_view rest(reinterpret_cast<const char*>(out.text_.bytes.data()), out.text_.bytes.size());
  while (!rest.empty()) {  // "ffffffff81000000 T _text" and "[module]" after a tab
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    u64 address = 0;
    auto [p, ec] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
    const auto at = static_cast<size_t>(p - line.data());
    if (ec != std::errc() || at + 3 >= line.size() || !address) continue;
    const std::string_view name = line.substr(at + 3);
    out.by_address_.push_back({address, name.substr(0, name.find('\t'))});
  }
  std::ranges::stable_sort(out.by_address_, {}, &Symbol::address);
  return out;
}

std::optional<u64> KernelSymbols::address(std::string_view name) const {
  auto it = std::ranges::find(by_address_, name, &Symbol::name);
  return it == by_address_.end() ? std::nullopt : std::optional(it->address);
}

std::string_view KernelSymbols::at(u64 address) const {
  auto it = std::ranges::lower_bound(by_address_, address, {}, &Symbol::address);
  return it == by_address_.end() || it->address != address ? std::string_view() : it->name;
}

}  // namespace bpfcheck::loader
