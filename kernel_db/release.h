// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which release of a stable branch a kernel is: 6.18.15 decides otherwise than 6.18.33. No BTF says it, but most
// releases brought something into the BTF by which a target can be told from earlier ones (kernel_db/releases.def).
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "btf/btf.h"

namespace bpfcheck {

struct Release {
  u32 line = 0;              ///< 6.18 is 0x0612
  std::optional<u32> patch;  ///< 15 of 6.18.15
};

/// "6.18", "6.18.15", "6.18.15-amd64"; nothing where it does not begin so.
std::optional<Release> parse_release(std::string_view text);

/// The releases of its line that a kernel may be.
struct PatchLevels {
  static constexpr u32 unbounded = std::numeric_limits<u32>::max();
  u32 least = 0, most = unbounded;
  std::string evidence = {};  ///< "tnum_step, no kthread_do_exit"; "" where nothing is known
  bool exact() const { return least == most; }
};

/// What the BTF of a kernel of this line shows of its release.
PatchLevels patch_levels(const btf::Btf& btf, u32 line);

/// "6.18"
std::string line_text(u32 line);
/// "6.18.14 to 6.18.15", "6.18.34 or later"; "" where nothing is known.
std::string release_text(u32 line, const PatchLevels& levels);

/// True where the BTF shows it: "struct:name.member", "func:name", "enum:name.enumerator". Of several with blanks
/// between all must be shown, one behind '!' must not, and of several with '|' between one is enough.
bool shows(const btf::Btf& btf, std::string_view witness);

}  // namespace bpfcheck
