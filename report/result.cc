// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See result.h.
#include "report/result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "report/document.h"
#include "report/values.h"

namespace bpfcheck::report {
namespace {

nlohmann::ordered_json kernel_json(const KernelAnswer& k) {
  using Verdict = KernelAnswer::Verdict;
  if (k.verdict == Verdict::NotAsked) return {{"verdict", nullptr}, {"why_not", k.why_not}};
  return {{"stage", k.verified ? "verify" : "maps"},
          {"verdict", verdict_text(k.verdict)},
          {"errno", k.errnum},
          {"processed", k.log.processed},
          {"states", k.log.states},
          {"peak", k.log.peak},
          {"usec", k.log.usec},
          {"msg", k.message},
          {"differs", k.differs},
          {"other_words", k.other_words}};
}

}  // namespace

std::string to_jsonl(const ProgramResult& r, const TargetLine* target) {
  nlohmann::ordered_json j;
  j["object"] = base_name(r.object);
  if (r.stage != ProgramResult::Stage::Open) {
    j["prog"] = r.prog;
    j["sec"] = r.section;
    j["type"] = r.type;
  }
  j["stage"] = stage_text(r.stage);
  j["verdict"] = kind_text(r.kind);
  j["errno"] = r.errnum;
  if (r.stage != ProgramResult::Stage::Open) {
    const bool verified = r.stage == ProgramResult::Stage::Verify;
    j["insns"] = r.insns;
    j["processed"] = verified ? static_cast<s64>(r.verdict.stats.processed) : -1;
    j["states"] = verified ? static_cast<s64>(r.verdict.stats.total_states) : -1;
    j["peak"] = verified ? static_cast<s64>(r.verdict.stats.peak_states) : -1;
    j["usec"] = static_cast<s64>(r.usec);
  }
  j["msg"] = r.message;
  put_values(j, r);
  if (target) j["target"] = target_json(*target);
  if (!r.simulated_as.empty()) j["simulated_as"] = r.simulated_as;
  if (r.kernel) j["kernel"] = kernel_json(*r.kernel);
  if (r.needs) j["caps"] = *r.needs;
  return j.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string not_judged_jsonl(const std::string& object, const TargetLine& target, const std::string& why) {
  nlohmann::ordered_json j = {{"object", base_name(object)},
                              {"stage", "target"},
                              {"verdict", "not judged"},
                              {"msg", why},
                              {"target", target_json(target)}};
  return j.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string name_of(const ProgramResult& r) {
  return r.constants.empty() ? r.prog : fmt::format("{} [{}]", r.prog, r.constants);
}

namespace {

/// What stands behind the words of a verdict.
std::string tried_text(const ProgramResult& r, const char* before, const char* after) {
  const std::string words = tried_words(r);
  return words.empty() ? "" : before + words + after;
}

/// "; needs CAP_BPF, CAP_PERFMON"
std::string needs_text(const ProgramResult& r) {
  if (!r.needs) return "";
  return "; needs " + (r.needs->empty() ? "no capability where kernel.unprivileged_bpf_disabled is 0"
                                        : fmt::format("{}", fmt::join(*r.needs, ", ")));
}

std::string simulated_text(const ProgramResult& r, const Palette& p) {
  const std::string where =
      (r.prog.empty() ? r.object : fmt::format("{} {}", r.object, name_of(r))) + simulated_words(r.simulated_as);
  const std::string standing =
      r.standing.words.empty()
          ? ""
          : fmt::format("  {}({}){}", r.standing.kind == ProgramResult::Standing::Grown ? p.bad : p.dim,
                        r.standing.words, p.end);
  switch (r.kind) {
    case ProgramResult::Kind::Accept:
      if (r.fails()) return fmt::format("{}grown{}        {}: {}\n", p.bad, p.end, where, r.standing.words);
      return fmt::format("{}accept{}       {}  ({} instructions, {} processed{}{}){}\n", p.good, p.end, where, r.insns,
                         r.verdict.stats.processed, needs_text(r), tried_text(r, "; ", ""), standing);
    case ProgramResult::Kind::Unsupported:
      return fmt::format("{}unsupported{}  {}: not modelled: {}{}\n", p.warn, p.end, where, r.message, standing);
    case ProgramResult::Kind::Reject:
      break;
  }
  std::string out = fmt::format("{}reject{}       {}: {}{}{}\n", r.fails() ? p.bad : p.dim, p.end, where, r.message,
                                tried_text(r, " (", ")"), standing);
  if (r.diagnostic && r.fails()) out += to_text(*r.diagnostic, p);
  return out;
}

}  // namespace

std::string to_text(const ProgramResult& r, const Palette& p) {
  std::string out = simulated_text(r, p);
  if (r.kernel)
    out += to_text(
        *r.kernel,
        r.kind == ProgramResult::Kind::Accept ? kind_text(r.kind) : fmt::format("{}: {}", kind_text(r.kind), r.message),
        p);
  return out;
}

}  // namespace bpfcheck::report
