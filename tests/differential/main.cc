// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpfcheck_differential: random programs, judged by the running kernel and by the simulation; or by another kernel, to
// be asked elsewhere (--write). Exit status: 0 they agree; 1 they differ; 2 bad usage; 77 there is no kernel to ask.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "btf/source.h"
#include "differential/case.h"
#include "differential/generate.h"
#include "differential/kernel.h"
#include "differential/shrink.h"
#include "differential/write.h"
#include "loader/running_kernel.h"

namespace bpfcheck::differential {
namespace {

struct Options {
  u64 seed = 1, count = 1000, most = 10;
  s64 longest = 20000;
  bool unprivileged = false, shrink = false, list = false, logs = false, summary = false;
  std::string btf = "/sys/kernel/btf/vmlinux", case_dir, write_dir;
  u32 cpus = 2;
  std::vector<std::string> record;
};

constexpr int skipped = 77;
constexpr u64 programs_a_file = 500;

u32 possible_cpus() {
  std::ifstream in("/sys/devices/system/cpu/possible");  // "0-3"
  std::string s;
  in >> s;
  const auto dash = s.rfind('-');
  return s.empty() ? 1 : static_cast<u32>(std::stoul(dash == std::string::npos ? s : s.substr(dash + 1))) + 1;
}

struct Tally {
  u64 accepted = 0, rejected = 0, unanswered = 0, different = 0;
  std::map<std::string, u64> words, not_modelled, by_figure;
};

/// Numbers left out, so that like rejections count together.
std::string kind_of(const std::string& message) {
  std::string s;
  for (char c : message)
    if (c < '0' || c > '9') s += c;
  return s;
}

void report(const Options& opts, Kernel& kernel, const Target& target, Program p, std::string_view figure) {
  if (opts.shrink) {
    const Outcome k = kernel.judge(p, opts.logs), o = simulate(p, target, opts.logs);
    p = shrink(std::move(p), [&](const Program& q) {
      const Outcome kq = kernel.judge(q, opts.logs), oq = simulate(q, target, opts.logs);
      return difference(kq, oq) == figure && kq.kind == k.kind && kq.errnum == k.errnum &&
             kind_of(kq.message) == kind_of(k.message) && kind_of(oq.message) == kind_of(o.message);
    });
  }
  const Outcome k = kernel.judge(p, true), o = simulate(p, target, true);
  fmt::print("\nseed {}: differs in {} ({}, flags {:#x})\n{}kernel: {}\nours:   {}\n", p.seed, figure,
             prog_type_name(p.type), p.flags, listing(p), describe(k), describe(o));
  fmt::print("{}", compare_logs(k.log, o.log));
  std::fflush(stdout);
  if (opts.case_dir.empty()) return;
  std::ofstream(std::filesystem::path(opts.case_dir) / fmt::format("seed-{}.txt", p.seed))
      << write_case(p, k, running_kernel());
}

/// Case files get the word of this kernel.
int record(const Options& opts, Kernel& kernel) {
  for (const std::string& path : opts.record) {
    auto c = read_case(path);
    if (!c) {
      fmt::print(stderr, "bpfcheck_differential: {}\n", c.error().text());
      return 2;
    }
    const Outcome o = kernel.judge(c->program, false);
    fmt::print("{}: {}\n", path, describe(o));
    std::ofstream(path) << write_case(c->program, o, running_kernel(), c->about);
  }
  return 0;
}

/// Programs for another kernel go to files, the simulation's answers for it to standard output.
int write(const Options& opts) {
  auto btf = btf::open(opts.btf);
  if (!btf) {
    fmt::print(stderr, "bpfcheck_differential: {}\n", btf.error().text());
    return 2;
  }
  Target target = make_target(*btf);
  target.nr_cpus = opts.cpus;
  std::ofstream out;
  std::string name;
  for (u64 i = 0; i < opts.count; i++) {
    if (i % programs_a_file == 0) {
      if (out.is_open()) out.close();
      name = fmt::format("{:010}.loads", opts.seed + i);
      out.open(std::filesystem::path(opts.write_dir) / name);
      write_scene(out);
    }
    const Program p = generate(opts.seed + i);
    const Outcome o = simulate(p, target, opts.logs);
    if (o.processed <= opts.longest) write_program(out, p, **btf);
    fmt::print("{}\n", row(name, p, o));
    if (opts.list)
      fmt::print(stderr, "seed {} ({}, flags {:#x})\n{}", p.seed, prog_type_name(p.type), p.flags, listing(p));
  }
  out.close();
  if (!out) fmt::print(stderr, "bpfcheck_differential: {} cannot be written\n", opts.write_dir);
  return out ? 0 : 2;
}

int run(const Options& opts) {
  if (!opts.write_dir.empty()) return write(opts);
  auto btf = btf::open(opts.btf);
  if (!btf) {
    fmt::print("skipped: {}\n", btf.error().text());
    return skipped;
  }
  auto kernel = Kernel::open(*btf);
  if (!kernel) {
    fmt::print("skipped: {}\n", kernel.error().text());
    return skipped;
  }
  if (!opts.record.empty()) return record(opts, *kernel);
  Target target = make_target(*btf, {}, loader::running_release());
  if (target.version != 0x0612) {
    fmt::print("skipped: the simulation is of Linux 6.18, this kernel is taken for {}.{}\n", target.version >> 8,
               target.version & 0xff);
    return skipped;
  }
  target.nr_cpus = possible_cpus();
  if (opts.unprivileged) {
    if (auto ok = Kernel::drop_privileges(); !ok) {
      fmt::print("skipped: {}\n", ok.error().text());
      return skipped;
    }
    target.caps = {.bpf = true, .perfmon = false, .net_admin = true, .sys_admin = false};
  }
  Tally tally;
  for (u64 i = 0; i < opts.count && tally.different < opts.most; i++) {
    Program p = generate(opts.seed + i);
    p.unprivileged = opts.unprivileged;
    const Outcome o = simulate(p, target, opts.logs);
    if (o.processed > opts.longest) {
      tally.unanswered++;
      tally.not_modelled["longer than --longest"]++;
      continue;
    }
    const Outcome k = kernel->judge(p, opts.logs);
    if (opts.list)
      fmt::print("seed {} ({}, flags {:#x})\n{}kernel: {}\nours:   {}\n\n", p.seed, prog_type_name(p.type), p.flags,
                 listing(p), describe(k), describe(o));
    if (k.kind == Outcome::Kind::accept)
      tally.accepted++;
    else if (k.kind == Outcome::Kind::reject)
      tally.rejected++, tally.words[kind_of(k.message)]++;
    else
      tally.unanswered++, tally.not_modelled["(kernel) " + k.message]++;
    if (o.kind == Outcome::Kind::no_answer) tally.unanswered++, tally.not_modelled[o.message]++;
    const auto figure = difference(k, o);
    if (figure.empty()) continue;
    tally.different++;
    tally.by_figure[std::string(figure)]++;
    report(opts, *kernel, target, std::move(p), figure);
  }
  fmt::print("{} accepted, {} rejected, {} not compared, {} different\n", tally.accepted, tally.rejected,
             tally.unanswered, tally.different);
  for (const auto& [figure, n] : tally.by_figure) fmt::print("  differ in {}: {}\n", figure, n);
  for (const auto& [what, n] : tally.not_modelled) fmt::print("  not compared: {} ({})\n", what, n);
  if (opts.summary) {
    std::vector<std::pair<u64, std::string>> words;
    for (const auto& [w, n] : tally.words) words.emplace_back(n, w);
    std::ranges::sort(words, std::greater{});
    for (const auto& [n, w] : words) fmt::print("{:8} {}\n", n, w);
  }
  return tally.different ? 1 : 0;
}

}  // namespace
}  // namespace bpfcheck::differential

