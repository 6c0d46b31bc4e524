// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See standing.h.
#include "report/standing.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/document.h"

namespace bpfcheck::report {
namespace {

using Standing = ProgramResult::Standing;

std::string key_of(std::string_view object, std::string_view prog, std::string_view target,
                   std::string_view constants) {
  return fmt::format("{}\n{}\n{}\n{}", base_name(object), prog, target, constants);
}

ProgramResult::Kind kind_of(const std::string& verdict) {
  return verdict == "accept"   ? ProgramResult::Kind::Accept
         : verdict == "reject" ? ProgramResult::Kind::Reject
                               : ProgramResult::Kind::Unsupported;
}

int badness(ProgramResult::Kind k) {
  return k == ProgramResult::Kind::Accept ? 0 : k == ProgramResult::Kind::Unsupported ? 1 : 2;
}

bool is_date(std::string_view s) {
  if (s.size() != 10 || s[4] != '-' || s[7] != '-') return false;
  int y = 0;
  unsigned m = 0, d = 0;
  auto number = [](std::string_view digits, auto& out) {
    auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return ec == std::errc() && end == digits.data() + digits.size();
  };
  if (!number(s.substr(0, 4), y) || !number(s.substr(5, 2), m) || !number(s.substr(8, 2), d)) return false;
  return std::chrono::year_month_day{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}}.ok();
}

std::string* field_of(Suppression& s, std::string_view name) {
  if (name == "object") return &s.object;
  if (name == "program") return &s.program;
  if (name == "rule") return &s.rule;
  if (name == "target") return &s.target;
  if (name == "reason") return &s.reason;
  if (name == "expires") return &s.expires;
  return nullptr;
}

/// Where the field that begins at 0 ends: before a ';' that another field follows. A reason may hold semicolons.
size_t end_of_field(std::string_view text) {
  for (size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    const std::string next = trimmed(text.substr(at + 1));
    Suppression names;
    if (next.empty() || field_of(names, trimmed(next.substr(0, next.find('='))))) return at;
  }
  return text.size();
}

bool fits_pattern(const std::string& pattern, const std::string& text) {
  return pattern.empty() || ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace

Result<Baseline> Baseline::read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(path, "the baseline cannot be read", ENOENT);
  const std::string hint = "no report of bpfcheck: make the baseline with --format json";
  try {
    const auto j = nlohmann::json::parse(in);
    if (j.at("schema_version") != 1) return fail(path, hint, EINVAL);
    Baseline b;
    for (const auto& p : j.at("programs")) {
      Row row{kind_of(p.at("verdict")), 0};
      if (const auto& s = p.at("statistics"); s.is_object()) row.processed = s.at("processed");
      b.rows_[key_of(p.at("object").get<std::string>(), p.at("program").get<std::string>(),
                     p.at("target").get<std::string>(), p.value("constants", ""))]
          .push_back(row);
    }
    return b;
  } catch (const nlohmann::json::exception&) {
    return fail(path, hint, EINVAL);
  }
}

void Baseline::judge(ProgramResult& r, double most_growth) {
  auto it = rows_.find(key_of(r.object, r.prog, r.target, r.constants));
  if (it == rows_.end() || it->second.empty()) return;
  const Row was = it->second.front();
  if (it->second.size() > 1) it->second.pop_front();
  if (r.kind != ProgramResult::Kind::Accept) {
    if (badness(r.kind) <= badness(was.kind))
      r.standing = {Standing::Known, "as in the baseline"};
    else
      r.standing.words =
          fmt::format("{} in the baseline", was.kind == ProgramResult::Kind::Accept ? "accepted" : "no verdict");
    return;
  }
  const u64 now = r.verdict.stats.processed;
  if (was.kind != ProgramResult::Kind::Accept || !was.processed ||
      static_cast<double>(now) <= static_cast<double>(was.processed) * (1 + most_growth / 100))
    return;
  r.standing = {
      Standing::Grown,
      fmt::format("{} instructions processed, {} in the baseline: {:.1f} % more, where {} % are allowed", now,
                  was.processed, 100.0 * static_cast<double>(now - was.processed) / static_cast<double>(was.processed),
                  most_growth)};
}

bool Suppression::fits(const ProgramResult& r) const {
  return fits_pattern(object, base_name(r.object)) && fits_pattern(program, r.prog) && fits_pattern(rule, rule_of(r)) &&
         fits_pattern(target, r.target);
}

std::string Suppression::what() const {
  std::string out;
  auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{}{} '{}'", out.empty() ? "" : ", ", name, value);
  };
  put("object", object);
  put("program", program);
  put("rule", rule);
  put("target", target);
  return out;
}

Result<Suppression> parse_suppression(std::string_view text, std::string_view today) {
  Suppression s;
  while (!trimmed(text).empty()) {
    const size_t end = end_of_field(text);
    const std::string field = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const auto eq = field.find('=');
    std::string* value = field_of(s, trimmed(field.substr(0, eq)));
    if (!value || eq == std::string::npos)
      return fail(
          "suppression",
          fmt::format(
              "'{}' is none of object, program, rule, target, reason, expires (each as NAME=VALUE, with ; between)",
              field),
          EINVAL);
    *value = trimmed(field.substr(eq + 1));
  }
  const std::string what = s.what();
  if (what.empty()) return fail("suppression", "it names nothing: give an object, program, rule or target", EINVAL);
  if (s.reason.empty()) return fail("suppression of " + what, "it gives no reason", EINVAL);
  if (!is_date(s.expires))
    return fail("suppression of " + what,
                s.expires.empty() ? "it never expires: give expires=YYYY-MM-DD"
                                  : fmt::format("'{}' is no date: write YYYY-MM-DD", s.expires),
                EINVAL);
  if (s.expires < today)
    return fail(
        "suppression of " + what,
        fmt::format("it expired on {} (its reason was: {}): mend the program, or give the suppression a new date",
                    s.expires, s.reason),
        EINVAL);
  return s;
}

std::string today() {
  const std::chrono::year_month_day d{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()), static_cast<unsigned>(d.month()),
                     static_cast<unsigned>(d.day()));
}

void suppress(ProgramResult& r, const std::vector<Suppression>& all) {
  if (!r.fails() && !r.inconclusive()) return;
  for (const Suppression& s : all) {
    if (!s.fits(r)) continue;
    s.used = true;
    r.standing = {Standing::Suppressed, fmt::format("suppressed until {}: {}", s.expires, s.reason)};
    return;
  }
}

}  // namespace bpfcheck::report
