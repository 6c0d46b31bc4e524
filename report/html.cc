// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `--format html`: one page that needs nothing else (report/html/ holds its parts). What it shows stands in it as JSON,
// the steps of the verifier packed: numbers of seven bits a byte, low ones first, in base64. Of each step: the
// instruction's distance from the one after the last (signed numbers folded), flags and frame, for a step that does not
// follow the last how far back it goes on from (0: nowhere), the number of changes, and of each the place (a byte) and
// the value.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/document.h"
#include "report/embedded.h"
#include "report/exploration.h"
#include "report/matrix.h"
#include "report/values.h"

namespace bpfcheck::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr EmbeddedFile parts[] = {
#include "report/html_parts.inc"
};

std::string_view part(std::string_view name) {
  for (const EmbeddedFile& f : parts)
    if (f.name == name) return f.text;
  return "";
}

void put_number(std::string& out, u64 v) {
  for (; v >= 128; v >>= 7) out += static_cast<char>(v | 128);
  out += static_cast<char>(v);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    u32 v = 0;
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; k++) v = v << 8 | (k < n ? static_cast<u8>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; k++) out += k <= n ? letters[(v >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

std::string packed(const Exploration& e) {
  std::string out;
  const Change* change = e.changes.data();
  s64 next = 0;
  for (size_t i = 0; i < e.steps.size(); i++) {
    const ExploredStep& s = e.steps[i];
    const s64 d = s64{s.insn} - next;
    put_number(out, d < 0 ? static_cast<u64>(-d) * 2 - 1 : static_cast<u64>(d) * 2);
    next = s64{s.insn} + 1;
    put_number(out, s.flags | u32{s.frame} << 6);
    if (s.flags & (ExploredStep::Resumed | ExploredStep::Enter))
      put_number(out, s.before == ExploredStep::nowhere ? 0 : i - s.before);
    put_number(out, s.changes);
    for (u32 k = 0; k < s.changes; k++, change++) {
      out += static_cast<char>(change->place);
      put_number(out, change->value);
    }
  }
  return base64(out);
}

/// For a script element: "<" could end it.
std::string dumped(const Json& j) {
  std::string text = j.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace), out;
  out.reserve(text.size());
  for (char c : text) c == '<' ? out += "\\u003c" : out += c;
  return out;
}

/// Steps of the page for the steps of a trace: both end with the step at which it was refused.
class Matcher {
 public:
  Matcher(const Exploration* e, size_t trace_length) : length_(trace_length) {
    for (size_t i = 0; e && i < e->steps.size(); i++)
      if (e->steps[i].flags & ExploredStep::OnPath) path_.push_back(i);
  }
  s64 page_step(size_t trace_step) const {
    const size_t from_end = length_ - trace_step;
    return trace_step < length_ && from_end <= path_.size() ? static_cast<s64>(path_[path_.size() - from_end]) : -1;
  }

 private:
  std::vector<size_t> path_;
  size_t length_;
};

Json diagnostic(const Diagnostic& d, const Matcher& matcher, Json& causes) {
  Json j = {{"title", d.title},  {"code", d.code},    {"reason", d.reason},     {"suggestion", d.suggestion},
            {"file", d.at.file}, {"line", d.at.line}, {"function", d.function}, {"values", d.values}};
  j["excerpt"] = Json::array();
  for (const SourceLine& l : d.excerpt.lines) j["excerpt"].push_back({l.line, l.text});
  j["path"] = Json::array();
  for (const PathEntry& e : d.path) {
    s64 first = -1;
    for (u32 s : e.steps) {
      const s64 step = matcher.page_step(s);
      if (step < 0) continue;
      causes.push_back(step);
      if (first < 0) first = step;
    }
    j["path"].push_back(
        {{"line", e.at.line}, {"text", trimmed(e.at.text)}, {"insn", e.insn}, {"words", e.words}, {"step", first}});
  }
  j["left_out"] = d.path_left_out;
  return j;
}

Json program_data(const ProgramResult& r) {
  static const Exploration nothing;
  const Exploration& e = r.exploration ? *r.exploration : nothing;
  Json j;
  j["code"] = Json::array();
  for (size_t i = 0; i < e.code.size(); i++) j["code"].push_back({e.code[i].text, e.code[i].source, e.visits[i]});
  j["functions"] = Json::array();
  for (size_t i = 0; i < e.code.size(); i++)
    if (i == 0 || e.code[i].function != e.code[i - 1].function) j["functions"].push_back({i, e.code[i].function});
  j["files"] = Json::array();
  j["source"] = Json::array();
  for (size_t i = 0; i < e.source.size(); i++) {
    if (i == 0 || e.source[i].file != e.source[i - 1].file) j["files"].push_back(e.source[i].file);
    j["source"].push_back(
        {j["files"].size() - 1, e.source[i].line, e.source[i].text, static_cast<bool>(e.has_code[i])});
  }
  j["values"] = Json::array();
  for (const ValueText& v : e.values) j["values"].push_back({v.notation, v.words});
  j["remarks"] = e.remarks;
  j["count"] = e.steps.size();
  j["first_step"] = e.total - e.steps.size();
  j["packed"] = packed(e);
  Json causes = Json::array();
  j["diagnostic"] = r.diagnostic
                        ? diagnostic(*r.diagnostic, Matcher(r.exploration.get(), r.diagnostic->trace_length), causes)
                        : Json(nullptr);
  if (r.diagnostic && !e.steps.empty()) causes.push_back(e.steps.size() - 1);
  j["cause"] = causes;
  return j;
}

/// Nothing where there is one column only: the list of verdicts says it all.
Json matrix(const Matrix& m) {
  if (m.columns.size() < 2) return nullptr;
  Json j = {{"columns", Json::array()}, {"rows", Json::array()}, {"gaps", Json::array()}};
  for (const TargetLine* t : m.columns)
    j["columns"].push_back({{"label", t->label}, {"name", t->name}, {"file", t->origin}});
  for (const MatrixRow& row : m.rows) {
    Json cells = Json::array();
    for (const Cell& c : row.cells)
      cells.push_back({static_cast<int>(c.kind), c.defect, c.fails, c.result ? Json(*c.result) : Json(nullptr)});
    j["rows"].push_back({{"object", base_name(row.object)}, {"program", row.program}, {"cells", std::move(cells)}});
  }
  for (const Gap& g : m.gaps) j["gaps"].push_back({{"column", g.column}, {"why", g.why}});
  j["conclusion"] = conclusion(m, true);
  return j;
}

Json summary(const Run& run) {
  using Kind = ProgramResult::Kind;
  Json j;
  j["summary"] = {{"accepted", run.count(Kind::Accept)},
                  {"rejected", run.count(Kind::Reject)},
                  {"unsupported", run.count(Kind::Unsupported)}};
  j["matrix"] = matrix(matrix_of(run));
  j["targets"] = Json::array();
  for (const TargetLine& t : run.targets)
    j["targets"].push_back({{"name", t.name}, {"origin", t.origin}, {"simulated_as", t.simulated_as}});
  j["programs"] = Json::array();
  for (const ProgramResult& r : run.results) {
    const bool verified = r.stage == ProgramResult::Stage::Verify;
    j["programs"].push_back({{"object", base_name(r.object)},
                             {"name", name_of(r)},
                             {"section", r.section},
                             {"type", r.type},
                             {"target", r.target},
                             {"simulated_as", r.simulated_as},
                             {"verdict", kind_text(r.kind)},
                             {"label", r.kind == Kind::Accept && r.fails() ? "grown" : kind_text(r.kind)},
                             {"fails", r.fails()},
                             {"standing", r.standing.words},
                             {"insns", r.insns},
                             {"processed", verified ? static_cast<s64>(r.verdict.stats.processed) : -1},
                             {"message", r.message},
                             {"tried", tried_words(r)}});
  }
  j["advice"] = Json::array();
  for (const Hint& h : run.advice) j["advice"].push_back(h.line());
  return j;
}

}  // namespace

std::string to_html(const Run& run) {
  std::string data = fmt::format("<script type=\"application/json\" id=\"run\">{}</script>\n", dumped(summary(run)));
  for (size_t i = 0; i < run.results.size(); i++)
    data += fmt::format("<script type=\"application/json\" id=\"p{}\">{}</script>\n", i,
                        dumped(program_data(run.results[i])));
  std::string out;
  for (std::string_view page = part("page.html"); !page.empty();) {
    const size_t line_end = std::min(page.find('\n'), page.size() - 1) + 1;
    const std::string_view line = page.substr(0, line_end);
    if (line == "@style@\n")
      out += part("style.css");
    else if (line == "@script@\n")
      out += part("app.js");
    else if (line == "@data@\n")
      out += data;
    else if (auto at = line.find("@version@"); at != line.npos)
      out += fmt::format("{}{}{}", line.substr(0, at), tool_version(), line.substr(at + 9));
    else
      out += line;
    page.remove_prefix(line_end);
  }
  return out;
}

}  // namespace bpfcheck::report
