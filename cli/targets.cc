// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See targets.h.
#include "cli/targets.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/parallel.h"
#include "btf/decompress.h"
#include "btf/source.h"
#include "cli/target_spec.h"
#include "kernel_db/kernel_facts.h"
#include "kernel_db/lines.h"
#include "loader/running_kernel.h"
#include "report/target_line.h"

namespace bpfcheck::cli {
namespace {

/// What files tell of a target.
struct Given {
  std::optional<Kconfig> config;
  std::shared_ptr<const SymbolTable> symbols;
};

Result<Given> read_given(const TargetSpec& spec) {
  Given g;
  if (!spec.kconfig.empty()) {
    BPFCHECK_ASSIGN(std::string text, btf::read_text(spec.kconfig));
    g.config = parse_kconfig(text);
    if (g.config->empty()) return fail(spec.kconfig, "has no line CONFIG_X=value", EINVAL);
  }
  if (!spec.kallsyms.empty()) {
    auto table = std::make_shared<SymbolTable>([path = spec.kallsyms] { return btf::read_text(path); });
    if (!table->known()) return fail(spec.kallsyms, "cannot be read, or has no line ADDRESS TYPE NAME", EINVAL);
    g.symbols = std::move(table);
  }
  return g;
}

/// Given files go first; what they do not say is taken from the running kernel where that is the target.
void add_facts(Target& target, const Given& given, bool running) {
  KernelFacts facts;
  if (running) {
    facts = loader::gather_facts();
    target.nr_cpus = static_cast<u32>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF)));
    target.cpus_known = true;
  }
  if (given.config) {
    Kconfig all = *given.config;
    if (facts.config) all.merge(*facts.config);
    facts.config = std::move(all);
  }
  if (!running && facts.config) {
    facts.lockdown = boot_lockdown(*facts.config);
    u32 most = 0;
    const auto cpus = facts.config->find("CONFIG_NR_CPUS");
    if (cpus != facts.config->end() &&
        std::from_chars(cpus->second.data(), cpus->second.data() + cpus->second.size(), most).ec == std::errc() && most)
      target.nr_cpus = std::min(target.nr_cpus, most);
  }
  if (given.symbols) {
    facts.symbols = given.symbols;
    facts.symbols_at_hand = true;
  }
  target.facts = std::make_shared<KernelFacts>(std::move(facts));
}

/// Modules that are named, or of the running kernel all that are loaded.
Result<void> add_modules(Target& target, const std::vector<std::string>& named, bool running) {
  for (const std::string& path : named) {
    BPFCHECK_ASSIGN(auto btf, btf::open(path, target.btf));
    target.modules.push_back({loader::module_name(path), std::move(btf)});
  }
  if (running && named.empty()) target.modules = loader::running_modules(target.btf);
  return {};
}

Result<Capabilities> parse_caps(const std::string& list) {
  if (list == "all") return Capabilities{};
  Capabilities caps{false, false, false, false};
  if (list == "none") return caps;
  std::istringstream in(list);
  for (std::string name; std::getline(in, name, ',');) {
    if (name == "bpf")
      caps.bpf = true;
    else if (name == "perfmon")
      caps.perfmon = true;
    else if (name == "net_admin")
      caps.net_admin = true;
    else if (name == "sys_admin")
      caps.sys_admin = true;
    else
      return fail("--caps " + list,
                  "'" + name + "' is none of bpf, perfmon, net_admin, sys_admin; all and none stand alone", EINVAL);
  }
  return caps;
}

/// Targets that would be called alike are told apart by their files' names, else by their paths, else by their places.
void tell_apart(std::vector<Target>& targets) {
  std::map<std::string, std::vector<Target*>> alike;
  for (Target& t : targets) alike[t.name].push_back(&t);
  for (const auto& [name, group] : alike) {
    if (group.size() < 2) continue;
    std::set<std::string> files, paths;
    auto file = [](const Target& t) { return std::filesystem::path(t.btf->origin()).filename().string(); };
    for (const Target* t : group) {
      files.insert(file(*t));
      paths.insert(t->btf->origin());
    }
    for (size_t i = 0; i < group.size(); i++) {
      const std::string& path = group[i]->btf->origin();
      group[i]->name += " " + (files.size() == group.size()   ? file(*group[i])
                               : paths.size() == group.size() ? path
                                                              : fmt::format("{} #{}", path, i + 1));
    }
  }
}

