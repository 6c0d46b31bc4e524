// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which results fail a run: all that are not accepted, but for those that an earlier report (the baseline) has already,
// and those that somebody suppressed, with a reason and for a time.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/result.h"

namespace bpfcheck::report {

/// An earlier run, as its json report tells it.
class Baseline {
 public:
  /// Errors: a file that cannot be read or is no json report of a schema that is known.
  static Result<Baseline> read(const std::string& path);
  /// Known where the verdict is no worse than it was; Grown where the program is accepted, but more than `most_growth`
  /// percent more instructions were processed. Programs that the baseline lacks stand for themselves.
  void judge(ProgramResult& r, double most_growth);

 private:
  struct Row {
    ProgramResult::Kind kind;
    u64 processed;
  };
  std::map<std::string, std::deque<Row>> rows_;  ///< in order: one target may be given twice
};

/// What is not to fail the run. Fields other than reason and expires are patterns (* and ?); an empty one fits
/// everything.
struct Suppression {
  std::string object, program, rule, target, reason, expires;  ///< expires: YYYY-MM-DD, the last day on which it holds
  mutable bool used = false;
  bool fits(const ProgramResult& r) const;
  std::string what() const;  ///< "program 'x', rule OutsidePacket"
};

/// From "program=x; rule=y; reason=...; expires=YYYY-MM-DD". Errors: an unknown field, no reason, no or an expired
/// date, nothing named.
Result<Suppression> parse_suppression(std::string_view text, std::string_view today);
/// Today's date in UTC as YYYY-MM-DD.
std::string today();

void suppress(ProgramResult& r, const std::vector<Suppression>& all);

}  // namespace bpfcheck::report
