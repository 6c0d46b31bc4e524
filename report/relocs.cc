// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See relocs.h.
#include "report/relocs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/disasm.h"
#include "report/source.h"

namespace bpfcheck::report {
namespace {

using core_reloc::Kind;
using loader::CoreOutcome;
using loader::CoreUse;

constexpr size_t longest_path = 48;

std::string insn_text(const Insns& insns) {
  std::string out;
  if (!insns.empty()) disassemble(out, insns.data());
  return out;
}

/// What was asked and what the answer is, with its size where it is about a field.
std::string value_words(Kind kind, u64 value, u32 size, bool found) {
  switch (kind) {
    case Kind::FieldByteOffset:
      return fmt::format("offset {}, {} byte{}", value, size, size == 1 ? "" : "s");
    case Kind::FieldByteSize:
    case Kind::TypeSize:
      return fmt::format("{} bytes", value);
    case Kind::FieldExists:
    case Kind::TypeExists:
    case Kind::EnumvalExists:
      return value ? "exists" : "does not exist";
    case Kind::TypeMatches:
      return value ? "matches" : "does not match";
    case Kind::FieldSigned:
      return value ? "signed" : "unsigned";
    case Kind::FieldLshiftU64:
    case Kind::FieldRshiftU64:
      return fmt::format("{} bits", value);
    case Kind::TypeIdLocal:
    case Kind::TypeIdTarget:
      return found ? fmt::format("type [{}]", value) : "none (0)";
    case Kind::EnumvalValue:
      return fmt::format("{}", static_cast<s64>(value));
    default:
      return fmt::format("{}", value);
  }
}

bool asks_for_existence(Kind k) {
  return k == Kind::FieldExists || k == Kind::TypeExists || k == Kind::EnumvalExists || k == Kind::TypeMatches ||
         k == Kind::TypeSize || k == Kind::TypeIdTarget;
}

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& n : names) out += (out.empty() ? "" : ", ") + n;
  return out;
}

/// The lines about one target; the first one continues the target's name.
std::string outcome_text(const CoreUse& use, const CoreOutcome& o, const Palette& p) {
  if (!o.error.empty()) return fmt::format("{}fails{}: {}\n", p.bad, p.end, o.error);
  std::string out;
  const Kind kind = use.local.kind;
  if (o.poisoned && o.found)
    out =
        fmt::format("{}poisoned{}: the field is of another size there ({} bytes), and no unsigned number or pointer\n",
                    p.bad, p.end, o.size);
  else if (o.poisoned)
    out = fmt::format("{}missing{}: {}\n", p.bad, p.end, o.missing.what);
  else
    out = fmt::format("{}\n", value_words(kind, o.value, o.size, o.found));
  if (!o.path.empty()) out += fmt::format("      there   {}\n", o.path);
  if (!o.poisoned && !o.found && asks_for_existence(kind) && !o.missing.what.empty())
    out += fmt::format("      lacks   {}\n", o.missing.what);
  if (!o.missing.closest.empty()) out += fmt::format("      closest {}\n", list(o.missing.closest));
  const std::string before = insn_text(loader::insns_before(use)), after = insn_text(o.after);
  out += before == after ? fmt::format("      code    {}, unchanged\n", before)
                         : fmt::format("      code    {}  becomes  {}{}\n", before, after,
                                       o.poisoned ? " (refused where it is reached)" : "");
  return out;
}

std::string cell(const CoreUse& use, const CoreOutcome& o) {
  if (!o.error.empty()) return "fails";
  if (o.poisoned) return o.found ? "poisoned" : "missing";
  switch (use.local.kind) {
    case Kind::FieldExists:
    case Kind::TypeExists:
    case Kind::EnumvalExists:
    case Kind::TypeMatches:
      return o.value ? "yes" : "no";
    case Kind::FieldSigned:
      return o.value ? "signed" : "unsigned";
    default:
      return fmt::format("{}", static_cast<s64>(o.value));
  }
}

std::string question(const CoreUse& u) {
  return fmt::format("{} of {}", core_reloc::question_words(u.local.kind), core_reloc::path_words(u.local));
}

/// Ordinals of the relocations that ask the same and are answered alike by every target, in the order of the first.
std::vector<std::vector<size_t>> alike(const RelocReport& r) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::string, size_t> by_words;
  for (size_t i = 0; i < r.uses.size(); i++) {
    const CoreUse& u = r.uses[i];
    std::string words =
        fmt::format("{}\n{}\n{} {}", question(u), core_reloc::field_type_words(u.local), u.value, u.size);
    for (const auto& t : r.targets) {
      const CoreOutcome& o = t.outcomes[i];
      words += fmt::format("\n{} {} {} {} {} {}", o.error, o.found, o.poisoned, o.value, o.size, o.missing.what);
    }
    const auto [at, added] = by_words.emplace(std::move(words), groups.size());
    if (added) groups.emplace_back();
    groups[at->second].push_back(i);
  }
  return groups;
}

