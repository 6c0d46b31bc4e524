// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See feature_row.h.
#include "kernel_db/feature_row.h"

namespace bpfcheck {
namespace {

constexpr FeatureRow catalogue[] = {
#define FEATURE(name, since, unsure, witness, subject, prose) \
  {#name, Intervals(since), Unsure::unsure, witness, subject, prose},
#include "kernel_db/features.def"
#undef FEATURE
};

}  // namespace

std::span<const FeatureRow> feature_rows() { return catalogue; }

}  // namespace bpfcheck
