// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck relocs`: every CO-RE relocation of an object, and what each target makes of it.
#include "report/relocs.h"

#include "cli/command.h"
#include "cli/objects.h"
#include "cli/output.h"
#include "cli/targets.h"

namespace bpfcheck::cli {
namespace {

struct RelocOptions {
  ObjectOptions objects;
  TargetOptions target;
  OutputOptions output;
};

Result<int> print_relocs(const RelocOptions& opts) {
  TargetOptions by_types = opts.target;
  by_types.no_probe = true;  // nothing else of a kernel matters here
  BPFCHECK_ASSIGN(const std::vector<Target> targets, open_targets(by_types));
  BPFCHECK_ASSIGN(const auto objects, open_objects(opts.objects.files, opts.objects.legacy_maps));
  std::vector<report::RelocReport> reports;
  bool missing = false;
  for (const loader::Object& o : objects) {
    report::RelocReport r{&o, {}, {}};
    BPFCHECK_ASSIGN(r.uses, loader::core_uses(o));
    std::erase_if(r.uses, [&](const loader::CoreUse& u) { return !opts.objects.wants(u.prog->name); });
    for (const Target& t : targets) r.targets.push_back({t.label, loader::core_outcomes(o, r.uses, t)});
    for (const auto& t : r.targets)
      for (const loader::CoreOutcome& c : t.outcomes) missing |= c.poisoned || !c.error.empty();
    reports.push_back(std::move(r));
  }
  std::string text;
  if (opts.output.json())
    text = report::to_json(reports);
  else
    for (const report::RelocReport& r : reports)
      text += (text.empty() ? "" : "\n") + report::to_text(r, report::palette(opts.output.in_colour()));
  BPFCHECK_TRY(write_whole("-", text));
  return missing ? rejected : all_accepted;
}

int relocs(const RelocOptions& opts) {
  auto status = print_relocs(opts);
  return status ? *status : complain(status.error());
}

void declare_options(CLI::App& command, RelocOptions& opts) {
  declare_targets(command, opts.target);
  declare_objects(command, opts.objects, "programs and functions");
  declare_output(command, opts.output);
}

}  // namespace

void add_relocs(CLI::App& app, Action& action) {
  add_command<RelocOptions>(app, action, "relocs",
                            "CO-RE relocations: each field, and what the targets have in its place\n(exit status 1 "
                            "where a target lacks something)",
                            relocs, declare_options);
}

}  // namespace bpfcheck::cli
