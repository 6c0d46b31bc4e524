// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See objects.h.
#include "cli/objects.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

namespace bpfcheck::cli {

bool ObjectOptions::names(const std::string& prog) const { return std::ranges::find(progs, prog) != progs.end(); }

void declare_objects(CLI::App& command, ObjectOptions& opts, const std::string& what) {
  command.add_option("FILE", opts.files, "BPF objects, or executables and libraries that embed them")->required();
  command.add_option("--prog", opts.progs, "only " + what + " of this name")->allow_extra_args(false);
  command.add_flag("--legacy-maps", opts.legacy_maps, "open objects that define maps in a section \"maps\"");
}

Result<std::vector<loader::Object>> open_objects(const std::vector<std::string>& files, bool legacy_maps) {
  std::vector<loader::Object> objects;
  for (const std::string& file : files) {
    BPFCHECK_ASSIGN(auto some, loader::open_file(file, {.legacy_maps = legacy_maps}));
    std::ranges::move(some, std::back_inserter(objects));
  }
  return objects;
}

}  // namespace bpfcheck::cli
