// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See standing.h.
#include "cli/standing.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace bpfcheck::cli {

void declare_standing(CLI::App& command, StandingOptions& opts) {
  command.add_option("--baseline", opts.baseline,
                     "an earlier report (--format json): fail only on what got worse since");
  command
      .add_option("--max-growth", opts.most_growth,
                  "percent by which the instructions processed may exceed the baseline (default 10)")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--suppress", opts.suppressions,
                  "\"program=P; rule=R; object=O; target=T; reason=WHY; expires=YYYY-MM-DD\": let this\nnot fail the "
                  "run; patterns with * are allowed, reason and expires are required")
      ->allow_extra_args(false);
}

Result<Standings> Standings::make(const StandingOptions& opts) {
  Standings made;
  made.most_growth_ = opts.most_growth;
  const std::string day = report::today();
  for (const std::string& text : opts.suppressions) {
    BPFCHECK_ASSIGN(auto s, report::parse_suppression(text, day));
    made.suppressions_.push_back(std::move(s));
  }
  if (!opts.baseline.empty()) {
    BPFCHECK_ASSIGN(auto b, report::Baseline::read(opts.baseline));
    made.baseline_ = std::move(b);
  }
  return made;
}

void Standings::settle(report::ProgramResult& r) {
  if (baseline_) baseline_->judge(r, most_growth_);
  report::suppress(r, suppressions_);
}

std::string Standings::unused() const {
  std::string out;
  for (const auto& s : suppressions_)
    if (!s.used) out += fmt::format("note: the suppression of {} was not needed\n", s.what());
  return out;
}

}  // namespace bpfcheck::cli
