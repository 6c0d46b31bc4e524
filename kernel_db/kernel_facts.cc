// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_facts.h.
#include "kernel_db/kernel_facts.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace bpfcheck {
namespace {

/// Calls `each` for every line.
template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

Kconfig parse_kconfig(std::string_view text) {
  Kconfig out;
  for_each_line(text, [&](std::string_view line) {
    const size_t eq = line.find('=');
    if (line.starts_with("CONFIG_") && eq != std::string_view::npos)
      out.emplace(line.substr(0, eq), line.substr(eq + 1));
  });
  return out;
}

Lockdown boot_lockdown(const Kconfig& config) {
  if (config.contains("CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY")) return Lockdown::confidentiality;
  return config.contains("CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY") ? Lockdown::integrity : Lockdown::none;
}

namespace {

/// A line of /proc/kallsyms: ADDRESS TYPE NAME [MODULE].
struct SymbolLine {
  SymbolTable::Symbol symbol{};
  std::string_view name;
};

std::optional<SymbolLine> symbol_line(std::string_view line) {
  SymbolLine s;
  auto [after, bad] = std::from_chars(line.data(), line.data() + line.size(), s.symbol.address, 16);
  line.remove_prefix(static_cast<size_t>(after - line.data()));
  if (bad != std::errc() || line.size() < 4 || line[0] != ' ' || line[2] != ' ') return std::nullopt;
  s.symbol.type = line[1];
  line.remove_prefix(3);
  s.name = line.substr(0, line.find_first_of(" \t"));
  if (s.symbol.type == 'd') s.name = s.name.substr(0, s.name.find(".llvm."));
  return s;
}

}  // namespace

const std::optional<std::string>& SymbolTable::text() const {
  std::call_once(once_, [this] {
    auto text = read_();
    if (!text) return;
    bool any = false;
    for_each_line(*text, [&](std::string_view line) { any = any || symbol_line(line); });
    if (any) text_ = std::move(*text);
  });
  return text_;
}

const std::vector<SymbolTable::Symbol>& SymbolTable::find(std::string_view name) const {
  const std::scoped_lock lock(found_mutex_);
  auto [it, fresh] = found_.try_emplace(std::string(name));
  if (!fresh || name.empty() || !text()) return it->second;
  // A program names a few symbols of a hundred thousand: looking for these is quicker than sorting all.
  const std::string_view all = *text();
  const std::string needle = " " + it->first;
  const std::boyer_moore_horspool_searcher searcher(needle.begin(), needle.end());
  for (auto at = all.begin();; ++at) {
    at = std::search(at, all.end(), searcher);
    if (at == all.end()) return it->second;
    const auto hit = static_cast<size_t>(at - all.begin());
    const size_t begin = all.rfind('\n', hit) + 1;  // npos + 1: the first line
    if (auto s = symbol_line(all.substr(begin, all.find('\n', hit) - begin));
        s && s->name == name && s->name.data() == all.data() + hit + 1)
      it->second.push_back(s->symbol);
  }
}

int KernelFacts::refusal(ProgType type, u32 attach_type) const {
  for (const RefusedProgram& r : refused)
    if (r.type == type && r.attach_type == attach_type) return r.errnum;
  return 0;
}

}  // namespace bpfcheck
