// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See states_equal.h.
#include "verifier_sim/search/states_equal.h"

#include <bit>

#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

/// Type, fixed offset and the facts of the type: what stands before var_off in the kernel's layout.
bool same_kind(const Reg& a, const Reg& b) { return a.type == b.type && a.off == b.off && a.u == b.u; }

bool regs_exact(const Reg& old, const Reg& cur, IdMap& ids) {
  return same_content(old, cur) && ids.same(old.id, cur.id) && ids.same(old.ref_obj_id, cur.ref_obj_id);
}

/// The kind, and a distance that covers: where the constant offset is part of it, of both together.
bool pointer_covers(const Env& env, const Reg& old, const Reg& cur) {
  const Ranges& ranges = *env.laws.ranges;
  if (old.off == cur.off) return ranges.covers(old, cur);
  return env.target.has(Feature::pointer_offset_folded) && ranges.covers(folded(ranges, old), folded(ranges, cur));
}

/// What the remembered state does not hold must not be held either.
bool compares_unread(const Env& env, ExactLevel exact) {
  return exact == ExactLevel::Exact ||
         (exact == ExactLevel::RangeWithin && !env.target.has(Feature::loops_ignore_unread));
}

bool scalar_safe(Env& env, const Reg& old, bool old_precise, const Reg& cur, IdMap& ids, ExactLevel exact) {
  const bool free_covers = env.target.has(Feature::free_scalar_covers);
  if (env.prog.explore_alu_limits) return same_content(old, cur) && ids.same_scalar(old.id, cur.id, free_covers);
  if (!old_precise && exact == ExactLevel::NotExact) return true;
  // A linked scalar may only be matched by one that is linked in the same way.
  if ((old.id || !free_covers) && (old.id & ADD_CONST) != (cur.id & ADD_CONST)) return false;
  if ((old.id & ADD_CONST) && old.off != cur.off) return false;
  return ids.same_scalar(old.id, cur.id, free_covers) && env.laws.ranges->covers(old, cur);
}

bool packet_safe(const Env& env, const Reg& old, const Reg& cur, IdMap& ids) {
  // A negative range says at or beyond the packet's end.
  if ((old.u.range < 0 || cur.u.range < 0) && env.target.has(Feature::packet_end_compared)) {
    if (old.u.range != cur.u.range) return false;
  } else if (old.u.range > cur.u.range) {
    return false;
  }
  if (old.id && env.target.has(Feature::packet_displacement) &&
      old.umin() + static_cast<u64>(s64{old.off}) != cur.umin() + static_cast<u64>(s64{cur.off}))
    return false;
  return ids.same(old.id, cur.id) && pointer_covers(env, old, cur);
}

/// regsafe before 6.3: what is the same in every respect, identities included, is safe; besides, a few types allow for
/// more.
bool regsafe_by_content(Env& env, const Reg& old, bool old_precise, const Reg& cur, IdMap& ids) {
  const bool equal = same_content(old, cur) && old.id == cur.id && old.ref_obj_id == cur.ref_obj_id;
  if (old.type == PTR_TO_STACK) return equal && old.frameno == cur.frameno;
  if (equal || old.type == NOT_INIT) return true;
  if (old.type != cur.type) return false;
  switch (old.base()) {
    case SCALAR_VALUE:
      return !env.prog.explore_alu_limits && (!old_precise || env.laws.ranges->covers(old, cur));
    case PTR_TO_MAP_KEY:
    case PTR_TO_MAP_VALUE:
      if (!same_kind(old, cur)) return false;
      return old.maybe_null() ? ids.same_old(old.id, cur.id) : env.laws.ranges->covers(old, cur);
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET:
      if (old.u.range < 0 || cur.u.range < 0 ? old.u.range != cur.u.range : old.u.range > cur.u.range) return false;
      return old.off == cur.off && (!old.id || ids.same_old(old.id, cur.id)) && env.laws.ranges->covers(old, cur);
    default:
      return false;
  }
}

bool regsafe(Env& env, const Reg& old, bool old_precise, const Reg& cur, IdMap& ids, ExactLevel exact) {
  if (!env.laws.search.covering_by_type) return regsafe_by_content(env, old, old_precise, cur, ids);
  if (exact == ExactLevel::Exact) return regs_exact(old, cur, ids);
  if (old.type == NOT_INIT && (!compares_unread(env, exact) || cur.type == NOT_INIT)) return true;
  if (old.type != cur.type) return false;
  switch (old.base()) {
    case SCALAR_VALUE:
      return scalar_safe(env, old, old_precise, cur, ids, exact);
    case PTR_TO_MAP_KEY:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MEM:
    case PTR_TO_BUF:
    case PTR_TO_TP_BUFFER:
      return old.type == cur.type && old.u == cur.u && pointer_covers(env, old, cur) && ids.same(old.id, cur.id) &&
             ids.same(old.ref_obj_id, cur.ref_obj_id);
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET:
      return packet_safe(env, old, cur, ids);
    case PTR_TO_STACK:
      return regs_exact(old, cur, ids) && old.frameno == cur.frameno;
    case PTR_TO_ARENA:
      return true;
    default:
      return regs_exact(old, cur, ids);
  }
}

