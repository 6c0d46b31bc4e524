// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See check.h.
#include "cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "cli/command.h"
#include "kernel_db/target.h"
#include "loader/link.h"
#include "report/result.h"
#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::cli {
namespace {

using report::ProgramResult;
using Clock = std::chrono::steady_clock;

struct Run {
  const CheckOptions& opts;
  std::vector<Target> targets;
  loader::LinkOptions link;
  size_t accepted = 0, rejected = 0, unsupported = 0;
};

/// Lines of the form CONFIG_X=value, as in /boot/config-*.
Result<void> read_kconfig(const std::string& path, loader::LinkOptions& link) {
  std::ifstream in(path);
  if (!in) return fail(path, "cannot be read", ENOENT);
  for (std::string line; std::getline(in, line);) {
    auto eq = line.find('=');
    if (line.starts_with("CONFIG_") && eq != std::string::npos) link.kconfig[line.substr(0, eq)] = line.substr(eq + 1);
  }
  return {};
}

void put(Run& run, const ProgramResult& r) {
  switch (r.kind) {
    case ProgramResult::Kind::Accept: run.accepted++; break;
    case ProgramResult::Kind::Reject: run.rejected++; break;
    case ProgramResult::Kind::Unsupported: run.unsupported++; break;
  }
  if (run.opts.format == "jsonl") {
    fmt::print("{}\n", report::to_jsonl(r));
    return;
  }
  if (run.opts.quiet && r.kind == ProgramResult::Kind::Accept) return;
  if (run.targets.size() > 1) fmt::print("{:<16} ", r.target);
  fmt::print("{}", report::to_text(r, report::palette(false)));
}

/// The kernel's last line where the verdict alone does not hold it: words that a state follows, or no words at all.
std::string last_words(const loader::LinkedProgram& prog, const Target& target, const sim::Verdict& v) {
  if (v.reject.code != Msg::None && v.reject.code != Msg::InfiniteLoop) return v.reject.text();
  sim::KernelLog log(1);
  sim::verify(prog, target, &log);
  std::string line = log.last_line();
  return line.empty() && v.reject.code != Msg::None ? v.reject.text() : line;
}

ProgramResult check_program(Run& run, const loader::Object& object, const loader::ObjectProgram& prog, const Target& target) {
  ProgramResult r;
  r.object = object.path;
  r.prog = prog.name;
  r.section = prog.section;
  r.type = prog_type_name(prog.type);
  r.target = target.name;
  r.insns = prog.insns.size();
  auto linked = loader::link(object, prog, target, run.link);
  if (!linked) {
    r.stage = ProgramResult::Stage::Maps;
    r.kind = ProgramResult::Kind::Reject;
    r.errnum = linked.error().errnum;
    r.message = linked.error().text();
    return r;
  }
  r.insns = linked->insns.size();
  const auto begin = Clock::now();
  if (run.opts.log_level) {
    sim::KernelLog log(run.opts.log_level);
    r.verdict = sim::verify(*linked, target, &log);
    if (run.opts.format == "text") fmt::print("{}", log.text());
  } else {
    r.verdict = sim::verify(*linked, target);
  }
  r.usec = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
  switch (r.verdict.kind) {
    case sim::Verdict::Kind::Accept: break;
    case sim::Verdict::Kind::Reject:
      r.kind = ProgramResult::Kind::Reject;
      r.errnum = r.verdict.reject.errnum;
      if (r.verdict.before_verifier) {
        r.stage = ProgramResult::Stage::Maps;
        r.message = "the kernel refuses to load a program of this type and attach type";
      } else {
        r.message = last_words(*linked, target, r.verdict);
        if (run.opts.format == "text" && !run.opts.quiet) r.diagnostic = report::diagnose(*linked, target, r.verdict, object.path, r.message);
      }
      break;
    case sim::Verdict::Kind::Unsupported:
      r.kind = ProgramResult::Kind::Unsupported;
      r.message = r.verdict.unsupported;
      break;
  }
  r.linked = std::move(*linked);
  return r;
}

bool wanted(const CheckOptions& opts, const std::string& name) {
  return opts.progs.empty() || std::ranges::find(opts.progs, name) != opts.progs.end();
}

/// False where the file could not be read at all.
bool check_file(Run& run, const std::string& path) {
  auto objects = loader::open_file(path);
  if (!objects) {
    const Error& e = objects.error();
    const bool unreadable = e.errnum == ENOENT || e.errnum == EACCES || e.errnum == EISDIR;
    if (run.opts.format == "jsonl") {
      ProgramResult r;
      r.stage = ProgramResult::Stage::Open;
      r.kind = ProgramResult::Kind::Reject;
      r.object = path;
      r.errnum = e.errnum;
      r.message = e.text();
      fmt::print("{}\n", report::to_jsonl(r));
    }
    fmt::print(stderr, "bpfcheck: {}\n", e.text());
    (void)unreadable;
    return false;
  }
  bool any = false;
  for (const loader::Object& object : *objects)
    for (const loader::ObjectProgram& prog : object.programs) {
      if (!prog.entry || !wanted(run.opts, prog.name)) continue;
      any = true;
      for (const Target& target : run.targets) put(run, check_program(run, object, prog, target));
    }
  if (!any && !run.opts.progs.empty()) fmt::print(stderr, "bpfcheck: {}: no program of that name\n", path);
  return any || run.opts.progs.empty();
}

void declare_options(CLI::App& command, CheckOptions& opts) {
  command.add_option("FILE", opts.files, "BPF objects, or executables and libraries that embed them")->required();
  declare_targets(command, opts.target);
  command.add_option("--kconfig", opts.kconfig, "kernel configuration (CONFIG_X=y lines) for kconfig externs");
  command.add_option("--prog", opts.progs, "only programs of this name")->allow_extra_args(false);
  command.add_option("--format", opts.format, "text or jsonl")->check(CLI::IsMember({"text", "jsonl"}));
  command.add_option("--log-level", opts.log_level, "print the kernel's log: 1 for the last path, 2 for all, 4 for statistics")->check(CLI::Range(0, 7));
  command.add_flag("-q,--quiet", opts.quiet, "print what is not accepted only, in one line each");
  command.add_flag("-v,--verbose", opts.verbose, "print more");
}

}  // namespace

