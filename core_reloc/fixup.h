// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// CO-RE relocations as values: what each instruction becomes against a target, computed before any is applied
// (bpf_core_calc_relo_insn, bpf_core_patch_insn: libbpf 1.7 relo_core.c).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "base/insn.h"
#include "core_reloc/spec.h"

namespace bpfcheck::core_reloc {

/// The marker in place of an instruction whose relocation failed: a call of a helper that does not exist.
inline constexpr s32 poison_imm = 195896080;

struct Fixup {
  u64 orig_value = 0, new_value = 0;
  bool poison = false, validate = true, fail_memsz_adjust = false;
  u32 orig_size = 0, orig_type_id = 0, new_size = 0, new_type_id = 0;
  std::string spec;            ///< the local access in libbpf's words
  std::optional<Spec> target;  ///< where the access leads in the target
};

/// Where candidates of a name are looked for: the target's BTF, and modules'.
class Candidates {
 public:
  explicit Candidates(const btf::Btf& target, std::vector<const btf::Btf*> modules = {})
      : target_(target), modules_(std::move(modules)) {}
  struct Candidate {
    const btf::Btf* btf;
    u32 id;
  };
  /// Types of the same kind and essential name as a local type. The list lives on: a relocation that some of them
  /// cannot satisfy strikes those out, for all relocations of this local type that follow.
  std::vector<Candidate>& of(const btf::Btf& local, u32 local_id);

 private:
  void add_from(const btf::Btf& btf, const btf::Type& local, const std::string& name, std::vector<Candidate>& out);
  const btf::Btf& target_;
  const std::vector<const btf::Btf*> modules_;
  std::unordered_map<u32, std::vector<Candidate>> cache_;  ///< by local type id
};

/// Errors: a malformed relocation, or candidates that disagree. A relocation that fails gives a poisoning Fixup.
Result<Fixup> calculate(const Spec& local, Candidates& candidates, bool target_is_little);

/// Patches the instruction at `insns[idx]`. Poisons it where the fixup says so. Errors: the instruction is none that
/// can take the value.
Result<void> apply(const Fixup& fixup, Kind kind, Insns& insns, u32 idx, bool& poisoned);

}  // namespace bpfcheck::core_reloc