const Reg& unbound_scalar() {
  static const Reg reg = [] {
    Reg r;
    r.type = SCALAR_VALUE;
    r.set_unknown();
    return r;
  }();
  return reg;
}

/// The scalar that loading the bytes from `first` on would give; nullptr where it would give no plain scalar.
const Reg* scalar_in(const Env& env, const StackSlot& s, int first) {
  if (s.slot[first] == SlotType::Spill && s.spilled->type == SCALAR_VALUE) return &*s.spilled;
  for (int i = first; i < bpf::REG_SIZE; i++)
    if (s.slot[i] != SlotType::Misc && !(s.slot[i] == SlotType::Invalid && env.prog.may.allow_uninit_stack))
      return nullptr;
  return &unbound_scalar();
}

/// Where a scalar begins that is compared as one: kernels that know halves of slots apart look at the upper one, too.
bool scalar_begins(const Env& env, int i) {
  return i == 0 || (i == bpf::REG_SIZE / 2 && env.laws.search.stack_liveness == StackLiveness::known);
}

bool special_slot_safe(const Env& env, const Reg& old, const Reg& cur, SlotType type, IdMap& ids) {
  switch (type) {
    case SlotType::Dynptr:
      if (!env.target.has(Feature::dynptr_overwritten)) return true;
      return old.u.dynptr_type == cur.u.dynptr_type && old.u.dynptr_first_slot == cur.u.dynptr_first_slot &&
             ids.same(old.ref_obj_id, cur.ref_obj_id);
    case SlotType::Iter:  // the depth is left out: it would keep loops from converging
      return old.u.btf == cur.u.btf && old.u.btf_id == cur.u.btf_id && old.u.iter_state == cur.u.iter_state &&
             ids.same(old.ref_obj_id, cur.ref_obj_id);
    case SlotType::IrqFlag:
      return ids.same(old.ref_obj_id, cur.ref_obj_id) && old.u.irq_class == cur.u.irq_class;
    default:
      return false;
  }
}

/// A quick look: both hold the same, and nothing in it has an identity.
bool same_slot(const StackSlot& old, const StackSlot& cur) {
  if (old.types() != cur.types()) return false;
  if (old.is_plain()) return true;
  return old.is_spilled_reg() && old.spilled.same_object(cur.spilled) && !old.spilled->id && !old.spilled->ref_obj_id;
}

bool slot_safe(Env& env, const SavedFrame& frame, u32 spi, const StackSlot* cur, IdMap& ids, ExactLevel exact) {
  const StackSlot& old = frame.stack[spi];
  if (exact == ExactLevel::NotExact &&
      (old.is_empty() || (env.laws.search.read_marks() && !frame.marks.slot_read(spi))))
    return true;
  if (cur && same_slot(old, *cur)) return true;
  for (int i = 0; i < 8; i++) {
    SlotType t = old.slot[i];
    if (compares_unread(env, exact) && (!cur || t != cur->slot[i])) return false;
    if (t == SlotType::Invalid) continue;
    if (env.prog.may.allow_uninit_stack && t == SlotType::Misc) continue;
    if (!cur) return false;
    // A spilled scalar and eight bytes of anything are both a scalar to an 8-byte load.
    const Reg* a = env.laws.search.bytes_as_scalars && scalar_begins(env, i) ? scalar_in(env, old, i) : nullptr;
    const Reg* b = a ? scalar_in(env, *cur, i) : nullptr;
    if (a && b) return regsafe(env, *a, a != &unbound_scalar() && frame.slot_precise(spi), *b, ids, exact);
    if (t == SlotType::Misc && cur->slot[i] == SlotType::Zero) continue;
    if (t != cur->slot[i]) return false;
    if (i != 7) continue;
    if (t == SlotType::Spill) return regsafe(env, old.spilled, frame.slot_precise(spi), cur->spilled, ids, exact);
    if (!env.laws.search.covering_by_type) return true;
    if (t != SlotType::Misc && t != SlotType::Zero) return special_slot_safe(env, old.spilled, cur->spilled, t, ids);
  }
  return true;
}

bool stacksafe(Env& env, const SavedFrame& old, const Frame& cur, IdMap& ids, ExactLevel exact) {
  for (u32 i = 0; i < old.stack.size(); i++)
    if (!slot_safe(env, old, i, i < cur.stack.size() ? &cur.stack[i] : nullptr, ids, exact)) return false;
  return true;
}

