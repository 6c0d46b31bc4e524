// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kptr.h.
#include "verifier_sim/memory/kptr.h"

#include <algorithm>

#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

constexpr std::string_view rcu_protected[] = {
#define RCU_PROTECTED(name) #name,
#include "kernel_db/rcu_protected.def"
#undef RCU_PROTECTED
};

/// The object cannot go away within an RCU critical section: the program's own, and some of the kernel's.
bool rcu_protected_object(const Env& env, const btf::Btf* btf, u32 btf_id) {
  if (!btf_is_kernel(env, btf)) return env.target.has(Feature::stashed_nodes);
  return std::ranges::any_of(rcu_protected,
                             [&](std::string_view name) { return vmlinux_struct_id(env, name) == btf_id; });
}

bool rcu_safe_kptr(const Env& env, const Field& f) {
  return f.type == FIELD_KPTR_PERCPU || (f.type == FIELD_KPTR_REF && rcu_protected_object(env, f.btf, f.btf_id));
}

/// Flags of a pointer that is loaded from the field (btf_ld_kptr_type).
u32 flags_of_loaded(const Env& env, const Field& f) {
  if (!rcu_safe_kptr(env, f) || !in_rcu_cs(env)) return PTR_MAYBE_NULL | PTR_UNTRUSTED;
  u32 flags = PTR_MAYBE_NULL | MEM_RCU;
  const bool own = !btf_is_kernel(env, f.btf);
  if (f.type == FIELD_KPTR_PERCPU)
    flags |= MEM_PERCPU;
  else if (own)
    flags |= MEM_ALLOC;
  const Record* rec = own ? btf_find_struct_meta(env, f.btf, f.btf_id) : nullptr;
  return rec && rec->has(FIELD_GRAPH_NODE) ? flags | NON_OWN_REF : flags;
}

/// User memory that was pinned when the map was filled.
void load_uptr(Env& env, u32 regno, const Field& f) {
  mark_reg_known_zero(env.path.cur_regs(), regno);
  Reg& reg = env.path.cur_regs()[regno];
  reg.type = PTR_TO_MEM | PTR_MAYBE_NULL;
  reg.u.mem_size = f.btf->type(f.btf_id).size();
  reg.id = env.path.new_id();
}

Stop reject_type(Env& env, const Field& f, const Reg& reg, u32 regno, std::string_view name) {
  const std::string_view wanted = btf_type_name(f.btf, f.btf_id);
  const RegTypes expected = reg_type_str(PTR_TO_BTF_ID);
  if (f.type != FIELD_KPTR_UNREF)
    return env.reject(Msg::KptrType, regno, reg_type_str(reg.type), name, expected, wanted);
  return env.reject(Msg::KptrTypeOrUntrusted, regno, reg_type_str(reg.type), name, expected, wanted,
                    reg_type_str(PTR_TO_BTF_ID | PTR_UNTRUSTED), wanted);
}

}  // namespace

Stop map_kptr_match_type(Env& env, const Field& f, const Reg& reg, u32 regno) {
  if (reg.base() != PTR_TO_BTF_ID) return reject_type(env, f, reg, regno, "");
  u32 allowed = PTR_MAYBE_NULL;
  if (btf_is_kernel(env, reg.u.btf)) {
    allowed |= PTR_TRUSTED | MEM_RCU;
    if (f.type == FIELD_KPTR_UNREF) allowed |= PTR_UNTRUSTED;
  } else {
    allowed |= MEM_ALLOC;
    if (f.type == FIELD_KPTR_PERCPU) allowed |= MEM_PERCPU;
  }
  if (reg.flags() & ~allowed) return reject_type(env, f, reg, regno, "");
  if (env.target.has(Feature::percpu_for_percpu) && (f.type == FIELD_KPTR_PERCPU) != ((reg.type & MEM_PERCPU) != 0))
    return reject_type(env, f, reg, regno, "");
  if (check_ptr_off_reg_raw(env, &reg, regno, true)) return Stop::refused(EACCES);
  // What is owned is given back as a whole: no member of it will do.
  if (btf_struct_ids_match(env, reg.u.btf, reg.u.btf_id, reg.off, f.btf, f.btf_id, f.type != FIELD_KPTR_UNREF))
    return go_on;
  return reject_type(env, f, reg, regno, btf_type_name(reg.u.btf, reg.u.btf_id));
}

Stop check_map_kptr_access(Env& env, int value_regno, u32 insn_idx, const Field& f) {
  const Insn& insn = env.prog.insns[insn_idx];
  if (insn.mode() != bpf::MEM) return env.reject(Msg::KptrAccessMode);
  if (insn.cls() == bpf::LDX) {
    const auto regno = static_cast<u32>(value_regno);
    if (f.type != FIELD_UPTR)
      return mark_btf_ld_reg(env, env.path.cur_regs(), regno, PTR_TO_BTF_ID, f.btf, f.btf_id, flags_of_loaded(env, f));
    load_uptr(env, regno, f);
    return go_on;
  }
  if (f.type == FIELD_KPTR_REF || f.type == FIELD_KPTR_PERCPU) return env.reject(Msg::KptrStoreReferenced);
  if (f.type == FIELD_UPTR) return env.reject(Msg::UptrStore);
  if (insn.cls() == bpf::ST) return insn.imm ? env.reject(Msg::KptrStoreImm, f.offset) : go_on;
  if (insn.cls() != bpf::STX) return env.reject(Msg::KptrAccessClass);
  const Reg& value = *env.path.reg_state(static_cast<u32>(value_regno));
  if (value.is_null())
    return env.target.has(Feature::null_kptrs_precise) ? mark_chain_precision(env, value_regno) : go_on;
  return map_kptr_match_type(env, f, value, static_cast<u32>(value_regno));
}

}  // namespace bpfcheck::sim