/// The further places of a group: by program, the instructions.
std::string other_places(const RelocReport& r, const std::vector<size_t>& group) {
  std::string line;
  const loader::ObjectProgram* prog = nullptr;
  for (size_t i : std::span(group).subspan(1)) {
    const CoreUse& u = r.uses[i];
    if (u.prog != prog) line += fmt::format("{}{}, instruction ", line.empty() ? "" : "; ", u.prog->name);
    line += fmt::format("{}{}", u.prog == prog ? ", " : "", u.insn);
    prog = u.prog;
  }
  return line.empty() ? "" : wrapped("the same in " + line, "  ");
}

std::string table(const RelocReport& r) {
  std::vector<std::vector<std::string>> rows{{"field", "asked", "local"}};
  for (const auto& t : r.targets) rows[0].push_back(t.name);
  std::set<std::vector<std::string>> seen;
  for (size_t i = 0; i < r.uses.size(); i++) {
    const CoreUse& u = r.uses[i];
    CoreOutcome local;
    local.value = u.value;
    std::vector<std::string> row{core_reloc::path_words(u.local), std::string(core_reloc::question_words(u.local.kind)),
                                 cell(u, local)};
    for (const auto& t : r.targets) row.push_back(cell(u, t.outcomes[i]));
    if (seen.insert(row).second) rows.push_back(std::move(row));
  }
  std::vector<size_t> width(rows[0].size());
  for (const auto& row : rows)
    for (size_t c = 0; c < row.size(); c++)
      width[c] = std::max(width[c], c ? row[c].size() : std::min(row[c].size(), longest_path));
  std::string out = "\n";
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); c++)
      line += c < 2 ? fmt::format("{:<{}}  ", row[c], width[c]) : fmt::format("{:>{}}  ", row[c], width[c]);
    out += trimmed(line) + "\n";
  }
  return out;
}

}  // namespace

std::string to_text(const RelocReport& r, const Palette& p) {
  const auto groups = alike(r);
  std::string out =
      fmt::format("{}: {} CO-RE relocation{}\n", r.object->path, r.uses.size(), r.uses.size() == 1 ? "" : "s");
  if (groups.size() < r.uses.size()) out.insert(out.size() - 1, fmt::format(", {} of them different", groups.size()));
  size_t width = 5;
  for (const auto& t : r.targets) width = std::max(width, t.name.size());
  for (const std::vector<size_t>& group : groups) {
    const CoreUse& u = r.uses[group[0]];
    out += fmt::format("\n{}: {}", u.prog->name, question(u));
    if (const std::string type = core_reloc::field_type_words(u.local); !type.empty())
      out += fmt::format(" ({})", type);
    out += "\n";
    if (u.line) out += fmt::format("  {}:{}: {}\n", u.file, u.line, trimmed(u.text));
    out += fmt::format("  {:<{}}  {}, instruction {}\n", "local", width,
                       value_words(u.local.kind, u.value, u.size, true), u.insn);
    for (const auto& t : r.targets)
      out += fmt::format("  {:<{}}  {}", t.name, width, outcome_text(u, t.outcomes[group[0]], p));
    out += other_places(r, group);
  }
  if (r.targets.size() > 1 && !r.uses.empty()) out += table(r);
  return out;
}

std::string to_json(std::span<const RelocReport> reports) {
  auto all = nlohmann::ordered_json::array();
  for (const RelocReport& r : reports)
    for (size_t i = 0; i < r.uses.size(); i++) {
      const CoreUse& u = r.uses[i];
      nlohmann::ordered_json j{
          {"object", r.object->path},
          {"prog", u.prog->name},
          {"insn", u.insn},
          {"kind", core_reloc::question_words(u.local.kind)},
          {"field", core_reloc::path_words(u.local)},
          {"type", core_reloc::field_type_words(u.local)},
          {"file", u.file},
          {"line", u.line},
          {"local", {{"value", u.value}, {"size", u.size}, {"code", insn_text(loader::insns_before(u))}}}};
      auto targets = nlohmann::ordered_json::array();
      for (const auto& t : r.targets) {
        const CoreOutcome& o = t.outcomes[i];
        nlohmann::ordered_json k{{"target", t.name}, {"found", o.found}, {"poisoned", o.poisoned},
                                 {"value", o.value}, {"size", o.size},   {"code", insn_text(o.after)}};
        if (!o.error.empty()) k["error"] = o.error;
        if (!o.missing.what.empty()) k["missing"] = o.missing.what;
        if (!o.missing.closest.empty()) k["closest"] = o.missing.closest;
        targets.push_back(std::move(k));
      }
      j["targets"] = std::move(targets);
      all.push_back(std::move(j));
    }
  return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace bpfcheck::report