int main(int argc, char** argv) {
  bpfcheck::differential::Options opts;
  CLI::App app{"Random programs, judged by the running kernel's verifier and by bpfcheck's simulation of it.",
               "bpfcheck_differential"};
  app.add_option("--seed", opts.seed, "the first program's seed")->capture_default_str();
  app.add_option("--count", opts.count, "how many programs")->capture_default_str();
  app.add_option("--most", opts.most, "stop after so many differences")->capture_default_str();
  app.add_option(
         "--longest", opts.longest,
         "leave out programs of which the simulation processes more instructions: a kernel takes seconds for a million")
      ->capture_default_str();
  app.add_option("--btf", opts.btf, "the kernel's BTF")->capture_default_str();
  app.add_flag("--unprivileged", opts.unprivileged,
               "load with CAP_BPF and CAP_NET_ADMIN alone: the kernel then guards against leaks and speculation");
  app.add_flag("--shrink", opts.shrink, "make each program that differs as small as it goes");
  app.add_flag("--logs", opts.logs, "compare the whole logs at level 2 as well");
  app.add_flag("--list", opts.list, "print every program");
  app.add_flag("--summary", opts.summary, "print how often each message came");
  app.add_option("--cases", opts.case_dir, "write each program that differs, with the kernel's word, to this directory")
      ->check(CLI::ExistingDirectory);
  app.add_option(
         "--write", opts.write_dir,
         "ask no kernel: write the programs to DIR/*.loads, which oracle/vmrecord has a guest judge, and print the "
         "simulation's answers for the kernel of --btf as oracle/parity reads them; --logs adds whole logs, --list the "
         "programs on standard error")
      ->check(CLI::ExistingDirectory);
  app.add_option("--cpus", opts.cpus, "with --write: processors of that kernel")->capture_default_str();
  app.add_option("--record", opts.record, "ask the kernel about these case files and write its answers into them")
      ->check(CLI::ExistingFile);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return bpfcheck::differential::run(opts);
}
