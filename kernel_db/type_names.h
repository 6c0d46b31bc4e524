// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the verifier calls the types of registers and the bits that it knows of a number, by kernel.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace bpfcheck {

struct Target;

/// Register types as an operand of words: one, or those that would do.
struct RegTypes {
  std::vector<u32> types;
  bool operator==(const RegTypes&) const = default;
};
/// A struct tnum as an operand of words.
struct TrackedBits {
  u64 value = 0, mask = 0;
  bool operator==(const TrackedBits&) const = default;
};

/// The spelling of one kernel; 6.18's by default.
class TypeNames {
 public:
  TypeNames() = default;
  explicit TypeNames(const Target& target);
  /// "scalar", "map_value_or_null" (reg_type_str, kernel/bpf/log.c, 6.18; an array of kernel/bpf/verifier.c, 5.10).
  std::string of(u32 type) const;
  std::string of(const RegTypes& types) const;  ///< with commas between
  /// "(0x0; 0xff)", or a number where all bits are known (verbose and tnum_strn).
  std::string of(const TrackedBits& bits) const;
  bool scalar_is_inv() const { return inv_; }

 private:
  enum class Prefixes : u8 { all, last, listed };
  Prefixes prefixes_ = Prefixes::all;  ///< which flags are shown: all, the last of them, or those of listed types
  bool inv_ = false;                   ///< a scalar is "inv"
  enum class Constants : u8 { bits, unsigned_number, number };
  Constants constants_ = Constants::unsigned_number;  ///< how bits are shown that are all known
};

}  // namespace bpfcheck
