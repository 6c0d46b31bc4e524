// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Every CO-RE relocation of an object, and what becomes of it against a target: for people, not for linking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core_reloc/fixup.h"
#include "core_reloc/words.h"
#include "kernel_db/target.h"
#include "loader/object.h"

namespace bpfcheck::loader {

struct CoreUse {
  const ObjectProgram* prog = nullptr;
  u32 insn = 0;            ///< in the program's own instructions
  size_t first_alike = 0;  ///< ordinal of the first that asks the same: its own where it is the first
  core_reloc::Spec local;
  std::string file, text;  ///< source; empty where there is no line info
  u32 line = 0;
  u64 value = 0;  ///< what the compiler put in: offset, size, ...
  u32 size = 0;   ///< bytes of the field; 0 where the relocation is about no field
};

/// In the object's order. Errors: a relocation that makes no sense.
Result<std::vector<CoreUse>> core_uses(const Object& obj);

struct CoreOutcome {
  std::string error;  ///< libbpf would give up on the object here
  bool poisoned = false, found = false;
  u64 value = 0;
  u32 size = 0;      ///< as in CoreUse, in the target
  std::string path;  ///< in the target, where it is another than the local one
  core_reloc::Missing missing;
  Insns after;  ///< one instruction, or the two of a 64-bit load
};

/// One for each of `uses`.
std::vector<CoreOutcome> core_outcomes(const Object& obj, const std::vector<CoreUse>& uses, const Target& target);

/// The instruction as the compiler left it: one, or the two of a 64-bit load.
Insns insns_before(const CoreUse& use);

}  // namespace bpfcheck::loader