/// The short names: kernel lines, of other architectures than the first one's with that; where two would be the same,
/// those of the files, which also name what shows nothing of its line.
void shorten(std::vector<Target>& targets) {
  if (targets.empty()) return;
  const Arch first = std::ranges::min_element(targets, {}, &Target::arch)->arch;
  for (Target& t : targets)
    if (t.arch != first) t.label += " " + std::string(arch_name(t.arch));
  std::map<std::string, std::vector<Target*>> alike;
  for (Target& t : targets) alike[t.label].push_back(&t);
  for (const auto& [label, group] : alike) {
    if (group.size() < 2 && !label.starts_with(unknown_label)) continue;
    std::map<std::string, size_t> files;
    for (Target* t : group) {
      t->label = report::file_label(t->btf->origin());
      if (const size_t n = ++files[t->label]; n > 1) t->label += fmt::format("#{}", n);
    }
  }
}

}  // namespace

void declare_named_targets(CLI::App& command, TargetOptions& opts) {
  opts.command = &command;
  command
      .add_option("--btf", opts.btfs,
                  "target: BTF, an ELF file with .BTF, a bzImage, or any of them compressed or in an "
                  "archive\n(default: the running kernel); repeat for several kernels")
      ->allow_extra_args(false);
  command
      .add_option("--btf-dir", opts.dirs,
                  "every BTF below this folder, or those that a pattern names: *.btf, *.btf.xz,\n"
                  "DISTRIBUTION/VERSION/ARCH/RELEASE.btf.tar.xz")
      ->allow_extra_args(false);
  command.add_option("--arch", opts.archs, "of --btf-dir, only kernels of this architecture")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(arch_names()));
  command
      .add_option(
          "--target", opts.targets,
          "\"btf=FILE; name=N; kernel=K; kconfig=FILE; kallsyms=FILE; module-btf=FILE,...; caps=C; cpus=N\":\na "
          "target with all that is known of it")
      ->allow_extra_args(false);
}

void declare_targets(CLI::App& command, TargetOptions& opts) {
  declare_named_targets(command, opts);
  command
      .add_option("--kernel", opts.kernels,
                  "take the target for this kernel line or release, e.g. 6.18 or 6.18.15;\nthis and the next three are "
                  "for the --btf before them")
      ->allow_extra_args(false);
  command
      .add_option("--module-btf", opts.modules,
                  "BTF of a module that is loaded there: raw or an ELF file (MODULE.ko), maybe compressed;\nthe module "
                  "is named as the file")
      ->allow_extra_args(false);
  command
      .add_option("--kconfig", opts.kconfigs,
                  "the target's configuration (CONFIG_X=y lines, may be compressed), for kconfig externs")
      ->allow_extra_args(false);
  command
      .add_option("--kallsyms", opts.kallsyms,
                  "the target's symbols, as /proc/kallsyms or System.map has them, for ksym externs")
      ->allow_extra_args(false);
  command.add_flag("--no-probe", opts.no_probe,
                   "judge the running kernel by its BTF alone: do not look at its configuration and symbols,\ndo not "
                   "try which kinds of programs it lets load");
  command
      .add_option("--cpus", opts.cpus,
                  "how many CPUs the target machine may have\n(default: the running kernel's own, else the most that "
                  "any kernel supports)")
      ->check(CLI::Range(1, 65536));
  command.add_option("--caps", opts.caps,
                     "capabilities of the process that loads: all (default), none, or a list such as "
                     "bpf,perfmon;\nthere are bpf, perfmon, net_admin, sys_admin");
  command.add_flag("--strict-alignment", opts.strict_alignment,
                   "load with BPF_F_STRICT_ALIGNMENT: as on machines without unaligned access");
  command.add_flag("--test-state-freq", opts.test_state_freq,
                   "load with BPF_F_TEST_STATE_FREQ: remember a state wherever states are compared");
  command.add_flag("--test-reg-invariants", opts.test_reg_invariants,
                   "load with BPF_F_TEST_REG_INVARIANTS: refuse where the verifier contradicts itself");
}

