// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See causes.h. Delta debugging (ddmin: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002)
// over the facts by which the targets differ. Switching all of them turns the verdict; then halves, quarters and so on
// are tried, alone and left out, until each fact that is left is needed. Where more than one is left, every fact is
// also tried alone: one is the smallest that there can be.
#include "judge/causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "kernel_db/feature_row.h"
#include "kernel_db/helpers.h"
#include "loader/core_listing.h"

namespace bpfcheck::judge {
namespace {

using Facts = std::vector<Difference>;
using FactKind = Difference::Kind;

/// Judges blends of the two targets.
class Trial {
 public:
  Trial(const loader::Object& object, const loader::ObjectProgram& program, const Target& from, const Target& to,
        const Options& options, Judgement::Kind wanted, size_t most, u64 most_processed)
      : object_(object),
        program_(program),
        from_(from),
        to_(to),
        options_(options),
        wanted_(wanted),
        most_(most),
        most_processed_(most_processed) {}

  bool turns(const Facts& facts) {
    if (exhausted()) return false;
    count_++;
    const Judgement j = judge(object_, program_, blended(from_, to_, facts), options_);
    processed_ += j.verdict.stats.processed;
    return j.kind == wanted_;
  }
  bool exhausted() const { return count_ >= most_ || processed_ >= most_processed_; }
  size_t count() const { return count_; }

