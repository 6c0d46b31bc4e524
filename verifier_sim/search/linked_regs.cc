// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See linked_regs.h.
#include "verifier_sim/search/linked_regs.h"

#include <algorithm>
#include <vector>

#include "verifier_sim/search/explorer.h"

namespace bpfcheck::sim {
namespace {

constexpr int frameno_bits = 3, spi_bits = 6, entry_bits = spi_bits + frameno_bits + 1, size_bits = 4;

}  // namespace

u64 linked_regs_pack(const LinkedRegs& s) {
  u64 val = 0;
  for (int i = 0; i < s.cnt; i++) {
    const LinkedReg& e = s.entries[static_cast<size_t>(i)];
    val = (val << entry_bits) | e.frameno | (u64{e.spi} << frameno_bits) | (u64{e.is_reg} << (spi_bits + frameno_bits));
  }
  return (val << size_bits) | static_cast<u64>(s.cnt);
}

void linked_regs_unpack(u64 val, LinkedRegs* s) {
  s->cnt = static_cast<int>(val & ((1u << size_bits) - 1));
  val >>= size_bits;
  for (int i = 0; i < s->cnt && i < LINKED_REGS_MAX; i++, val >>= entry_bits) {
    LinkedReg& e = s->entries[static_cast<size_t>(i)];
    e.frameno = static_cast<u8>(val & ((1u << frameno_bits) - 1));
    e.spi = static_cast<u8>((val >> frameno_bits) & ((1u << spi_bits) - 1));
    e.is_reg = (val >> (spi_bits + frameno_bits)) & 1;
  }
}

/// Spills narrower than their slot were not looked at before they were tracked like others.
static bool holds_register(const Env& env, const StackSlot& s) {
  return s.is_spilled_reg() && (s.slot[0] == SlotType::Spill || env.laws.rules.every_scalar_spilled);
}

void collect_linked_regs(Env& env, State* st, u32 id, LinkedRegs* out) {
  id &= ~ADD_CONST;
  auto is_linked = [=](const Reg& reg) { return reg.type == SCALAR_VALUE && (reg.id & ~ADD_CONST) == id; };
  auto collect = [&](u32 frameno, u32 at, bool is_reg) {
    if (out->cnt >= LINKED_REGS_MAX) return false;
    LinkedReg& e = out->entries[static_cast<size_t>(out->cnt++)];
    e.frameno = static_cast<u8>(frameno);
    e.regno = static_cast<u8>(at);
    e.is_reg = is_reg;
    return true;
  };
  for (u32 i = st->curframe + 1; i-- > 0;) {
    const u16 live =
        env.target.has(Feature::live_links) ? env.prog.aux[frame_insn_idx(*st, i)].live_regs_before : u16{0xffff};
    Frame& f = *st->frame[i];
    for (u32 r = 0; r < bpf::REG_FP; r++)
      if ((live & (1u << r)) && is_linked(f.regs[r]) && !collect(i, r, true)) f.regs[r].id = 0;
    for (u32 s = 0; s < f.stack.size(); s++)
      if (holds_register(env, f.stack[s]) && is_linked(f.stack[s].spilled) && !collect(i, s, false))
        f.stack.edit(s).spilled.edit().id = 0;
  }
}

void drop_lone_ids(State& st) {
  std::vector<u32> ids;
  auto linked = [](const Reg& r) { return r.type == SCALAR_VALUE && r.id; };
  for (u32 f = 0; f <= st.curframe; f++) {
    for (const Reg& r : st.frame[f]->regs)
      if (linked(r)) ids.push_back(r.id & ~ADD_CONST);
    for (const StackSlot& s : st.frame[f]->stack)
      if (s.is_spilled_reg() && linked(s.spilled)) ids.push_back(s.spilled->id & ~ADD_CONST);
  }
  if (ids.empty()) return;
  st.for_each_reg([&](const Reg& r) { return linked(r) && std::ranges::count(ids, r.id & ~ADD_CONST) == 1; },
                  [](Reg& r) { r.id = 0, r.off = 0; });
}

void copy_to_equal_scalars(const Env& env, State* st, const Reg& known) {
  auto is_equal = [&](const Reg& r) { return r.type == SCALAR_VALUE && r.id == known.id && &r != &known; };
  for (u32 i = 0; i <= st->curframe; i++) {
    Frame& f = *st->frame[i];
    for (Reg& r : f.regs)
      if (is_equal(r)) r = known;
    for (u32 s = 0; s < f.stack.size(); s++)
      if (holds_register(env, f.stack[s]) && is_equal(f.stack[s].spilled)) f.stack.edit(s).spilled.edit() = known;
  }
}

void sync_linked_regs(const Env& env, State* st, const Reg* known, const LinkedRegs& linked) {
  for (int i = 0; i < linked.cnt; i++) {
    const LinkedReg& e = linked.entries[static_cast<size_t>(i)];
    Frame& f = *st->frame[e.frameno];
    const Reg* found = e.is_reg ? &f.regs[e.regno] : &*f.stack[e.spi].spilled;
    if (found->type != SCALAR_VALUE || found == known) continue;
    if ((found->id & ~ADD_CONST) != (known->id & ~ADD_CONST)) continue;
    if (((found->id ^ known->id) & ADD_CONST) == ADD_CONST) continue;  // linked in different widths
    Reg* reg = e.is_reg ? &f.regs[e.regno] : &f.stack.edit(e.spi).spilled.edit();
    if ((!(reg->id & ADD_CONST) && !(known->id & ADD_CONST)) || reg->off == known->off) {
      *reg = *known;
      continue;
    }
    const s32 off = reg->off;
    const u32 id = reg->id;
    Scalar delta;
    const s64 difference = s64{off} - s64{known->off};
    delta.set_known(
        static_cast<u64>(env.laws.rules.linked_differences ? difference : s64{static_cast<s32>(difference)}));
    *reg = *known;
    reg->off = off;
    if (env.target.has(Feature::linked_id_kept)) reg->id = id;
    env.laws.ranges->add(*reg, delta);
    if ((reg->id | known->id) & ADD_CONST32) env.laws.ranges->zero_extend(*reg);
    if (env.target.has(Feature::linked_bounds_settled)) env.laws.ranges->settle(*reg);
  }
}

}  // namespace bpfcheck::sim
