// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See special_slots.h.
#include "verifier_sim/state/special_slots.h"

#include "verifier_sim/flow/stack_liveness.h"
#include "verifier_sim/state/slots.h"

namespace bpfcheck::sim {

int stack_slot_obj_get_spi(Env& env, const Reg* reg, const char* obj_kind, int nr_slots) {
  if (!reg->is_const()) return env.reject(Msg::SlotObjConstantOffset, obj_kind);
  const int off = reg->off + static_cast<int>(reg->var_off.value);
  const int spi = get_spi(off);
  if (off % bpf::REG_SIZE || spi + 1 < nr_slots) return env.reject(Msg::SlotObjBadOffset, obj_kind, off);
  return spi < static_cast<int>(env.func(reg)->stack.size()) ? spi : -ERANGE;
}

int mark_stack_slot_obj_read(Env& env, const Reg* reg, int spi, int nr_slots) {
  for (int i = spi; i > spi - nr_slots; i--) {
    if (int err = bpf_mark_stack_read(env, reg->frameno, env.insn_idx, 1ull << i)) return err;
    env.mark_stack_slot_scratched(static_cast<u32>(i));
  }
  return 0;
}

}  // namespace bpfcheck::sim
