// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See check.h.
#include "cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/reports.h"
#include "judge/judge.h"
#include "kernel_db/target.h"

namespace bpfcheck::cli {
namespace {

using report::ProgramResult;

struct Run {
  const CheckOptions& opts;
  judge::Options judging;
  std::vector<Target> targets;
  Reports reports;
  std::optional<Error> log_error;  ///< the last log that could not be written
  Standings standings;
  std::vector<Variant> variants;
  std::vector<bool> set;                          ///< by assignment: some object has that constant
  std::optional<Error> misused;                   ///< the command line asks for what an object does not have
  size_t steps_left = 1000000;                    ///< of the verifier, that an html report may still show
  std::unique_ptr<KernelAsker> kernel = nullptr;  ///< where the running kernel is asked, too
  std::optional<Error> stopped = std::nullopt;    ///< why nothing more can be asked
};

/// A program's log in a file of its own.
Result<void> keep_log(const std::string& dir, const ProgramResult& r) {
  const std::string object = std::filesystem::path(r.object).filename().string();
  return write_whole((std::filesystem::path(dir) / (object + "." + r.prog + ".log")).string(), r.log);
}

/// The judgement with what the reports want beside it.
ProgramResult check_program(Run& run, const loader::Object& object, const loader::ObjectProgram& prog,
                            const Target& target) {
  ProgramResult r{judge::judge(object, prog, target, run.judging)};
  if (!r.linked) {
    if (run.kernel) run.kernel->leave_out(prog.name, "it cannot be linked", r);
    return r;
  }
  if (run.opts.log_level) {
    if (run.opts.log_dir.empty())
      run.reports.remark(r.log);
    else if (auto kept = keep_log(run.opts.log_dir, r); !kept)
      run.log_error = kept.error();
    r.log.clear();
  }
  if (run.reports.explains()) r.diagnostic = report::diagnose(r, object, prog, target);
  if (run.reports.traces()) {
    auto e = std::make_shared<report::Exploration>(
        report::explore(*r.linked, target, object.path, std::min(run.opts.trace_steps, run.steps_left)));
    run.steps_left -= e->steps.size();
    r.exploration = std::move(e);
  }
  if (run.kernel) {
    if (auto asked = run.kernel->ask(*r.linked, r); !asked) run.stopped = asked.error();
    if (run.opts.kernel->log_level) run.reports.remark(run.kernel->log());
  }
  return r;
}

bool wanted(const CheckOptions& opts, const std::string& name) {
  return opts.progs.empty() || std::ranges::find(opts.progs, name) != opts.progs.end();
}

/// The object's programs against each target, with each set of constants; true where some program was wanted.
Result<bool> check_object(Run& run, loader::Object& object) {
  bool any = false;
  const bool advises = !run.opts.no_advice;
  for (const Variant& variant : run.variants) {
    BPFCHECK_TRY(apply(variant, object, run.set));
    if (run.kernel) run.kernel->begin(object);
    for (const loader::ObjectProgram& prog : object.programs) {
      if (run.stopped || !prog.entry || !wanted(run.opts, prog.name)) continue;
      any = true;
      std::optional<loader::LinkedProgram> linked;
      std::vector<u32> processed;
      for (const Target& target : run.targets) {
        ProgramResult r = check_program(run, object, prog, target);
        if (run.stopped) break;
        r.constants = variant.words;
        run.standings.settle(r);
        processed.push_back(r.kind == ProgramResult::Kind::Accept ? r.verdict.stats.processed : 0);
        if (advises && r.linked && !linked) linked = std::exchange(r.linked, std::nullopt);
        run.reports.add(std::move(r));
      }
      if (linked) run.reports.advise(report::hints_for(object, *linked, run.targets, processed));
    }
    if (run.kernel && !run.stopped)
      if (auto kept = run.kernel->end(); !kept) run.stopped = kept.error();
  }
  if (any && advises) run.reports.advise(report::hints_for(object, run.targets));
  return any;
}

/// False where the file could not be read at all.
bool check_file(Run& run, const std::string& path) {
  auto objects = loader::open_file(path, {.legacy_maps = run.opts.legacy_maps});
  auto unusable = [&](const Error& e) {
    fmt::print(stderr, "bpfcheck: {}\n", e.text());
    run.reports.add({judge::unreadable(path, e)});
    return false;
  };
  if (!objects) return unusable(objects.error());
  for (const loader::Object& object : *objects)
    for (const Target& target : run.targets)
      if (auto same = judge::same_byte_order(object, target); !same) return unusable(same.error());
  bool any = false;
  for (loader::Object& object : *objects) {
    auto checked = check_object(run, object);
    if (!checked) {
      run.misused = Error{path, checked.error().text(), checked.error().errnum};
      return true;
    }
    any |= *checked;
  }
  if (!any && !run.opts.progs.empty()) fmt::print(stderr, "bpfcheck: {}: no program of that name\n", path);
  return any || run.opts.progs.empty();
}

/// Constants that no object has: a name that is misspelt would pass unseen.
Result<void> all_set(const Run& run) {
  const auto& wanted = run.variants[0].assignments;
  for (size_t i = 0; i < wanted.size(); i++)
    if (i >= run.set.size() || !run.set[i])
      return fail("--rodata " + wanted[i].first, "no object has a constant of this name", EINVAL);
  return {};
}

void declare_options(CLI::App& command, CheckOptions& opts) {
  command.add_option("FILE,--objects", opts.files, "BPF objects, or executables and libraries that embed them");
  declare_targets(command, opts.target);
  command.add_option("--prog", opts.progs, "only programs of this name")->allow_extra_args(false);
  command.add_flag("--legacy-maps", opts.legacy_maps,
                   "take maps from a section \"maps\", as libbpf before 1.0 did; libbpf 1.x refuses such objects");
  declare_reports(command, opts.report);
  command.add_flag("--sleepable", opts.sleepable, "load with BPF_F_SLEEPABLE");
  command.add_flag("--xdp-frags", opts.xdp_frags, "load with BPF_F_XDP_HAS_FRAGS");
  command.add_flag("--needed-caps", opts.needed_caps,
                   "say of each accepted program the fewest capabilities that loading it takes");
  auto* level = command
                    .add_option("--log-level", opts.log_level,
                                "print the kernel's log: 1 for the last path, 2 for all, 4 for statistics")
                    ->check(CLI::Range(0, 7));
  command
      .add_option("--log-dir", opts.log_dir, "write each program's log to OBJECT.PROG.log in this directory instead")
      ->needs(level)
      ->check(CLI::ExistingDirectory);
  command.add_flag("--compare-kernel", opts.compare_kernel,
                   "load each program into the running kernel as well, and let go of it at once: both verdicts");
  command.add_flag("--strict-kernel", opts.strict_kernel,
                   "exit status 3 where a target is not modelled and is judged as another kernel");
  declare_constants(command, opts.constants);
  declare_standing(command, opts.standing);
  command.add_flag("--no-advice", opts.no_advice, "no remarks beyond the verdicts");
  command.add_option("--trace-steps", opts.trace_steps,
                     "html: the most steps of the verifier that are shown of one program (default 100000)");
  auto* config = command.add_option("--config", opts.config,
                                    "options from this file (default: the nearest bpfcheck.toml, from here upwards)");
  command.add_flag("--no-config", opts.no_config, "read no bpfcheck.toml")->excludes(config);
}

/// The running kernel as a second judge.
Result<void> ask_kernel_too(Run& run) {
  if (run.targets.size() != 1) return fail("the running kernel", "is one target: give no other", EINVAL);
  if (run.opts.target.caps == TargetOptions{}.caps)
    run.targets[0].caps = loader::own_capabilities();  // the kernel goes by them
  BPFCHECK_ASSIGN(run.kernel, KernelAsker::make(run.targets[0], *run.opts.kernel));
  return {};
}

judge::Options judging(const CheckOptions& opts) {
  return {.flags = (opts.sleepable ? F_SLEEPABLE : 0u) | (opts.xdp_frags ? F_XDP_HAS_FRAGS : 0u),
          .log_level = opts.log_level,
          .needed_caps = opts.needed_caps};
}

}  // namespace

int check(const CheckOptions& opts) {
  if (opts.files.empty())
    return complain({"", "no FILE is named, neither here nor as objects in a bpfcheck.toml; --help tells more"});
  auto variants = variants_of(opts.constants);
  if (!variants) return complain(variants.error());
  auto standings = Standings::make(opts.standing);
  if (!standings) return complain(standings.error());
  auto targets = open_targets(opts.target);
  if (!targets) return complain(targets.error());
  if (!opts.log_dir.empty() && targets->size() > 1)
    return complain(Error{"--log-dir", "takes one target: a program has one log there", EINVAL});
  auto reports = Reports::make(opts.report, *targets);
  if (!reports) return complain(reports.error());
  Run run{opts, judging(opts),         std::move(*targets),  std::move(*reports),
          {},   std::move(*standings), std::move(*variants), {},
          {}};
  if (opts.kernel)
    if (auto ok = ask_kernel_too(run); !ok) return complain(ok.error());
  if (!opts.config_read.empty()) run.reports.announce(fmt::format("configuration: {}\n", opts.config_read));
  for (const Target& t : run.targets) {
    run.reports.announce(
        fmt::format("target: {}, taken for Linux {} because {}\n", t.btf->origin(), t.name, t.evidence));
    if (t.simulated_as.empty()) continue;
    const std::string note = fmt::format("note: {} is not simulated: judged as Linux {}\n", t.name, t.simulated_as);
    opts.report.quiet ? run.reports.insist(note) : run.reports.announce(note);
  }
  bool readable = true;
  Progress progress(run.reports.text_on_stdout());
  for (size_t i = 0; i < opts.files.size(); i++) {
    if (run.stopped) break;
    progress.at(i, opts.files.size(), opts.files[i]);
    readable &= check_file(run, opts.files[i]);
    if (run.misused) return complain(*run.misused);
  }
  progress.clear();
  if (readable)
    if (auto ok = all_set(run); !ok) return complain(ok.error());
  using Kind = ProgramResult::Kind;
  run.reports.remark(run.reports.advice());
  run.reports.remark(run.standings.unused());
  if (readable || run.reports.judged())
    run.reports.remark(fmt::format("{} accepted, {} rejected, {} not modelled{}\n", run.reports.count(Kind::Accept),
                                   run.reports.count(Kind::Reject), run.reports.count(Kind::Unsupported),
                                   opts.standing.baseline.empty() && opts.standing.suppressions.empty()
                                       ? ""
                                       : fmt::format("; {} to fail on", run.reports.failing())));
  if (run.kernel) run.reports.remark(run.kernel->summary());
  if (auto written = run.reports.finish(); !written) return complain(written.error());
  if (run.log_error) return complain(*run.log_error);
  if (run.stopped) return complain(*run.stopped);
  if (!readable) return bad_input;
  if (run.kernel) run.kernel->keep_pins();
  if (run.kernel && run.kernel->differing()) return kernel_disagrees;
  if (run.reports.failing() || (run.kernel && run.kernel->refused())) return rejected;
  if (opts.strict_kernel && std::ranges::any_of(run.targets, [](const Target& t) { return !t.simulated_as.empty(); }))
    return inconclusive;
  return run.reports.inconclusive() && !(run.kernel && run.kernel->all_asked()) ? inconclusive : all_accepted;
}

namespace {

int check_command(const CheckOptions& given) {
  CheckOptions opts = given;
  if (opts.compare_kernel) opts.kernel.emplace().anyway = true;
  return check(opts);
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("check", "verdicts: each program against each target (the default command)");
  auto opts = std::make_shared<CheckOptions>();
  declare_options(*command, *opts);
  command->callback([&action, opts, command] {
    action = [opts, command] {
      if (!opts->no_config) {
        auto read = read_config(*command, opts->config);
        if (!read) return complain(read.error());
        opts->config_read = *read;
      }
      return check_command(*opts);
    };
  });
}

}  // namespace bpfcheck::cli
