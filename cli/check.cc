// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See check.h.
#include "cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/parallel.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/differences.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/reports.h"
#include "judge/judge.h"
#include "kernel_db/target.h"
#include "report/matrix.h"

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
  std::set<std::string> compared = {};            ///< defects of objects of which the causes have been sought
};

/// A program's log in a file of its own.
Result<void> keep_log(const std::string& dir, const ProgramResult& r) {
  const std::string object = std::filesystem::path(r.object).filename().string();
  return write_whole((std::filesystem::path(dir) / (object + "." + r.prog + ".log")).string(), r.log);
}

/// The program got as far as BPF_PROG_LOAD, which refuses some before its verifier.
bool was_linked(const ProgramResult& r) { return r.stage == ProgramResult::Stage::Verify || r.verdict.before_verifier; }

/// What the verifier was given is not kept for every target at once: it is made again where it is wanted.
void link_again(const Run& run, const loader::Object& object, const loader::ObjectProgram& prog, const Target& target,
                ProgramResult& r) {
  if (r.linked || !was_linked(r)) return;
  auto linked = judge::link(object, prog, target);
  if (!linked) return;
  linked->flags |= run.judging.flags;
  r.linked = std::move(*linked);
}

/// A result before it is reported: log, steps, the running kernel's word.
void complete(Run& run, const loader::Object& object, const loader::ObjectProgram& prog, const Target& target,
              ProgramResult& r) {
  if (!was_linked(r)) {
    if (run.kernel) run.kernel->leave_out(prog.name, "it cannot be linked", r);
    return;
  }
  if (run.opts.log_level) {
    if (run.opts.log_dir.empty())
      run.reports.remark(r.log);
    else if (auto kept = keep_log(run.opts.log_dir, r); !kept)
      run.log_error = kept.error();
    r.log.clear();
  }
  if (run.reports.traces()) {
    link_again(run, object, prog, target, r);
    auto e = std::make_shared<report::Exploration>(
        report::explore(*r.linked, target, object.path, std::min(run.opts.trace_steps, run.steps_left)));
    run.steps_left -= e->steps.size();
    r.exploration = std::move(e);
  }
  if (run.kernel) {
    link_again(run, object, prog, target, r);
    if (auto asked = run.kernel->ask(*r.linked, r); !asked) run.stopped = asked.error();
    if (run.opts.kernel->log_level) run.reports.remark(run.kernel->log());
  }
}

bool wanted(const CheckOptions& opts, const loader::ObjectProgram& prog) {
  return prog.entry && (opts.progs.empty() || std::ranges::find(opts.progs, prog.name) != opts.progs.end());
}

using Programs = std::vector<const loader::ObjectProgram*>;

/// By target and program. Each target is judged on a thread of its own.
std::vector<std::vector<ProgramResult>> judge_all(const Run& run, const loader::Object& object,
                                                  const Programs& programs, const std::vector<const Target*>& targets) {
  std::vector<std::vector<ProgramResult>> results(targets.size());
  for_each_in_parallel(targets.size(), [&](size_t t) {
    for (const loader::ObjectProgram* prog : programs) {
      ProgramResult r{judge::judge(object, *prog, *targets[t], run.judging)};
      if (run.reports.explains_each()) r.diagnostic = report::diagnose(r, object, *prog, *targets[t]);
      if (targets.size() > 1) r.linked.reset();
      results[t].push_back(std::move(r));
    }
  });
  return results;
}

/// Of each defect of a program, the newest kernel's answer is explained.
void explain_defects(const Run& run, const loader::Object& object, const loader::ObjectProgram& prog,
                     const std::vector<const Target*>& targets, const std::vector<ProgramResult*>& results) {
  for (const auto& [key, t] : newest_by_defect(targets, results)) {
    if (!results[t]->refused_by_verifier()) continue;
    link_again(run, object, prog, *targets[t], *results[t]);
    results[t]->diagnostic = report::diagnose(*results[t], object, prog, *targets[t]);
  }
}

/// Reports a program's results in the order of targets, with the advice that goes by all of them.
void report_program(Run& run, const loader::Object& object, const loader::ObjectProgram& prog, const Variant& variant,
                    const std::vector<const Target*>& targets, const std::vector<ProgramResult*>& results) {
  std::optional<loader::LinkedProgram> linked;
  std::vector<u32> processed(run.targets.size());
  for (size_t t = 0; t < targets.size(); t++) {
    ProgramResult& r = *results[t];
    r.constants = variant.words;
    run.standings.settle(r);
  }
  if (run.reports.explains() && !run.reports.explains_each()) explain_defects(run, object, prog, targets, results);
  if (run.reports.compares() && !run.opts.no_why)
    compare_kernels(object, prog, targets, results, run.judging, run.compared);
  for (size_t t = 0; t < targets.size(); t++) {
    ProgramResult& r = *results[t];
    complete(run, object, prog, *targets[t], r);
    if (run.stopped) return;
    if (r.kind == ProgramResult::Kind::Accept)
      processed[static_cast<size_t>(targets[t] - run.targets.data())] = r.verdict.stats.processed;
    if (!run.opts.no_advice && !linked) {
      link_again(run, object, prog, *targets[t], r);
      linked = std::exchange(r.linked, std::nullopt);
    }
    run.reports.add(std::move(r));
  }
  if (linked) run.reports.advise(report::hints_for(object, *linked, run.targets, processed));
}

