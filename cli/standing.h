// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// --baseline and --suppress: which results are to fail the run (report/standing.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/standing.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

struct StandingOptions {
  std::string baseline;
  double most_growth = 10;  ///< percent
  std::vector<std::string> suppressions;
};

void declare_standing(CLI::App& command, StandingOptions& opts);

class Standings {
 public:
  /// Errors: no such baseline, a suppression that is malformed or has expired.
  static Result<Standings> make(const StandingOptions& opts);
  void settle(report::ProgramResult& r);
  /// A line for each suppression that nothing needed.
  std::string unused() const;

 private:
  std::optional<report::Baseline> baseline_;
  double most_growth_ = 0;
  std::vector<report::Suppression> suppressions_;
};

}  // namespace bpfcheck::cli
