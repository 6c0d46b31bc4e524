// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See spill.h.
#include "verifier_sim/memory/spill.h"

namespace bpfcheck::sim {
namespace {

bool is_special(const StackSlot& s) {
  SlotType t = s.slot[7];
  return t == SlotType::Spill || t == SlotType::Dynptr || t == SlotType::Iter || t == SlotType::IrqFlag;
}

}  // namespace

bool is_spillable(u32 type) {
  switch (base_type(type)) {
    case PTR_TO_MAP_VALUE:
    case PTR_TO_STACK:
    case PTR_TO_CTX:
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET_END:
    case PTR_TO_FLOW_KEYS:
    case CONST_PTR_TO_MAP:
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
    case PTR_TO_BTF_ID:
    case PTR_TO_BUF:
    case PTR_TO_MEM:
    case PTR_TO_FUNC:
    case PTR_TO_MAP_KEY:
    case PTR_TO_ARENA:
      return true;
    default:
      return false;
  }
}

bool is_st_mem(const Insn& i) { return i.cls() == bpf::ST && i.mode() == bpf::MEM; }

void save_register(const Env& env, StackSlot& slot, const Reg& reg, int size) {
  slot.spilled = reg;
  int i = bpf::REG_SIZE;
  for (; i > bpf::REG_SIZE - size; i--) slot.slot[i - 1] = SlotType::Spill;
  const bool zeros_stay = env.laws.rules.zeros_through_spills;
  const bool unread_stays = !zeros_stay || env.prog.may.allow_ptr_leaks || env.laws.rules.narrow_over_scalar;
  for (; i; i--)
    if (SlotType& t = slot.slot[i - 1];
        !(t == SlotType::Zero && zeros_stay) && !(t == SlotType::Invalid && unread_stays))
      t = SlotType::Misc;
}

bool spills_scalar(const Env& env, const Reg& reg) {
  if (reg.type != SCALAR_VALUE || !env.prog.may.bpf_capable) return false;
  if (env.laws.rules.every_scalar_spilled) return true;
  if (reg.is_null() && !env.laws.rules.zeros_through_spills) return false;
  Scalar unbounded;
  unbounded.set_unknown();
  return static_cast<const Scalar&>(reg) != unbounded;
}

bool spills_constant(const Env& env, const Insn& insn) {
  return is_st_mem(insn) && env.prog.may.bpf_capable && (insn.imm != 0 || env.laws.rules.every_scalar_spilled);
}

void forget_register(StackSlot& slot) {
  if (slot.spilled->type != NOT_INIT) slot.spilled.edit().type = NOT_INIT;
}

void scrub_special(StackSlot& slot) {
  const bool special = is_special(slot);
  forget_register(slot);
  if (!special) return;
  for (SlotType& t : slot.slot)
    if (t != SlotType::Invalid) t = SlotType::Misc;
}

}  // namespace bpfcheck::sim
