// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// When a row of a table holds: in the kernels that kernel_db/intervals.h reads out of a text ("6.16", "5.10-6.4"), or
// where the target has or lacks a feature (kernel_db/features.def). A row that says nothing holds everywhere.
#pragma once

#include "kernel_db/intervals.h"
#include "kernel_db/target.h"

namespace bpfcheck {

class When {
 public:
  consteval When() : kind_(Kind::always) {}
  consteval When(const char* intervals) : kind_(Kind::intervals), intervals_(intervals) {}
  static consteval When with(Feature f) { return When(Kind::feature, f); }
  static consteval When without(Feature f) { return When(Kind::no_feature, f); }

  /// Where the release is not known to be on either side, the row is left out.
  bool holds(const Target& t) const {
    switch (kind_) {
      case Kind::always:
        return true;
      case Kind::intervals:
        return intervals_.holds(t.version, t.levels, Unsure::leave);
      default:
        return t.has(feature_) == (kind_ == Kind::feature);
    }
  }

 private:
  enum class Kind : u8 { always, intervals, feature, no_feature };
  consteval When(Kind kind, Feature f) : kind_(kind), feature_(f) {}

  Kind kind_;
  Feature feature_{};
  Intervals intervals_{"5.10"};
};

}  // namespace bpfcheck