/// The object's programs against each of the targets, with each set of constants; true where some program was wanted.
Result<bool> check_object(Run& run, loader::Object& object, const std::vector<const Target*>& targets) {
  bool any = false;
  for (const Variant& variant : run.variants) {
    BPFCHECK_TRY(apply(variant, object, run.set));
    if (run.kernel) run.kernel->begin(object);
    Programs programs;
    for (const loader::ObjectProgram& prog : object.programs)
      if (wanted(run.opts, prog)) programs.push_back(&prog);
    any |= !programs.empty();
    auto results = judge_all(run, object, programs, targets);
    for (size_t p = 0; p < programs.size() && !run.stopped; p++) {
      std::vector<ProgramResult*> of_program;
      for (auto& of_target : results) of_program.push_back(&of_target[p]);
      report_program(run, object, *programs[p], variant, targets, of_program);
    }
    if (run.kernel && !run.stopped)
      if (auto kept = run.kernel->end(); !kept) run.stopped = kept.error();
  }
  if (any && !run.opts.no_advice) run.reports.advise(report::hints_for(object, run.targets));
  return any;
}

/// The targets that an object can be judged for; the first reason where there are none.
Result<std::vector<const Target*>> fitting(Run& run, const loader::Object& object) {
  std::vector<const Target*> targets;
  std::vector<report::NotJudged> others;
  for (const Target& target : run.targets) {
    if (auto same = judge::same_byte_order(object, target); !same) {
      if (run.targets.size() == 1) return std::unexpected(same.error());
      others.push_back({object.path, target.name, same.error().text()});
    } else {
      targets.push_back(&target);
    }
  }
  if (targets.empty()) return fail(object.path, "is of another byte order than every target", EINVAL);
  for (report::NotJudged& n : others) run.reports.leave_out(std::move(n));
  return targets;
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
  bool any = false;
  for (loader::Object& object : *objects) {
    auto targets = fitting(run, object);
    if (!targets) return unusable(targets.error());
    auto checked = check_object(run, object, *targets);
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
  command.add_flag("--no-why", opts.no_why,
                   "several kernels: do not look for what makes them judge a program differently");
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

std::vector<report::TargetLine> lines_of(const TargetSet& set) {
  std::vector<report::TargetLine> lines;
  for (const Target& t : set.targets) lines.push_back(report::target_line(t));
  for (const UnusableTarget& u : set.unusable) lines.push_back(report::unusable_target(u.path, u.why.text()));
  return lines;
}

/// What the targets are: of one, with the evidence; of several, a line each with their short names.
void announce_targets(Run& run) {
  size_t width = 0;
  for (const Target& t : run.targets) width = std::max(width, t.label.size());
  for (const Target& t : run.targets) {
    const std::string release = report::target_line(t).release;
    if (run.targets.size() == 1)
      run.reports.announce(
          fmt::format("target: {}, taken for Linux {} because {}\n", t.btf->origin(), t.name, t.evidence));
    else
      run.reports.announce(fmt::format("target: {:<{}}  {}{}\n", t.label, width, t.btf->origin(),
                                       release.empty() ? "" : fmt::format(" ({})", release)));
    if (t.simulated_as.empty()) continue;
    const std::string note = fmt::format("note: {} is not simulated: judged as Linux {}\n", t.name, t.simulated_as);
    run.opts.report.quiet ? run.reports.insist(note) : run.reports.announce(note);
  }
}

}  // namespace

int check(const CheckOptions& opts) {
  if (opts.files.empty())
    return complain({"", "no FILE is named, neither here nor as objects in a bpfcheck.toml; --help tells more"});
  auto variants = variants_of(opts.constants);
  if (!variants) return complain(variants.error());
  auto standings = Standings::make(opts.standing);
  if (!standings) return complain(standings.error());
  auto set = open_target_set(opts.target);
  if (!set) return complain(set.error());
  if (!opts.log_dir.empty() && set->targets.size() > 1)
    return complain(Error{"--log-dir", "takes one target: a program has one log there", EINVAL});
  auto reports = Reports::make(opts.report, lines_of(*set));
  if (!reports) return complain(reports.error());
  for (const UnusableTarget& u : set->unusable) complain(u.why);
  Run run{opts, judging(opts),         std::move(set->targets), std::move(*reports),
          {},   std::move(*standings), std::move(*variants),    {},
          {}};
  if (opts.kernel)
    if (auto ok = ask_kernel_too(run); !ok) return complain(ok.error());
  if (!opts.config_read.empty()) run.reports.announce(fmt::format("configuration: {}\n", opts.config_read));
  announce_targets(run);
  bool readable = set->unusable.empty();
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
  run.reports.conclude(run.standings.unused(), !opts.standing.baseline.empty() || !opts.standing.suppressions.empty());
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
