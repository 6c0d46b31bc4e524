// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The objects that a command is given, and which of their programs it is about.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "loader/object.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

struct ObjectOptions {
  std::vector<std::string> files, progs;
  bool legacy_maps = false;

  /// Named by --prog.
  bool names(const std::string& prog) const;
  /// Named, or none is.
  bool wants(const std::string& prog) const { return progs.empty() || names(prog); }
};

/// FILE..., --prog (`what` may be named), --legacy-maps
void declare_objects(CLI::App& command, ObjectOptions& opts, const std::string& what = "programs");

/// All objects of all files, in order.
Result<std::vector<loader::Object>> open_objects(const std::vector<std::string>& files, bool legacy_maps);

}  // namespace bpfcheck::cli
