// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What reports say of a target.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kernel_db/target.h"

namespace bpfcheck::report {

struct TargetLine {
  std::string name;          ///< "6.18 (x86-64)": no two targets of a run have the same
  std::string label;         ///< the shortest that tells it apart: "6.18", "6.18 arm64", a file's name
  std::string origin;        ///< the file
  std::string kernel;        ///< its line, "6.18"; "" where it is unusable
  std::string release;       ///< "6.18.14 to 6.18.15"; "" where nothing is known
  std::string simulated_as;  ///< "" where it is modelled
  std::string evidence;
  std::string unusable;  ///< why nothing can be judged for it; "" where it can
  u32 line = 0, patch = 0;
  Arch arch = Arch::other;
  /// Kernels of one architecture together, older ones first, unusable ones last.
  bool before(const TargetLine& other) const;
};

TargetLine target_line(const Target& t);
/// "6.12.117-amd64" of "kernels/6.12.117-amd64.btf.xz".
std::string file_label(const std::string& origin);
/// A file that was to be a target and cannot be.
TargetLine unusable_target(const std::string& origin, const std::string& why);

/// label, file, line, release, simulated_as: null where there is none.
nlohmann::ordered_json target_json(const TargetLine& t);

}  // namespace bpfcheck::report