 private:
  const loader::Object& object_;
  const loader::ObjectProgram& program_;
  const Target &from_, &to_;
  const Options& options_;
  const Judgement::Kind wanted_;
  const size_t most_;
  const u64 most_processed_;
  size_t count_ = 0;
  u64 processed_ = 0;
};

/// The `i`th of `n` parts, or all but that.
Facts part(const Facts& all, size_t i, size_t n, bool without) {
  Facts out;
  for (size_t k = 0; k < all.size(); k++)
    if ((k * n / all.size() == i) != without) out.push_back(all[k]);
  return out;
}

Facts ddmin(Facts facts, Trial& trial) {
  for (size_t n = 2; facts.size() > 1 && !trial.exhausted();) {
    n = std::min(n, facts.size());
    bool reduced = false;
    for (const bool without : {false, true})
      for (size_t i = 0; i < n && !reduced && !(without && n == 2); i++)
        if (Facts some = part(facts, i, n, without); trial.turns(some)) {
          facts = std::move(some);
          n = without ? n - 1 : 2;
          reduced = true;
        }
    if (reduced) continue;
    if (n == facts.size()) break;
    n *= 2;
  }
  return facts;
}

std::vector<u32> helpers_called(const loader::Object& object) {
  std::set<u32> ids;
  for (const loader::ObjectProgram& p : object.programs)
    for (const Insn& insn : p.insns)
      if (insn.cls() == bpf::JMP && insn.op() == bpf::CALL && insn.src == 0 && insn.imm > 0)
        ids.insert(static_cast<u32>(insn.imm));
  return {ids.begin(), ids.end()};
}

Cause feature_cause(const Difference& fact, const Target& from) {
  const FeatureRow& row = feature_rows()[fact.index];
  Cause c{fact, std::string(row.name), std::string(row.prose), "", "", "", !from.has(static_cast<Feature>(fact.index))};
  for (const Interval& i : row.since) {
    if (i.of != Interval::Of::mainline) continue;
    c.line = line_text(i.from >> 16);
    if (i.until != Interval::open) c.gone = line_text(i.until >> 16);
    break;
  }
  return c;
}

Cause helper_cause(const Difference& fact, const Target& from) {
  const std::string name(helper_name(fact.index));
  const u32 line = helper_line(fact.index);
  const bool lacks = fact.index >= helper_count_of(from);
  Cause c{fact,
          "bpf_" + name,
          lacks ? "the helper" : "the helper, for programs of this type or with these arguments",
          "",
          "",
          "",
          true};
  if (line && lacks) c.line = line_text(line);
  if (lacks)
    c.way_round = fmt::format(
        "call it under `if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_{}))` and go another way in the else",
        name);
  return c;
}

/// What the object asks of the kernel's types that `from` lacks and `to` has.
void add_types(std::vector<Cause>& out, const Difference& fact, const loader::Object& object, const Target& from,
               const Target& to) {
  const size_t before = out.size();
  auto put = [&](std::string name, const char* words, std::string way_round) {
    if (std::ranges::find(out, name, &Cause::name) == out.end())
      out.push_back({fact, std::move(name), words, "", "", std::move(way_round), true});
  };
  if (auto uses = loader::core_uses(object)) {
    const auto here = loader::core_outcomes(object, *uses, from), there = loader::core_outcomes(object, *uses, to);
    auto lacks = [](const loader::CoreOutcome& o) { return o.poisoned || !o.error.empty(); };
    for (size_t i = 0; i < uses->size(); i++) {
      if (!lacks(here[i]) || lacks(there[i])) continue;
      const std::string path = core_reloc::path_words((*uses)[i].local);
      put(path, "the field or type",
          fmt::format("read it under `if (bpf_core_field_exists(...))`, in the else what `{}` was called before",
                      path));
    }
  }
  for (const loader::Extern& e : object.externs)
    if (e.is_func && !from.has_func(e.essent_name) && to.has_func(e.essent_name))
      put(e.essent_name, "the kernel function",
          fmt::format("declare it __weak and call it under `if (bpf_ksym_exists({}))`", e.name));
  for (const loader::ObjectProgram& p : object.programs)
    if (p.entry && p.needs_attach_btf && !p.attach_name.empty() && !from.has_func(p.attach_name) &&
        to.has_func(p.attach_name))
      put(p.attach_name, "the function that is attached to",
          "choose the attach target by bpf_program__set_attach_target()");
  if (out.size() == before) put("types", "what the kernel's BTF holds", "");
}

void add_offers(std::vector<Cause>& out, const Difference& fact, const loader::Object& object,
                const loader::ObjectProgram& program, const Target& from, const Target& to) {
  const size_t before = out.size();
  auto put = [&](std::string name, const char* words) {
    out.push_back({fact, std::move(name), words, "", "", "", true});
  };
  if (from.offers.has(program.type) != to.offers.has(program.type))
    put(std::string(prog_type_name(program.type)), "the program type");
  const auto attach = static_cast<AttachType>(program.expected_attach_type);
  if (from.offers.has(attach) != to.offers.has(attach))
    put(fmt::format("attach type {}", program.expected_attach_type), "how it is attached");
  for (const auto& map : object.maps)
    if (from.offers.has(map->type) != to.offers.has(map->type)) put(map->name, "the type of this map");
  if (out.size() == before) put("offers", "types and flags of programs and maps");
}

std::vector<Cause> in_words(const Facts& facts, const loader::Object& object, const loader::ObjectProgram& program,
                            const Target& from, const Target& to) {
  std::vector<Cause> out;
  auto put = [&](const Difference& d, const char* name, std::string words) {
    out.push_back({d, name, std::move(words), "", "", "", true});
  };
  for (const Difference& d : facts) switch (d.kind) {
      case FactKind::Feature:
        out.push_back(feature_cause(d, from));
        break;
      case FactKind::Helper:
        out.push_back(helper_cause(d, from));
        break;
      case FactKind::Kfuncs:
        put(d, "kernel functions", "which of them are registered, and for which programs");
        break;
      case FactKind::Offers:
        add_offers(out, d, object, program, from, to);
        break;
      case FactKind::Tables:
        put(d, "tables", fmt::format("what {} has in fields of contexts and hooks", line_text(to.version)));
        break;
      case FactKind::Types:
        add_types(out, d, object, from, to);
        break;
      case FactKind::Facts:
        put(d, "configuration", "the kernel's configuration, symbols and lockdown");
        break;
      case FactKind::Machine:
        put(d, "machine", "architecture, processors and JIT");
        break;
    }
  std::ranges::stable_sort(out, std::greater{}, &Cause::wanting);
  return out;
}

}  // namespace

Causes causes_of(const loader::Object& object, const loader::ObjectProgram& program, const Target& from,
                 const Target& to, const Options& options, size_t most_trials, u64 most_processed) {
  const Options plain{.flags = options.flags};
  Causes out;
  out.from = judge(object, program, from, plain);
  out.to = judge(object, program, to, plain);
  if (out.from.kind == out.to.kind) return out;
  Trial trial(object, program, from, to, plain, out.to.kind, most_trials, most_processed);
  const Facts all = differences_of(from, to, helpers_called(object));
  if (trial.turns(all)) {
    out.complete = true;
    out.facts = ddmin(all, trial);
    if (out.facts.size() > 1)
      for (const Difference& d : all)
        if (trial.turns({d})) {
          out.facts = {d};
          break;
        }
    out.causes = in_words(out.facts, object, program, from, to);
  }
  out.trials = trial.count();
  return out;
}

}  // namespace bpfcheck::judge