namespace {

/// A program's BTF where a kernel's was meant: it defines maps or a licence.
Result<void> is_kernels(const btf::Btf& btf, const std::string& path) {
  if (!btf.find("license", btf::Kind::DataSec) && !btf.find(".maps", btf::Kind::DataSec)) return {};
  return fail(path, "is a BPF object, no kernel: what is to be checked is FILE, what it is checked against --btf",
              EINVAL);
}

Result<Target> open_target(const TargetOptions& opts, const TargetSpec& spec) {
  const std::string path = spec.btf.empty() ? loader::running_kernel_btf : spec.btf;
  if (!spec.kernel.empty())
    if (auto known = read_release(spec.kernel); !known)
      return fail("--kernel " + spec.kernel, known.error().what, EINVAL);
  BPFCHECK_ASSIGN(const Given given, read_given(spec));
  BPFCHECK_ASSIGN(const Capabilities caps, parse_caps(spec.caps.empty() ? opts.caps : spec.caps));
  auto btf = btf::open(path);
  if (!btf && spec.btf.empty())
    return fail("no target", "give one with --btf FILE (" + btf.error().text() + ")", ENOENT);
  if (!btf) return std::unexpected(btf.error());
  BPFCHECK_TRY(is_kernels(**btf, path));
  const bool running = spec.kernel.empty() && loader::is_running_kernel(**btf, path);
  Target target =
      make_target(std::move(*btf), spec.kernel, running && !opts.no_probe ? loader::running_release() : std::nullopt);
  BPFCHECK_TRY(add_modules(target, spec.modules, running));
  add_facts(target, given, running && !opts.no_probe);
  if (spec.cpus || opts.cpus) {
    target.nr_cpus = spec.cpus ? spec.cpus : opts.cpus;
    target.cpus_known = true;
  }
  target.caps = caps;
  target.strict_alignment = opts.strict_alignment;
  target.test_state_freq = opts.test_state_freq;
  target.test_reg_invariants = opts.test_reg_invariants;
  return target;
}

}  // namespace

Result<TargetSet> open_target_set(const TargetOptions& opts) {
  BPFCHECK_ASSIGN(const std::vector<TargetSpec> specs, target_specs(opts));
  std::vector<std::optional<Result<Target>>> opened(specs.size());
  for_each_in_parallel(specs.size(), [&](size_t i) { opened[i] = open_target(opts, specs[i]); });
  TargetSet set;
  std::vector<std::string> names;
  const std::vector<Arch> archs = archs_of(opts.archs);
  for (size_t i = 0; i < specs.size(); i++) {
    if (!*opened[i]) {
      set.unusable.push_back({specs[i].btf, opened[i]->error()});
      continue;
    }
    const bool wanted =
        !specs[i].from_dir || archs.empty() || std::ranges::find(archs, (**opened[i]).arch) != archs.end();
    if (!wanted) continue;
    set.targets.push_back(std::move(**opened[i]));
    names.push_back(specs[i].name);
  }
  if (set.targets.empty() && set.unusable.empty()) return fail("--arch", "no kernel of --btf-dir is of it", EINVAL);
  if (set.targets.empty()) return std::unexpected(set.unusable.front().why);
  tell_apart(set.targets);
  shorten(set.targets);
  std::set<std::string> known;
  for (size_t i = 0; i < names.size(); i++) {
    Target& t = set.targets[i];
    if (!names[i].empty()) t.name = t.label = names[i];
    if (!known.insert(t.name).second) return fail("--target", fmt::format("two targets are called {}", t.name), EINVAL);
  }
  return set;
}

Result<std::vector<Target>> open_targets(const TargetOptions& opts) {
  BPFCHECK_ASSIGN(TargetSet set, open_target_set(opts));
  if (!set.unusable.empty()) return std::unexpected(set.unusable.front().why);
  return std::move(set.targets);
}

}  // namespace bpfcheck::cli
