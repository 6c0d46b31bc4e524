// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Advice beyond the verdict: what the verifier accepts and a careful reader would still remark on. Never counts for the
// exit status.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "loader/object.h"
#include "report/result.h"

namespace bpfcheck::report {

struct Hint {
  std::string rule;             ///< "AdviceNoLicence": stable
  std::string object, program;  ///< program: "" where it is about the whole object
  std::string text;             ///< a sentence or two
  SourceLine at;                ///< where known
  std::string line() const;     ///< "object: program: text (file:line)"
};

/// What a rule is about, for SARIF; "" where there is none of that name.
std::string_view hint_title(std::string_view rule);

/// About an object as a whole, for these targets.
std::vector<Hint> hints_for(const loader::Object& object, std::span<const Target> targets);
/// About a program: `linked` for one of the targets, `processed` by target, 0 where it was not accepted.
std::vector<Hint> hints_for(const loader::Object& object, const loader::LinkedProgram& linked,
                            std::span<const Target> targets, std::span<const u32> processed);

}  // namespace bpfcheck::report
