// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See dynptr_arg.h.
#include "verifier_sim/calls/dynptr_arg.h"

#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {

Stop process_dynptr_func(Env& env, u32 regno, int insn_idx, u32 arg_type, u32 clone_ref_obj_id) {
  const Reg* reg = &env.path.cur_regs()[regno];
  const u32 arg = regno - 1;
  if (reg->type == CONST_PTR_TO_DYNPTR && !env.target.has(Feature::const_dynptr)) return go_on;
  if (reg->type != PTR_TO_STACK && reg->type != CONST_PTR_TO_DYNPTR)
    return env.reject(Msg::DynptrExpectedStackOrConst, arg);
  if ((arg_type & MEM_UNINIT) && (arg_type & MEM_RDONLY))
    return env.unsupported("verifier bug: misconfigured dynptr helper type flags");
  if (arg_type & MEM_UNINIT) {
    if (!is_dynptr_reg_valid_uninit(env, reg)) return env.reject(Msg::DynptrMustBeUninit);
    for (int i = 0; i < DYNPTR_SIZE; i += bpf::REG_SIZE)
      if (Stop stop = check_mem_access(env, insn_idx, regno, i, bpf::DW, AccessType::Write, -1, false, false))
        return stop;
    return mark_stack_slots_dynptr(env, reg, arg_type, insn_idx, clone_ref_obj_id);
  }
  if (reg->type == CONST_PTR_TO_DYNPTR && !(arg_type & MEM_RDONLY)) return env.reject(Msg::DynptrConstMutated);
  if (!is_dynptr_reg_valid_init(env, reg)) return env.reject(Msg::DynptrExpectedInit, arg);
  if (!is_dynptr_type_expected(env, reg, arg_type & ~static_cast<u32>(MEM_RDONLY)))
    return env.reject(Msg::DynptrExpectedType, dynptr_type_str(arg_to_dynptr_type(arg_type)), arg);
  return mark_dynptr_read(env, reg);
}

}  // namespace bpfcheck::sim
