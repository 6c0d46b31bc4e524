// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `--format json`: one document with everything that is known of each program. Its shape is
// report/schema/report-1.schema.json; a field may be added under the same schema_version, never changed or taken away.
#include <nlohmann/json.hpp>

#include "report/causes.h"
#include "report/matrix.h"
#include "report/values.h"

namespace bpfcheck::report {
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;

Json place(const SourceLine& l) {
  if (!l.known()) return nullptr;
  return {{"file", l.file}, {"line", l.line}, {"column", l.column}, {"text", trimmed(l.text)}};
}

Json path_of(const Diagnostic& d) {
  Json out = Json::array();
  for (const PathEntry& e : d.path)
    out.push_back({{"source", place(e.at)}, {"instruction", e.insn}, {"words", e.words}});
  return out;
}

Json diagnostic(const Diagnostic& d) {
  Json j = {{"code", d.code},     {"topic", topic_info(d.topic).name}, {"title", d.title},
            {"reason", d.reason}, {"suggestion", d.suggestion},        {"source", place(d.at)}};
  j["function"] = d.function;
  if (d.insn)
    j["instruction"] = {{"index", *d.insn}, {"text", d.insn_words}};
  else
    j["instruction"] = nullptr;
  j["values"] = d.values;
  j["path"] = path_of(d);
  j["path_left_out"] = d.path_left_out;
  return j;
}

Json program(const ProgramResult& r) {
  Json j = {{"object", r.object},
            {"program", r.prog},
            {"section", r.section},
            {"type", r.type},
            {"target", r.target},
            {"constants", r.constants},
            {"stage", stage_text(r.stage)},
            {"verdict", kind_text(r.kind)},
            {"errno", r.errnum},
            {"message", r.message},
            {"rule", r.kind == ProgramResult::Kind::Accept && !r.fails() ? Json(nullptr) : Json(rule_of(r))}};
  put_values(j, r);
  constexpr const char* standings[] = {"itself", "known", "suppressed", "grown"};
  j["standing"] = {{"kind", standings[r.standing.kind]}, {"words", r.standing.words}, {"fails", r.fails()}};
  j["instructions"] = r.insns;
  if (r.stage == ProgramResult::Stage::Verify) {
    const sim::Stats& s = r.verdict.stats;
    j["statistics"] = {{"processed", s.processed},
                       {"total_states", s.total_states},
                       {"peak_states", s.peak_states},
                       {"max_states_per_insn", s.max_states_per_insn},
                       {"stack_depth", s.stack_depth}};
  } else {
    j["statistics"] = nullptr;
  }
  j["microseconds"] = static_cast<s64>(r.usec);
  if (r.needs) j["capabilities"] = *r.needs;
  j["diagnostic"] = r.diagnostic ? diagnostic(*r.diagnostic) : Json(nullptr);
  return j;
}

Json defect(const Run& run, const Matrix& m, const Defect& d) {
  const ProgramResult& r = run.results[d.example];
  Json targets = Json::array();
  for (size_t c : d.columns) targets.push_back(m.columns[c]->name);
  Json programs = Json::array();
  for (size_t row : d.rows) programs.push_back(m.rows[row].program);
  Json j = {{"number", d.number},       {"object", r.object},   {"program", r.prog},
            {"constants", r.constants}, {"programs", programs}, {"rule", rule_of(r)},
            {"message", r.message},     {"example", d.example}, {"targets", targets}};
  j["why"] = nullptr;
  if (r.why) {
    j["why"] = {{"compared_with", r.compared_with}};
    j["why"].update(causes_json(*r.why));
  }
  return j;
}

}  // namespace

std::string to_json(const Run& run) {
  Json j = {{"schema_version", schema_version}, {"tool", {{"name", "bpfcheck"}, {"version", tool_version()}}}};
  j["targets"] = Json::array();
  for (const TargetLine& t : run.targets) {
    Json target = {{"name", t.name}, {"btf", t.origin}, {"kernel", t.kernel}, {"evidence", t.evidence}};
    target.update(target_json(t));
    if (!t.unusable.empty()) target["unusable"] = t.unusable;
    j["targets"].push_back(std::move(target));
  }
  j["programs"] = Json::array();
  for (const ProgramResult& r : run.results) j["programs"].push_back(program(r));
  const Matrix m = matrix_of(run);
  j["defects"] = Json::array();
  for (const Defect& d : m.defects) j["defects"].push_back(defect(run, m, d));
  j["not_judged"] = Json::array();
  for (const NotJudged& n : run.not_judged)
    j["not_judged"].push_back({{"object", n.object}, {"target", n.target}, {"why", n.why}});
  j["advice"] = Json::array();
  for (const Hint& h : run.advice)
    j["advice"].push_back(
        {{"rule", h.rule}, {"object", h.object}, {"program", h.program}, {"text", h.text}, {"source", place(h.at)}});
  using Kind = ProgramResult::Kind;
  j["summary"] = {{"accepted", run.count(Kind::Accept)},
                  {"rejected", run.count(Kind::Reject)},
                  {"unsupported", run.count(Kind::Unsupported)},
                  {"failing", run.failing()}};
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace bpfcheck::report
