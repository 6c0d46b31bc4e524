// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::differential {
namespace {

s64 number_behind(std::string_view log, std::string_view key) {
  const auto at = log.rfind(key);
  return at == std::string_view::npos ? -1 : std::strtoll(log.data() + at + key.size(), nullptr, 10);
}

/// Addresses and times are nobody's decision.
std::string normal_line(std::string_view line) {
  std::string s(line);
  const auto at = s.find("(18) r");
  if (at == std::string::npos) return s;
  const auto value = s.find("= ", at);
  if (value == std::string::npos) return s;
  const auto state = s.find(';', value);
  s = s.substr(0, value + 2) + (state == std::string::npos ? "" : " " + s.substr(state));
  return s;
}

std::vector<std::string> normal_lines(std::string_view log) {
  std::vector<std::string> lines;
  while (!log.empty()) {
    const auto nl = log.find('\n');
    const std::string_view line = log.substr(0, nl), words = line.substr(0, line.find("verification time "));
    if (!words.empty() && !words.starts_with("stack depth")) lines.push_back(normal_line(words));
    if (nl == std::string_view::npos) break;
    log.remove_prefix(nl + 1);
  }
  return lines;
}

}  // namespace

void read_log(Outcome& o, std::string_view log) {
  o.processed = number_behind(log, "processed ");
  o.states = number_behind(log, "total_states ");
  o.peak = number_behind(log, "peak_states ");
  log = log.substr(
      0, log.rfind("verification time "));  // the statistics; some words come without a line's end before them
  while (log.ends_with('\n')) log.remove_suffix(1);
  const auto nl = log.rfind('\n');
  if (o.kind == Outcome::Kind::reject) o.message = nl == std::string_view::npos ? log : log.substr(nl + 1);
}

Outcome simulate(const Program& p, const Target& target, bool with_log) {
  Outcome o;
  const auto prog = linked(p, target.btf);
  const sim::Verdict v = sim::verify(prog, target);
  if (v.kind == sim::Verdict::Kind::Unsupported) {
    o.message = v.unsupported;
    return o;
  }
  o.kind = v.kind == sim::Verdict::Kind::Accept ? Outcome::Kind::accept : Outcome::Kind::reject;
  with_log &= v.stats.processed <= 50000;  // a log of a million instructions tells nobody anything
  if (with_log ||
      (o.kind == Outcome::Kind::reject && (v.reject.code == Msg::None || v.reject.code == Msg::InfiniteLoop))) {
    sim::KernelLog log(with_log ? 6 : 1);
    sim::verify(prog, target, &log);
    if (with_log) o.log = log.text();
    o.message = log.last_line();
  } else {
    o.message = v.reject.text(target.wording);
  }
  if (o.kind == Outcome::Kind::accept)
    o.message.clear();
  else
    o.errnum = v.reject.errnum;
  o.before_verifier = v.before_verifier;
  if (v.before_verifier) return o;
  o.processed = v.stats.processed;
  o.states = v.stats.total_states;
  o.peak = v.stats.peak_states;
  return o;
}

std::string_view difference(const Outcome& kernel, const Outcome& ours) {
  if (kernel.kind == Outcome::Kind::no_answer || ours.kind == Outcome::Kind::no_answer) return "";
  if (kernel.kind != ours.kind) return "verdict";
  if (kernel.errnum != ours.errnum) return "errno";
  if (kernel.message != ours.message) return "message";
  if (kernel.processed != ours.processed) return "processed";
  if (kernel.states != ours.states || kernel.peak != ours.peak) return "states";
  if (!kernel.log.empty() && !ours.log.empty() && normal_lines(kernel.log) != normal_lines(ours.log)) return "log";
  return "";
}

std::string compare_logs(const std::string& kernel, const std::string& ours) {
  const auto a = normal_lines(kernel), b = normal_lines(ours);
  const size_t n = std::min(a.size(), b.size());
  size_t at = 0;
  while (at < n && a[at] == b[at]) at++;
  if (at == a.size() && at == b.size()) return "";
  std::string s;
  for (size_t i = at > 8 ? at - 8 : 0; i < at; i++) s += "      " + a[i] + "\n";
  for (size_t i = at; i < std::min(at + 5, a.size()); i++) s += "kernel " + a[i] + "\n";
  for (size_t i = at; i < std::min(at + 5, b.size()); i++) s += "ours   " + b[i] + "\n";
  return s;
}

std::string describe(const Outcome& o) {
  if (o.kind == Outcome::Kind::no_answer) return "no answer: " + o.message;
  return fmt::format("{}, {} processed, {} states, {} peak{}",
                     o.kind == Outcome::Kind::accept ? "accept" : fmt::format("reject with errno {}", o.errnum),
                     o.processed, o.states, o.peak, o.message.empty() ? "" : ": " + o.message);
}

}  // namespace bpfcheck::differential
