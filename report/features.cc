// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See features.h.
#include "report/features.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kernel_db/helpers.h"
#include "report/document.h"

namespace bpfcheck::report {
namespace {

void put_types(std::string& out, const char* title, const std::vector<Offered>& types, const Palette& p) {
  out += fmt::format("{}{}{}\n", p.mark, title, p.end);
  for (const Offered& t : types) {
    const char* colour = !t.offered ? p.warn : *t.offered ? p.good : p.bad;
    out += fmt::format("  {}{:<3}{}  {}{}\n", colour,
                       !t.offered   ? "?"
                       : *t.offered ? "yes"
                                    : "no",
                       p.end, t.name, t.note.empty() ? "" : " (" + t.note + ")");
  }
}

}  // namespace

std::string features_text(const FeatureList& f, const std::string& target, const std::vector<std::string>& differing,
                          const Palette& p) {
  std::string out = fmt::format("{}\nsource: {}\n\n", target, f.source);
  put_types(out, "program types", f.prog_types, p);
  out += '\n';
  put_types(out, "map types", f.map_types, p);
  if (!f.verifier.empty()) {
    out += fmt::format("\n{}verifier{}\n", p.mark, p.end);
    for (const VerifierFeature& v : f.verifier)
      out += fmt::format("  {}{:<3}{}  {}: {}{}\n",
                         !v.told     ? p.warn
                         : v.present ? p.good
                                     : p.bad,
                         !v.told     ? "?"
                         : v.present ? "yes"
                                     : "no",
                         p.end, v.name, v.prose,
                         v.told      ? ""
                         : v.present ? " (taken as there)"
                                     : " (taken as not there)");
  }
  if (!f.settings.empty()) out += fmt::format("\n{}configuration and machine{}\n", p.mark, p.end);
  for (const Setting& s : f.settings)
    out += s.value ? fmt::format("       {}: {}\n", s.name, *s.value)
                   : fmt::format("  {}?{}    {} ({})\n", p.warn, p.end, s.name, s.taken);
  for (const HelperList& h : f.helpers) {
    out += fmt::format("\n{}helpers for {}{} ({})\n", p.mark, h.prog_type, p.end,
                       h.why_unknown.empty() ? std::to_string(h.helpers.size()) : h.why_unknown);
    std::string names;
    for (u32 id : h.helpers) names += fmt::format("{}{}", names.empty() ? "" : " ", helper_name(id));
    out += wrapped(names, "  ");
  }
  for (const std::string& d : differing)
    out += fmt::format("{}{}differs:{} {}\n", &d == &differing.front() ? "\n" : "", p.warn, p.end, d);
  return out;
}

std::string features_json(const FeatureList& f, const Target& target, const std::vector<std::string>& differing) {
  using Json = nlohmann::ordered_json;
  Json j = {{"schema_version", 1}, {"target", target.name}, {"evidence", target.evidence}, {"source", f.source}};
  j["simulated_as"] = target.simulated_as.empty() ? Json(nullptr) : Json(target.simulated_as);
  auto types = [](const std::vector<Offered>& list) {
    Json out = Json::object();
    for (const Offered& t : list) out[t.name] = t.offered ? Json(*t.offered) : Json(nullptr);
    return out;
  };
  j["program_types"] = types(f.prog_types);
  j["map_types"] = types(f.map_types);
  j["verifier"] = Json::object();
  for (const VerifierFeature& v : f.verifier) j["verifier"][std::string(v.name)] = v.present;
  j["not_told"] = Json::array();
  for (const VerifierFeature& v : f.verifier)
    if (!v.told) j["not_told"].push_back(v.name);
  j["settings"] = Json::object();
  for (const Setting& s : f.settings)
    j["settings"][s.name] = {{"value", s.value ? Json(*s.value) : Json(nullptr)}, {"taken", s.value ? "" : s.taken}};
  j["helpers"] = Json::object();
  for (const HelperList& h : f.helpers) {
    Json names = Json::array();
    for (u32 id : h.helpers) names.push_back(fmt::format("bpf_{}", helper_name(id)));
    j["helpers"][h.prog_type] = h.why_unknown.empty() ? std::move(names) : Json(nullptr);
  }
  j["differences"] = differing;
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace bpfcheck::report
