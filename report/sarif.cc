// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `--format sarif`: SARIF 2.1.0 (OASIS), as code scanning services read it. A rule is a message of the catalogue; a
// fingerprint holds what does not change when lines move: object, program, target, rule and the text of the source
// line.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/octets.h"
#include "kernel_db/explanations.h"
#include "report/document.h"
#include "report/values.h"

namespace bpfcheck::report {
namespace {

using Json = nlohmann::ordered_json;

/// FNV-1a: the same on every machine, for ever.
u64 hash(std::string_view s) {
  u64 h = 0xcbf29ce484222325;
  for (const unsigned char c : octets(s)) h = (h ^ c) * 0x100000001b3;
  return h;
}

/// A path as a URI reference: what is neither letter, digit nor "-._~/" as %XX.
std::string uri(std::string_view path) {
  std::string out;
  for (const unsigned char c : octets(path)) {
    if (std::isalnum(c) || std::string_view("-._~/").contains(static_cast<char>(c)))
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return path.starts_with('/') ? "file://" + out : out;
}

Json artifact(const std::string& path) {
  Json j = {{"uri", uri(path)}};
  if (!path.starts_with('/')) j["uriBaseId"] = "SRCROOT";
  return j;
}

Json location(const std::string& path, const SourceLine& at, std::string_view words) {
  Json physical = {{"artifactLocation", artifact(path)}};
  if (at.known()) {
    physical["region"] = {{"startLine", at.line}};
    if (at.column) physical["region"]["startColumn"] = at.column;
    if (!at.text.empty()) physical["region"]["snippet"] = {{"text", trimmed(at.text)}};
  }
  Json j = {{"physicalLocation", physical}};
  if (!words.empty()) j["message"] = {{"text", words}};
  return j;
}

Json code_flow(const std::string& path, const Diagnostic& d) {
  Json steps = Json::array();
  for (const PathEntry& e : d.path) {
    std::string words;
    for (const std::string& w : e.words) words += (words.empty() ? "" : "; ") + w;
    steps.push_back({{"location", location(path, e.at, words)}});
  }
  steps.push_back({{"location", location(path, d.at, d.reason)}});
  return {{"threadFlows", {{{"locations", steps}}}}};
}

Json rule(const std::string& id) {
  Json j = {{"id", id}};
  const auto [title, text, help] = rule_words(id);
  j["shortDescription"] = {{"text", title.empty() ? id : title}};
  j["fullDescription"] = {{"text", text.empty() ? id : text}};
  if (!help.empty()) j["help"] = {{"text", help}};
  j["defaultConfiguration"] = {{"level", id == "Unsupported" || !hint_title(id).empty() ? "note" : "error"}};
  return j;
}

Json result(const Run& run, const ProgramResult& r, const std::string& id, size_t index) {
  const bool unsupported = r.kind == ProgramResult::Kind::Unsupported;
  const std::string path = report_path(run, r);
  std::string text = headline(r);
  if (r.diagnostic)
    text += fmt::format("\n{}: {}\n{}", r.diagnostic->title, r.diagnostic->reason, r.diagnostic->suggestion);
  const auto target = std::ranges::find(run.targets, r.target, &TargetLine::name);
  if (run.targets.size() > 1 && target != run.targets.end()) text += fmt::format("\n(on {})", target->label);
  Json j = {
      {"ruleId", id}, {"ruleIndex", index}, {"level", unsupported ? "note" : "error"}, {"message", {{"text", text}}}};
  Json where = location(path, r.diagnostic ? r.diagnostic->at : SourceLine{}, "");
  if (!r.prog.empty()) where["logicalLocations"] = {{{"name", name_of(r)}, {"kind", "function"}}};
  j["locations"] = Json::array({where});
  if (target != run.targets.end()) j["properties"] = {{"target", target_json(*target)}};
  if (!r.simulated_as.empty()) j["properties"]["simulated_as"] = r.simulated_as;
  if (!r.tried.empty() || r.decides) put_values(j["properties"], r);
  if (r.standing.kind == ProgramResult::Standing::Suppressed)
    j["suppressions"] = Json::array({{{"kind", "external"}, {"justification", r.standing.words}}});
  if (r.standing.kind == ProgramResult::Standing::Known) j["baselineState"] = "unchanged";
  if (r.diagnostic && !r.diagnostic->path.empty() && r.diagnostic->at.known())
    j["codeFlows"] = Json::array({code_flow(path, *r.diagnostic)});
  const std::string line = r.diagnostic ? trimmed(r.diagnostic->at.text) : "";
  j["partialFingerprints"] = {
      {"bpfcheck/v1", fmt::format("{:016x}", hash(fmt::format("{}\n{}\n{}\n{}\n{}", base_name(r.object), name_of(r),
                                                              r.target, id, line)))}};
  return j;
}

Json hint(const Run& run, const Hint& h, size_t index) {
  Json where = location(report_path(run, h.object, h.at), h.at, "");
  if (!h.program.empty()) where["logicalLocations"] = {{{"name", h.program}, {"kind", "function"}}};
  Json j = {{"ruleId", h.rule},
            {"ruleIndex", index},
            {"level", "note"},
            {"message", {{"text", h.line()}}},
            {"locations", Json::array({where})}};
  j["partialFingerprints"] = {
      {"bpfcheck/v1", fmt::format("{:016x}", hash(fmt::format("{}\n{}\n{}\n{}", base_name(h.object), h.program, h.rule,
                                                              trimmed(h.at.text))))}};
  return j;
}

}  // namespace

std::string to_sarif(const Run& run) {
  Json rules = Json::array(), results = Json::array();
  std::map<std::string, size_t> known;
  auto index_of = [&](const std::string& id) {
    auto [at, fresh] = known.try_emplace(id, rules.size());
    if (fresh) rules.push_back(rule(id));
    return at->second;
  };
  for (const ProgramResult& r : run.results) {
    if (r.kind == ProgramResult::Kind::Accept && !r.fails()) continue;
    const std::string id = rule_of(r);
    results.push_back(result(run, r, id, index_of(id)));
  }
  for (const Hint& h : run.advice) results.push_back(hint(run, h, index_of(h.rule)));
  Json one = {
      {"tool",
       {{"driver",
         {{"name", "bpfcheck"}, {"version", tool_version()}, {"semanticVersion", tool_version()}, {"rules", rules}}}}}};
  if (!run.root.empty()) one["originalUriBaseIds"] = {{"SRCROOT", {{"uri", uri(run.root)}}}};
  Json simulated = Json::object();
  for (const TargetLine& t : run.targets)
    if (!t.simulated_as.empty()) simulated[t.name] = t.simulated_as;
  Json targets = Json::array(), notes = Json::array();
  for (const TargetLine& t : run.targets) {
    targets.push_back(target_json(t));
    if (!t.unusable.empty()) notes.push_back({{"level", "error"}, {"message", {{"text", t.unusable}}}});
  }
  for (const NotJudged& n : run.not_judged) notes.push_back({{"level", "warning"}, {"message", {{"text", n.why}}}});
  one["properties"] = {{"targets", targets}};
  if (!simulated.empty()) one["properties"]["simulated_as"] = simulated;
  for (const ProgramResult& r : run.results) {
    if (r.tried.empty()) continue;
    Json j = {{"object", r.object}, {"program", name_of(r)}, {"target", r.target}};
    put_values(j, r);
    one["properties"]["tried"].push_back(std::move(j));
  }
  if (!notes.empty())
    one["invocations"] = Json::array({{{"executionSuccessful", true}, {"toolExecutionNotifications", notes}}});
  one["columnKind"] = "utf16CodeUnits";
  one["results"] = results;
  Json j = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({one})}};
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace bpfcheck::report
