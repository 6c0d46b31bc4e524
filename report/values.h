// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What reports say of facts that a target does not tell: with which values a program was judged, and which of them
// decides.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "judge/judge.h"

namespace bpfcheck::report {

/// "alike with CONFIG_HZ=250|1000|100|300, CPUs=8192|1|2": the figures are of the first of each. "" where the target
/// tells all.
std::string tried_words(const judge::Judgement& j);

/// Adds "tried", a list of name and values, and "decides", a name and two outcomes, where there are such.
void put_values(nlohmann::ordered_json& out, const judge::Judgement& j);

}  // namespace bpfcheck::report
