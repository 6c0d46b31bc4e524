// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See causes.h.
#include "report/causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/matrix.h"

namespace bpfcheck::report {
namespace {

using judge::Cause;
using judge::Causes;
using FactKind = Difference::Kind;

constexpr std::string_view fact_kinds[] = {"feature", "helper", "kernel functions", "offers",
                                           "tables",  "types",  "configuration",    "machine"};

std::string lines_of(const Cause& c) {
  if (c.line.empty()) return "";
  if (!c.gone.empty()) return fmt::format(" (from {} until {})", c.line, c.gone);
  return fmt::format(" ({}{})", c.wanting ? "" : "since ", c.line);
}

/// A feature has a name of ours and prose; everything else is known by its own name.
std::string cause_sentence(const Cause& c) {
  const char* why = c.wanting ? "for want of" : "because it has";
  if (c.fact.kind == FactKind::Feature) return fmt::format("{} {}{}: {}", why, c.name, lines_of(c), c.words);
  return fmt::format("{} {} `{}`{}", why, c.words, c.name, lines_of(c));
}

std::string answer(const judge::Judgement& j) {
  ProgramResult r{j};
  if (r.kind == ProgramResult::Kind::Accept)
    return fmt::format("accept  ({} instructions, {} processed)", r.insns, r.verdict.stats.processed);
  return fmt::format("{}: {}", kind_text(r.kind), bare_message(r));
}

nlohmann::ordered_json side(const judge::Judgement& j, const TargetLine& t) {
  return {{"target", target_json(t)}, {"verdict", kind_text(j.kind)}, {"errno", j.errnum}, {"message", j.message}};
}

constexpr size_t most_named = 4, most_told = 8;

std::string more_than(size_t most, const Causes& all) {
  return all.causes.size() > most ? fmt::format(" and {} more", all.causes.size() - most) : "";
}

}  // namespace

std::string causes_line(const Causes& all) {
  std::string out;
  for (size_t i = 0; i < all.causes.size() && i < most_named; i++) {
    const Cause& c = all.causes[i];
    const bool named =
        c.fact.kind == FactKind::Helper || c.fact.kind == FactKind::Types || c.fact.kind == FactKind::Feature;
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", named ? c.name : c.words, lines_of(c));
  }
  return out + more_than(most_named, all);
}

std::string causes_text(const Causes& all, std::string_view indent) {
  std::string out;
  for (size_t i = 0; i < all.causes.size() && i < most_told; i++) {
    const Cause& c = all.causes[i];
    out += wrapped(cause_sentence(c), indent);
    if (!c.way_round.empty()) out += wrapped("to load on both: " + c.way_round, std::string(indent) + "  ");
  }
  const std::string more = more_than(most_told, all);
  return more.empty() ? out : out + std::string(indent) + more.substr(1) + "\n";
}

nlohmann::ordered_json causes_json(const Causes& all) {
  auto list = nlohmann::ordered_json::array();
  auto or_null = [](const std::string& s) {
    return s.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(s);
  };
  for (const Cause& c : all.causes)
    list.push_back({{"kind", fact_kinds[static_cast<size_t>(c.fact.kind)]},
                    {"name", c.name},
                    {"words", c.words},
                    {"line", or_null(c.line)},
                    {"gone", or_null(c.gone)},
                    {"wanting", c.wanting},
                    {"way_round", or_null(c.way_round)}});
  return {{"complete", all.complete}, {"trials", all.trials}, {"causes", list}};
}

std::string story_text(const Causes& c, const TargetLine& from, const TargetLine& to, const Palette& p) {
  ProgramResult r{c.from};
  std::string out = fmt::format("{}{} {}{}\n", p.bold, r.object, r.prog, p.end);
  const size_t width = std::max(from.label.size(), to.label.size());
  for (const auto& [target, judged] : {std::pair(&from, &c.from), std::pair(&to, &c.to)})
    out += fmt::format("  {:<{}}  {}{}{}\n", target->label, width,
                       judged->kind == ProgramResult::Kind::Accept ? p.good : p.bad, answer(*judged), p.end);
  if (c.from.kind == c.to.kind) return out + "  both give the same verdict: nothing makes a difference\n";
  if (!c.complete) return out + "  nothing that the two are known to differ in makes the difference\n";
  out +=
      fmt::format("  {} on {}, not on {},\n{}", c.from.kind == ProgramResult::Kind::Reject ? "refused" : "not modelled",
                  from.label, to.label, causes_text(c, "    "));
  return out + fmt::format("  {} with just {} as {} has {}: {}  ({} trials)\n", from.label,
                           c.facts.size() == 1 ? "this" : "these", to.label, c.facts.size() == 1 ? "it" : "them",
                           kind_text(c.to.kind), c.trials);
}

nlohmann::ordered_json story_json(const Causes& c, const TargetLine& from, const TargetLine& to) {
  nlohmann::ordered_json j = {
      {"object", c.from.object}, {"program", c.from.prog}, {"from", side(c.from, from)}, {"to", side(c.to, to)}};
  j.update(causes_json(c));
  return j;
}

}  // namespace bpfcheck::report