int check(const CheckOptions& opts) {
  Run run{opts, {}, {}};
  if (!opts.kconfig.empty())
    if (auto ok = read_kconfig(opts.kconfig, run.link); !ok) {
      fmt::print(stderr, "bpfcheck: {}\n", ok.error().text());
      return bad_input;
    }
  auto targets = open_targets(opts.target);
  if (!targets) {
    fmt::print(stderr, "bpfcheck: {}\n", targets.error().text());
    return bad_input;
  }
  run.targets = std::move(*targets);
  if (opts.format == "text" && !opts.quiet)
    for (const Target& t : run.targets) {
      fmt::print("target: {}, taken for Linux {}.{} because {}\n", t.btf->origin(), t.version >> 8, t.version & 0xff, t.evidence);
      if (t.version != 0x0612) fmt::print("note: the verifier is simulated as Linux 6.18 has it; helpers, types and CO-RE are this target's own\n");
    }
  bool readable = true;
  for (const std::string& f : opts.files) readable &= check_file(run, f);
  if (opts.format == "text" && !opts.quiet) fmt::print("{} accepted, {} rejected, {} not modelled\n", run.accepted, run.rejected, run.unsupported);
  std::fflush(stdout);
  if (!readable) return bad_input;
  if (run.rejected) return rejected;
  return run.unsupported ? inconclusive : all_accepted;
}

void add_check(CLI::App& app, Action& action) {
  add_command<CheckOptions>(app, action, "check", "verdicts: each program against each target (the default command)", check, declare_options);
}

}  // namespace bpfcheck::cli
