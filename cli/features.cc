// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `bpfcheck features`: what a kernel offers, from its BTF; `bpfcheck probe`: what the running kernel offers, by asking
// it.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/targets.h"
#include "loader/load/probe.h"
#include "report/document.h"
#include "report/features.h"

namespace bpfcheck::cli {
namespace {

struct FeatureOptions {
  TargetOptions target;
  OutputOptions output;
};

int show(const FeatureOptions& opts, const FeatureList& list, const Target& target,
         const std::vector<std::string>& differing) {
  const std::string line = fmt::format("target: {}, taken for Linux {}{} because {}", target.btf->origin(), target.name,
                                       report::simulated_words(target.simulated_as), target.evidence);
  const auto written = write_whole(
      "-", opts.output.json() ? report::features_json(list, target, differing)
                              : report::features_text(list, line, differing, report::palette(opts.output.in_colour())));
  return written ? all_accepted : complain(written.error());
}

int features(const FeatureOptions& opts) {
  auto targets = open_targets(opts.target);
  if (!targets) return complain(targets.error());
  for (const Target& t : *targets)
    if (const int status = show(opts, features_of(t), t, {}); status != all_accepted) return status;
  return all_accepted;
}

int probe(const FeatureOptions& opts) {
  auto targets = open_targets({});
  if (!targets) return complain(targets.error());
  const Target& target = targets->front();
  auto asked = loader::probe_kernel(target);
  if (!asked) return complain(asked.error());
  return show(opts, *asked, target, differences(features_of(target), *asked));
}

void declare_features(CLI::App& command, FeatureOptions& opts) {
  declare_targets(command, opts.target);
  declare_output(command, opts.output);
}

void declare_probe(CLI::App& command, FeatureOptions& opts) { declare_output(command, opts.output); }

}  // namespace

void add_features(CLI::App& app, Action& action) {
  add_command<FeatureOptions>(app, action, "features", "what a kernel offers, from its BTF", features,
                              declare_features);
}

void add_probe(CLI::App& app, Action& action) {
  add_command<FeatureOptions>(app, action, "probe", "what the running kernel offers, by asking it", probe,
                              declare_probe);
}

}  // namespace bpfcheck::cli
