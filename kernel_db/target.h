// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel that a program is judged for: built once, read only.
#pragma once

#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "btf/btf.h"
#include "kernel_db/messages.h"
#include "kernel_db/offers.h"
#include "kernel_db/release.h"
#include "kernel_db/unknown_facts.h"

namespace bpfcheck {

/// Changes of verifier behaviour, a row each in kernel_db/features.def.
enum class Feature : u16 {
#define FEATURE(name, ...) name,
#include "kernel_db/features.def"
#undef FEATURE
  count
};

struct HelperTable;       // helpers.h
struct RegisteredKfuncs;  // kfuncs.h
struct KernelFacts;       // kernel_facts.h

enum class Arch : u8 { x86_64, arm64, s390x, other };
/// "x86-64"
std::string_view arch_name(Arch a);

/// What the loading process may do, as the verifier sees it (bpf_token_capable, 6.18).
struct Capabilities {
  bool bpf = true, perfmon = true, net_admin = true, sys_admin = true;
  bool has_bpf() const { return bpf || sys_admin; }
  bool has_perfmon() const { return perfmon || sys_admin; }
  bool has_net_admin() const { return net_admin || sys_admin; }
  bool operator==(const Capabilities&) const = default;
};

/// A module's BTF, over that of vmlinux.
struct ModuleBtf {
  std::string name;
  btf::BtfPtr btf;
};

struct Target {
  std::string name;   ///< "6.18 (x86-64)", "5.14, verifier of 6.12 (x86-64)": for reports
  std::string label;  ///< the same, short: "6.18", "7.3+", "unknown"
  u32 line = 0;       ///< what it is called: 6.18 is 0x0612
  u32 version = 0;    ///< the line whose verifier it has, 5.10 to the newest that is known; for kernel_db only
  /// "7.3": the line by whose rules it is judged though it is another, for which there are none; "" where there are.
  std::string simulated_as;
  PatchLevels levels;    ///< the releases of that line that it may be
  std::string evidence;  ///< why it is taken for that line and release
  Arch arch = Arch::x86_64;
  btf::BtfPtr btf;                           ///< vmlinux
  std::vector<ModuleBtf> modules;            ///< in the order in which they were loaded
  std::shared_ptr<const KernelFacts> facts;  ///< what is known beyond it; null: nothing
  std::bitset<static_cast<size_t>(Feature::count)> features;
  Offers offers;                                   ///< types and flags of programs and maps that it knows
  std::shared_ptr<const HelperTable> helpers;      ///< which programs may call which helper; set by make_target
  std::shared_ptr<const RegisteredKfuncs> kfuncs;  ///< and which kernel function
  Wording wording;                                 ///< how it words what it says
  Capabilities caps;
  u32 nr_cpus = 8192;       ///< possible CPUs: bpf_get_smp_processor_id() is below; by default the most that any has
  bool cpus_known = false;  ///< nr_cpus is the machine's own number
  std::vector<Supposition> supposed;  ///< of facts that nothing tells
  bool jit = true;                    ///< the JIT is on and serves every feature of its architecture
  bool strict_alignment = false, test_state_freq = false, test_reg_invariants = false;

  bool has(Feature f) const { return features[static_cast<size_t>(f)]; }
  /// True where the kernel has this function: the witness that a configuration option is on.
  bool has_func(std::string_view name) const { return btf && btf->find(name, btf::Kind::Func).has_value(); }
  /// True where the enum has this enumerator, e.g. ("bpf_prog_type", "BPF_PROG_TYPE_NETFILTER").
  bool has_enumerator(std::string_view enum_name, std::string_view enumerator) const {
    return btf && btf->enum_value(enum_name, enumerator).has_value();
  }
};

/// Whether the kernel is one of these; a branch of which the release is not known is taken as at its end.
bool holds_at_end(const Intervals& kernels, const Target& target);

/// Reads what the BTF shows: kernel line and release with their evidence, architecture, features. Never fails: a kernel
/// of which nothing shows what it is, or that is newer or older than all that are modelled, is simulated as another.
/// `kernel_override` ("6.18", "6.18.15", see read_release) goes before what the BTF shows, an enterprise distribution's
/// name
/// ("5.14.0-570.el9") excepted: it tells what the kernel is called. `release` is the kernel's own word of what it is;
/// its release is believed where the BTF is of its line.
Target make_target(btf::BtfPtr vmlinux, std::string_view kernel_override = {}, std::optional<Release> release = {});

}  // namespace bpfcheck
