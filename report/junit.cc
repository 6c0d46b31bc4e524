// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `--format junit`: a test suite for each object and target, a test case for each program. What is rejected is a
// failure; what is not modelled, an error: it is no pass.
#include <fmt/format.h>

#include <algorithm>

#include "report/document.h"
#include "report/values.h"

namespace bpfcheck::report {
namespace {

/// XML text and attribute values: characters that XML 1.0 does not allow become U+FFFD, as do bytes that are no UTF-8.
std::string xml(std::string_view s, bool attribute = true) {
  std::string out;
  for (size_t i = 0; i < s.size(); i++) {
    const auto c = static_cast<unsigned char>(s[i]);
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += "&quot;";
        continue;
      case '\n':
        out += attribute ? "&#10;" : "\n";
        continue;
      case '\t':
        out += attribute ? "&#9;" : "\t";
        continue;
      default:
        break;
    }
    const size_t more = c < 0x80                ? 0
                        : c >= 0xc2 && c < 0xe0 ? 1
                        : c >= 0xe0 && c < 0xf0 ? 2
                        : c >= 0xf0 && c < 0xf5 ? 3
                                                : 9;
    bool whole = c >= 0x20 && more <= 3 && i + more < s.size();
    for (size_t k = 1; whole && k <= more; k++) whole = (static_cast<unsigned char>(s[i + k]) & 0xc0) == 0x80;
    if (whole)
      out += s.substr(i, more + 1);
    else
      out += "\xef\xbf\xbd";
    if (whole) i += more;
  }
  return out;
}

std::string test_case(const ProgramResult& r) {
  const std::string name = r.prog.empty() ? base_name(r.object) : name_of(r);
  std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"", xml(base_name(r.object)),
                                xml(name), r.usec / 1e6);
  const std::string tried = tried_words(r);
  if (r.kind == ProgramResult::Kind::Accept && !r.fails())
    return out + (tried.empty()
                      ? "/>\n"
                      : fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", xml(tried, false)));
  if (!r.fails() && !r.inconclusive())
    return out + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                             xml(fmt::format("{} ({})", headline(r), r.standing.words)));
  const bool failure = r.fails();
  const char* tag = failure ? "failure" : "error";
  std::string body = r.message;
  if (r.diagnostic) body = to_text(*r.diagnostic, palette(false));
  return out + fmt::format(">\n      <{} message=\"{}\" type=\"{}\">{}</{}>\n    </testcase>\n", tag, xml(headline(r)),
                           xml(rule_of(r)), xml(body, false), tag);
}

std::string properties_of(const TargetLine& t) {
  std::string out;
  for (const auto& [name, value] :
       {std::pair("target.label", &t.label), std::pair("target.file", &t.origin), std::pair("target.line", &t.kernel),
        std::pair("target.release", &t.release), std::pair("simulated_as", &t.simulated_as)})
    if (!value->empty()) out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, xml(*value));
  return out.empty() ? "" : fmt::format("    <properties>\n{}    </properties>\n", out);
}

/// What no verdict was sought for, as tests that were skipped.
std::string not_judged(const std::string& object, const TargetLine* target, const std::string& why) {
  const std::string name = fmt::format("{} on {}", base_name(object), target ? target->name : "?");
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" time=\"0\">\n{}    <testcase "
      "classname=\"{}\" name=\"{}\" time=\"0\">\n      <skipped message=\"{}\"/>\n    </testcase>\n  </testsuite>\n",
      xml(name), target ? properties_of(*target) : "", xml(base_name(object)), xml(base_name(object)), xml(why));
}

}  // namespace

std::string to_junit(const Run& run) {
  double time = 0;
  for (const ProgramResult& r : run.results) time += r.usec / 1e6;
  const auto unusable = std::ranges::count_if(run.targets, [](const TargetLine& t) { return !t.unusable.empty(); });
  const size_t left_out = run.not_judged.size() + static_cast<size_t>(unusable);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"bpfcheck\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.6f}\">\n",
                     run.results.size() + left_out, run.failing(),
                     std::ranges::count_if(run.results, &ProgramResult::inconclusive), time);
  std::vector<std::pair<std::string, std::string>> suites;  // object, target: in order of appearance
  for (const ProgramResult& r : run.results)
    if (std::pair key{r.object, r.target}; std::ranges::find(suites, key) == suites.end()) suites.push_back(key);
  for (const auto& [object, target] : suites) {
    std::string cases;
    size_t tests = 0, failures = 0, errors = 0;
    double took = 0;
    for (const ProgramResult& r : run.results) {
      if (r.object != object || r.target != target) continue;
      tests++;
      failures += r.fails();
      errors += r.inconclusive();
      took += r.usec / 1e6;
      cases += test_case(r);
    }
    const auto line = std::ranges::find(run.targets, target, &TargetLine::name);
    const std::string properties = line == run.targets.end() ? "" : properties_of(*line);
    const std::string name = target.empty() ? base_name(object) : fmt::format("{} on {}", base_name(object), target);
    out += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.6f}\">\n{}{}  </testsuite>\n",
        xml(name), tests, failures, errors, took, properties, cases);
  }
  for (const NotJudged& n : run.not_judged) {
    const auto line = std::ranges::find(run.targets, n.target, &TargetLine::name);
    out += not_judged(n.object, line == run.targets.end() ? nullptr : &*line, n.why);
  }
  for (const TargetLine& t : run.targets)
    if (!t.unusable.empty()) out += not_judged(t.label, &t, t.unusable);
  return out + "</testsuites>\n";
}

}  // namespace bpfcheck::report
