// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// CO-RE relocations for people: each with its source line, what it asks, and what every target answers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "loader/core_listing.h"
#include "report/text.h"

namespace bpfcheck::report {

/// One object's relocations, and by target what becomes of them.
struct RelocReport {
  const loader::Object* object = nullptr;
  std::vector<loader::CoreUse> uses;
  struct OnTarget {
    std::string name;
    std::vector<loader::CoreOutcome> outcomes;
  };
  std::vector<OnTarget> targets;
};

/// A paragraph a relocation; with several targets a table of all of them at the end.
std::string to_text(const RelocReport& r, const Palette& p);
/// A JSON object with all of it.
std::string to_json(std::span<const RelocReport> reports);

}  // namespace bpfcheck::report
