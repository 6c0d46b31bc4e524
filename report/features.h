// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a kernel offers, as text and as JSON: one form for what its BTF shows and for what the kernel itself answered.
#pragma once

#include <string>
#include <vector>

#include "kernel_db/feature_list.h"
#include "report/text.h"

namespace bpfcheck::report {

/// `target`: a line that says which kernel it is; `differing`: lines of `differences`, where there is something to
/// compare.
std::string features_text(const FeatureList& f, const std::string& target, const std::vector<std::string>& differing,
                          const Palette& p);
std::string features_json(const FeatureList& f, const Target& target, const std::vector<std::string>& differing);

}  // namespace bpfcheck::report
