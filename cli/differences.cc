// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See differences.h.
#include "cli/differences.h"

#include <cstdlib>
#include <memory>
#include <optional>
#include <tuple>

#include "judge/causes.h"
#include "report/matrix.h"
#include "report/target_line.h"

namespace bpfcheck::cli {

using report::ProgramResult;

std::map<std::string, size_t> newest_by_defect(const std::vector<const Target*>& targets,
                                               const std::vector<ProgramResult*>& results) {
  std::map<std::string, size_t> newest;
  for (size_t t = 0; t < targets.size(); t++) {
    const auto [at, fresh] = newest.try_emplace(report::defect_key(*results[t]), t);
    if (!fresh && !report::target_line(*targets[t]).before(report::target_line(*targets[at->second]))) at->second = t;
  }
  newest.erase("");
  return newest;
}

namespace {

/// The kernel nearest to `refusing` that loads the program, newer ones first; nothing where none does.
std::optional<size_t> nearest_loading(const std::vector<const Target*>& targets,
                                      const std::vector<ProgramResult*>& results, size_t refusing) {
  std::optional<size_t> best;
  auto distance = [&](size_t t) {
    const u32 a = targets[t]->line, b = targets[refusing]->line;
    return std::tuple(targets[t]->arch != targets[refusing]->arch, a < b, a < b ? b - a : a - b);
  };
  for (size_t t = 0; t < targets.size(); t++)
    if (results[t]->kind == ProgramResult::Kind::Accept && (!best || distance(t) < distance(*best))) best = t;
  return best;
}

}  // namespace

void compare_kernels(const loader::Object& object, const loader::ObjectProgram& prog,
                     const std::vector<const Target*>& targets, const std::vector<ProgramResult*>& results,
                     const judge::Options& judging, std::set<std::string>& compared) {
  constexpr u32 most_processed = 20000;
  constexpr size_t most_trials = 1000;
  constexpr u64 most_in_all = 1'000'000;  // instructions processed in trials
  for (const auto& [key, t] : newest_by_defect(targets, results)) {
    ProgramResult& r = *results[t];
    const auto loading = nearest_loading(targets, results, t);
    if (r.kind != ProgramResult::Kind::Reject || !loading) continue;
    if (results[*loading]->verdict.stats.processed > most_processed || r.verdict.stats.processed > most_processed)
      continue;
    if (r.stage == ProgramResult::Stage::Maps && !compared.insert(object.path + "\n" + key).second) continue;
    r.why = std::make_shared<judge::Causes>(
        judge::causes_of(object, prog, *targets[t], *targets[*loading], judging, most_trials, most_in_all));
    r.compared_with = targets[*loading]->label;
  }
}

}  // namespace bpfcheck::cli
