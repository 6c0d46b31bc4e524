// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_facts.h.
#include "kernel_db/kernel_facts.h"

#include <algorithm>
#include <charconv>

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
    if (line.starts_with("CONFIG_") && eq != std::string_view::npos) out.emplace(line.substr(0, eq), line.substr(eq + 1));
  });
  return out;
}

Lockdown boot_lockdown(const Kconfig& config) {
  if (config.contains("CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY")) return Lockdown::confidentiality;
  return config.contains("CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY") ? Lockdown::integrity : Lockdown::none;
}

const std::optional<SymbolTable::Table>& SymbolTable::table() const {
  std::call_once(once_, [this] {
    auto text = read_();
    if (!text) return;
    Table table;
    table.reserve(text->size() / 40);
    for_each_line(*text, [&](std::string_view line) {  // ADDRESS TYPE NAME [MODULE]
      Symbol s{};
      auto [after, bad] = std::from_chars(line.data(), line.data() + line.size(), s.address, 16);
      line.remove_prefix(static_cast<size_t>(after - line.data()));
      if (bad != std::errc() || line.size() < 4 || line[0] != ' ' || line[2] != ' ') return;
      s.type = line[1];
      line.remove_prefix(3);
      std::string_view name = line.substr(0, line.find_first_of(" \t"));
      if (s.type == 'd') name = name.substr(0, name.find(".llvm."));
      table[std::string(name)].push_back(s);
    });
    if (!table.empty()) table_ = std::move(table);
  });
  return table_;
}

const std::vector<SymbolTable::Symbol>& SymbolTable::find(std::string_view name) const {
  static const std::vector<Symbol> none;
  const auto& t = table();
  if (!t) return none;
  auto it = t->find(std::string(name));
  return it == t->end() ? none : it->second;
}

int KernelFacts::refusal(ProgType type, u32 attach_type) const {
  for (const RefusedProgram& r : refused)
    if (r.type == type && r.attach_type == attach_type) return r.errnum;
  return 0;
}

}  // namespace bpfcheck
