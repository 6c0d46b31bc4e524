// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a kernel offers, in one form wherever it was learned: from a target's BTF and our tables, or by asking a running
// kernel.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel_db/target.h"
#include "kernel_db/uapi.h"

namespace bpfcheck {

struct Offered {
  std::string name;             ///< "xdp", "hash"
  std::optional<bool> offered;  ///< nothing: could not be told
  std::string note = {};        ///< why not, where that is more than that it is not there
};

struct HelperList {
  std::string prog_type;
  std::vector<u32> helpers;  ///< ids, ascending, that programs of this type may call
  std::string why_unknown;   ///< not empty: could not be told, and why
};

struct VerifierFeature {
  std::string_view name, prose;
  bool present = false;
  bool told = true;  ///< false: neither the BTF nor the release shows it, and what refuses more is assumed
};

/// What else decides: an option of the configuration, the machine, what is set while it runs.
struct Setting {
  std::string name;                  ///< "CONFIG_HZ", "CPUs"
  std::optional<std::string> value;  ///< nothing: cannot be told
  std::string taken;                 ///< then: what it is judged with, in words
};

struct FeatureList {
  std::string source;  ///< "BTF of /sys/kernel/btf/vmlinux", "the running kernel, asked"
  std::vector<Offered> prog_types, map_types;
  std::vector<HelperList> helpers;        ///< by program type, in its order
  std::vector<VerifierFeature> verifier;  ///< none where the source does not tell
  std::vector<Setting> settings;          ///< likewise
};

/// The program by which a type's helpers are judged: what may be called depends on more than the type.
struct Representative {
  ProgType type;
  AttachType attach;
  bool sleepable = false;
  std::string_view
      attach_to;  ///< kernel functions apart by blanks, or "btf_trace_" types: the first that the target has
  std::string_view struct_ops;  ///< kernel type
  std::string_view label = "";  ///< tells rows of one type apart
};
std::string representative_name(const Representative& r);
/// The member that stands for a struct_ops type.
inline constexpr std::string_view struct_ops_member = "init";
/// In order of the types.
std::span<const Representative> representatives();
/// Of its attach_to the one that the target has, by name and BTF id; nothing where it has none.
std::optional<std::pair<std::string_view, u32>> attach_target_of(const Target& target, const Representative& r);

FeatureList features_of(const Target& target);

/// "xdp: not in ..." one line for each difference.
std::vector<std::string> differences(const FeatureList& a, const FeatureList& b);

}  // namespace bpfcheck
