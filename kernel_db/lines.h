// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lines of kernels (6.12, 6.18): which of them a BTF is of, and which are simulated.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/types.h"
#include "btf/btf.h"
#include "kernel_db/release.h"

namespace bpfcheck {

/// Target::label of a kernel of which nothing shows what it is.
inline constexpr std::string_view unknown_label = "unknown";

/// The line of which a BTF shows everything that it brought.
struct ShownLine {
  u32 version = 0;     ///< 6.18 is 0x0612; 0: the BTF is of no kernel with BPF, or of one older than all that are known
  bool newer = false;  ///< it is newer than the newest line that is known, which `version` is
  std::string evidence;  ///< "bpf_reg_state.r64, no bpf_verifier_env.diag"
};
ShownLine line_of(const btf::Btf& btf);

/// The line that stands in for another in the simulation: itself where there are rules for it (what lines in between
/// did is told by features), else the oldest or newest that has.
u32 simulated_line(u32 version);

/// "6.18", "6.18.15", "6.1.0-57-amd64": errors say what is wrong with it, such as that there never was a 6.20.
Result<Release> read_release(std::string_view text);

}  // namespace bpfcheck
