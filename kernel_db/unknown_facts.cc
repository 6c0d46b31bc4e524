// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See unknown_facts.h.
#include "kernel_db/unknown_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "kernel_db/listed_options.h"
#include "kernel_db/target.h"

namespace bpfcheck {
namespace {

struct OptionRow {
  std::string_view name, values, witness;
};

constexpr OptionRow option_rows[] = {
#define KCONFIG_VALUES(name, values, witness) {#name, values, witness},
#include "kernel_db/kconfig_values.def"
#undef KCONFIG_VALUES
};

constexpr std::string_view symbol_rows[] = {
#define COMMON_SYMBOL(name) #name,
#include "kernel_db/common_symbols.def"
#undef COMMON_SYMBOL
};

/// Values apart by blanks; "-" is an option that is not set.
std::vector<FactValue> split(std::string_view list) {
  std::vector<FactValue> out;
  while (!list.empty()) {
    const std::string_view value = list.substr(0, list.find(' '));
    out.emplace_back(value == "-" ? "" : value);
    list.remove_prefix(std::min(value.size() + 1, list.size()));
  }
  return out;
}

/// A kernel is moved at every boot. Two places that share no byte but the highest ones.
constexpr std::string_view images[] = {"0xffffffff81000000", "0xffffffffa2345678"};

}  // namespace

const FactValue* supposed(const Target& target, UnknownKind kind, std::string_view name) {
  for (const Supposition& s : target.supposed)
    if (s.kind == kind && s.name == name) return &s.value;
  return nullptr;
}

std::vector<std::string_view> listed_options() {
  std::vector<std::string_view> names;
  for (const OptionRow& row : option_rows) names.push_back(row.name);
  return names;
}

std::vector<FactValue> values_of_option(const Target& target, std::string_view option, OptionType declared) {
  if (const auto* row = std::ranges::find(option_rows, option, &OptionRow::name); row != std::end(option_rows)) {
    std::vector<FactValue> values = split(row->values);
    if (row->witness.empty() || !target.has_func("schedule")) return values;  // cut down to a few types
    const bool built_in = shows(*target.btf, row->witness);                   // a module does not show
    std::erase_if(values, [&](const FactValue& v) { return (v == "y") != built_in; });
    return values;
  }
  // A bool may be declared where the kernel's option is a tristate: libbpf refuses its "m".
  return declared == OptionType::other ? std::vector<FactValue>{} : std::vector<FactValue>{"y", "", "m"};
}

std::vector<FactValue> values_of_symbol(const Target& target, std::string_view symbol) {
  std::vector<FactValue> values{"there"};
  bool certain = std::ranges::find(symbol_rows, symbol) != std::end(symbol_rows) || target.has_func(symbol);
  for (const ModuleBtf& m : target.modules) certain = certain || m.btf->find(symbol, btf::Kind::Func);
  if (!certain) values.emplace_back();
  return values;
}

UnknownFact image_fact() {
  return {UnknownKind::image, "kernel image", std::vector<FactValue>(std::begin(images), std::end(images))};
}

u64 address_in(const FactValue& image, u32 number) {
  u64 base = 0;
  std::from_chars(image.data() + 2, image.data() + image.size(), base, 16);       // behind "0x"
  return image == images[0] ? base + 16 * u64{number} : base - 16 * u64{number};  // in another order, too
}

std::vector<FactValue> values_of_cpus(const Target& target) {
  std::vector<FactValue> values{std::to_string(target.nr_cpus)};
  for (u32 n : {1u, 2u})
    if (n < target.nr_cpus) values.push_back(std::to_string(n));
  return values;
}

std::string value_words(UnknownKind kind, const FactValue& value) {
  if (!value.empty()) return value;
  return kind == UnknownKind::option ? "not set" : "absent";
}

std::string how_to_give(UnknownKind kind) {
  const char* option = kind == UnknownKind::option ? "--kconfig FILE"
                       : kind == UnknownKind::cpus ? "--cpus N"
                                                   : "--kallsyms FILE";
  return fmt::format("give it with {}", option);
}

std::string how_to_tell(UnknownKind kind, std::string_view name) {
  const std::string what = kind == UnknownKind::option   ? fmt::format("configuration (extern '{}')", name)
                           : kind == UnknownKind::symbol ? fmt::format("symbols (extern '{}')", name)
                           : kind == UnknownKind::image  ? "symbols"
                                                         : "number of CPUs";
  return fmt::format("the target's {}: {}", what, how_to_give(kind));
}

}  // namespace bpfcheck