bool refsafe(const Env& env, const StateFacts& old, const StateFacts& cur, IdMap& ids) {
  if (!env.laws.search.covering_by_type)
    return old.refs == cur.refs && old.active_lock_id == cur.active_lock_id && old.active_locks == cur.active_locks;
  if (old.refs.size() != cur.refs.size() || old.active_locks != cur.active_locks ||
      old.active_preempt_locks != cur.active_preempt_locks || old.active_rcu_locks != cur.active_rcu_locks ||
      !ids.same(old.active_irq_id, cur.active_irq_id) || !ids.same(old.active_lock_id, cur.active_lock_id) ||
      old.active_lock_ptr != cur.active_lock_ptr)
    return false;
  for (size_t i = 0; i < old.refs.size(); i++) {
    const Reference &a = old.refs[i], &b = cur.refs[i];
    if (!ids.same(a.id, b.id) || a.type != b.type) return false;
    if ((static_cast<u8>(a.type) & ref_lock_mask) && a.ptr != b.ptr) return false;
  }
  return true;
}

bool frames_equal(Env& env, const SavedFrame& old, const Frame& cur, u32 insn_idx, ExactLevel exact) {
  if (old.callback_depth > cur.callback_depth) return false;
  const u16 live = env.laws.search.live_registers ? env.prog.aux[insn_idx].live_regs_before : u16{0xffff};
  const bool unread_covers = env.laws.search.read_marks() && exact == ExactLevel::NotExact;
  IdMap& ids = env.explorer->idmap;
  if (!env.laws.search.covering_by_type) ids.reset(0);
  for (u32 i = 0; i < bpf::MAX_REG; i++)
    if (((1u << i) & live) && !(unread_covers && (i == bpf::REG_FP || !old.marks.read(i))) &&
        !regsafe(env, old.regs[i], old.reg_precise(i), cur.regs[i], ids, exact))
      return false;
  return stacksafe(env, old, cur, ids, exact);
}

}  // namespace

bool IdMap::same_pair(u32 old_id, u32 cur_id) {
  if (!old_id || !cur_id) return false;
  for (const Pair& p : pairs_) {
    if (p.old_id == old_id) return p.cur_id == cur_id;
    if (p.cur_id == cur_id) return false;
  }
  pairs_.push_back({old_id, cur_id});
  return true;
}

bool IdMap::same_old(u32 old_id, u32 cur_id) {
  for (const Pair& p : pairs_)
    if (p.old_id == old_id) return p.cur_id == cur_id;
  pairs_.push_back({old_id, cur_id});
  return true;
}

bool IdMap::same_scalar(u32 old_id, u32 cur_id, bool free_covers) {
  if (!old_id && free_covers) return true;
  if (!old_id) old_id = ++temporary_id_;
  if (!cur_id) cur_id = ++temporary_id_;
  if (!same(old_id, cur_id)) return false;
  return !free_covers || !(old_id & ADD_CONST) || same(old_id & ~ADD_CONST, cur_id & ~ADD_CONST);
}

bool same_content(const Reg& a, const Reg& b) {
  return same_kind(a, b) && static_cast<const Scalar&>(a) == static_cast<const Scalar&>(b);
}

bool states_equal(Env& env, const SavedState& old, const State& cur, ExactLevel exact) {
  if (old.curframe != cur.curframe) return false;
  IdMap& ids = env.explorer->idmap;
  ids.reset(env.path.id_gen);
  if (old.speculative && !cur.speculative) return false;
  if (old.in_sleepable != cur.in_sleepable) return false;
  if (!refsafe(env, old, cur, ids)) return false;
  for (u32 i = 0; i <= old.curframe; i++) {
    if (old.frame[i]->callsite != cur.frame[i]->callsite) return false;
    if (!frames_equal(env, *old.frame[i], *cur.frame[i], frame_insn_idx(old, i), exact)) return false;
  }
  return true;
}

u64 fingerprint(const State& st) {
  u64 h = st.curframe;
  for (const Reg& r : st.cur().regs)
    h = (std::rotl(h, 7) ^ r.var_off().value ^ (u64{r.type} << 32)) + r.umin() * 0x9e3779b97f4a7c15;
  return h;
}

bool states_maybe_looping(const SavedState& old, const State& cur) {
  if (old.curframe != cur.curframe) return false;
  const auto& a = old.cur().regs;
  const auto& b = cur.cur().regs;
  for (u32 i = 0; i < bpf::MAX_REG; i++)
    if (!same_content(a[i], b[i]) || a[i]->id != b[i].id || a[i]->ref_obj_id != b[i].ref_obj_id) return false;
  return true;
}

}  // namespace bpfcheck::sim
