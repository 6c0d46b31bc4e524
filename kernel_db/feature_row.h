// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The rows of kernel_db/features.def.
#pragma once

#include <span>
#include <string_view>

#include "kernel_db/intervals.h"

namespace bpfcheck {

/// A change of verifier behaviour.
struct FeatureRow {
  std::string_view name;
  Intervals since;
  Unsure unsure;
  std::string_view witness;  ///< as shows() reads it; "": nothing in a BTF tells
  std::string_view subject;  ///< of the upstream commit; "": not one commit
  std::string_view prose;
};

/// In the order of enum Feature.
std::span<const FeatureRow> feature_rows();

}  // namespace bpfcheck
