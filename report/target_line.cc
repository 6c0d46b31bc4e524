// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See target_line.h.
#include "report/target_line.h"

#include <nlohmann/json.hpp>
#include <tuple>

#include "kernel_db/release.h"

namespace bpfcheck::report {

bool TargetLine::before(const TargetLine& other) const {
  auto order = [](const TargetLine& t) { return std::tuple(!t.unusable.empty(), t.arch, t.line, t.patch); };
  return order(*this) < order(other);
}

TargetLine target_line(const Target& t) {
  TargetLine out;
  out.name = t.name;
  out.label = t.label;
  out.origin = t.btf->origin();
  out.kernel = line_text(t.line);
  out.release = release_text(t.line, t.levels);
  out.simulated_as = t.simulated_as;
  out.evidence = t.evidence;
  out.line = t.line;
  out.patch = t.levels.least;
  out.arch = t.arch;
  return out;
}

std::string file_label(const std::string& origin) {
  const std::string path = origin.substr(0, origin.find(": .BTF"));
  const std::string file = path.substr(path.find_last_of('/') + 1);
  return file.substr(0, file.find(".btf"));
}

TargetLine unusable_target(const std::string& origin, const std::string& why) {
  TargetLine out;
  out.name = out.origin = origin;
  out.label = file_label(origin);
  out.unusable = why;
  return out;
}

nlohmann::ordered_json target_json(const TargetLine& t) {
  auto or_null = [](const std::string& s) {
    return s.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(s);
  };
  return {{"label", t.label},
          {"file", t.origin},
          {"line", or_null(t.kernel)},
          {"release", or_null(t.release)},
          {"simulated_as", or_null(t.simulated_as)}};
}

}  // namespace bpfcheck::report
