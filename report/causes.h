// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Why two kernels judge a program differently, for people and as data.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "judge/causes.h"
#include "report/target_line.h"
#include "report/text.h"

namespace bpfcheck::report {

/// "the helper bpf_loop (5.17)"; "every_scalar_spilled (6.9)"; several with commas between; "" where none is known.
std::string causes_line(const judge::Causes& c);

/// A sentence for each cause, with the way round it: "for want of the helper bpf_loop (5.17)".
std::string causes_text(const judge::Causes& c, std::string_view indent);

/// complete, trials, causes: kind, name, words, line, gone, wanting, way_round each.
nlohmann::ordered_json causes_json(const judge::Causes& c);

/// The whole story: both verdicts, then what makes the difference.
std::string story_text(const judge::Causes& c, const TargetLine& from, const TargetLine& to, const Palette& p);
nlohmann::ordered_json story_json(const judge::Causes& c, const TargetLine& from, const TargetLine& to);

}  // namespace bpfcheck::report
