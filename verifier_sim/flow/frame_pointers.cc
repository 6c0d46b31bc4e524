// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See frame_pointers.h.
#include "verifier_sim/flow/frame_pointers.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace bpfcheck::sim {
namespace {

constexpr FpTrack no_frame{};
constexpr FpTrack anywhere_in(s8 frame) { return {frame, 0, 0, {}}; }
constexpr u16 frame_bit(s8 frame) { return static_cast<u16>(1u << frame); }
constexpr u16 frames_of(const FpTrack& t) {
  return t.frame >= 0 ? frame_bit(t.frame) : t.frame == FpTrack::Imprecise ? t.mask : u16{0};
}

FpTrack join_frames(const FpTrack& a, const FpTrack& b) {
  return FpTrack::somewhere_in(static_cast<u16>(frames_of(a) | frames_of(b)));
}

/// Both ascending and of one frame.
FpTrack join_offsets(const FpTrack& a, const FpTrack& b) {
  std::array<s16, 2 * FpTrack::max_offsets> both{};
  auto end =
      std::set_union(a.off.begin(), a.off.begin() + a.off_cnt, b.off.begin(), b.off.begin() + b.off_cnt, both.begin());
  const auto count = static_cast<size_t>(end - both.begin());
  if (count > FpTrack::max_offsets) return anywhere_in(a.frame);
  FpTrack t{a.frame, static_cast<u8>(count), 0, {}};
  std::copy_n(both.begin(), count, t.off.begin());
  return t;
}

/// An address joined with none: the frame's end stands in for it, so that it is read through, but not known to be
/// written.
FpTrack join_none(const FpTrack& t) { return t.off_cnt == 1 ? join_offsets(t, FpTrack::at(t.frame, 0)) : t; }

std::optional<s16> sum(s16 off, s64 delta) {
  if (delta != static_cast<s16>(delta)) return std::nullopt;
  const s64 s = off + delta;
  return s == static_cast<s16>(s) ? std::optional<s16>(static_cast<s16>(s)) : std::nullopt;
}

/// The slot at this place; nothing where it is none, or lies across two.
std::optional<u32> slot_at_offset(s32 off) {
  if (off >= 0 || off < -bpf::MAX_STACK || off % bpf::REG_SIZE) return std::nullopt;
  return static_cast<u32>(-off / bpf::REG_SIZE - 1);
}

void add(FpTrack& dst, const FpTrack& src) {
  if (dst.frame >= 0 && (src.frame == FpTrack::None || src.frame == dst.frame)) {
    dst = anywhere_in(dst.frame);
  } else if (src.frame >= 0 && dst.frame == FpTrack::None) {
    dst = anywhere_in(src.frame);
  } else if (dst.frame != FpTrack::None || src.frame != FpTrack::None) {
    dst = join_frames(dst, src);
  }
}

void apply_alu64(const Insn& insn, FpTrack& dst, const FpTrack& src) {
  const u8 op = insn.op();
  if (insn.src_is_reg()) {
    if (op == bpf::MOV)
      dst = insn.off ? no_frame : src;
    else
      add(dst, src);
  } else if (op == bpf::MOV) {
    dst = no_frame;
  } else if (dst.frame >= 0) {
    if (op == bpf::ADD || op == bpf::SUB)
      move_by(dst, op == bpf::ADD ? s64{insn.imm} : -s64{insn.imm});
    else
      dst = anywhere_in(dst.frame);
  }
}

FpTrack fill(const Insn& insn, const FpTrack& base, const FpStack& stack, u32 depth) {
  const FpTrack any = FpTrack::somewhere_in(static_cast<u16>((1u << (depth + 1)) - 1));
  if (insn.src == bpf::REG_FP) {
    const auto slot = slot_at_offset(insn.off);
    return slot ? stack[*slot] : any;
  }
  if (!base.off_cnt) return any;
  FpTrack value = no_frame;
  for (u8 i = 0; i < base.off_cnt; i++) {
    const auto off = sum(base.off[i], insn.off);
    const auto slot = off ? slot_at_offset(*off) : std::nullopt;
    if (!slot) return any;
    value = join(value, stack[*slot]);
  }
  return value;
}

void spill(const Insn& insn, const FpTrack& base, const FpTrack& value, FpStack& stack) {
  const FpTrack stored = insn.size() == bpf::DW ? value : no_frame;
  if (insn.dst == bpf::REG_FP) {
    if (const auto slot = slot_at_offset(insn.off)) stack[*slot] = stored;
    return;
  }
  if (!base.off_cnt) {
    for (FpTrack& t : stack) t = join(t, stored);
    return;
  }
  for (u8 i = 0; i < base.off_cnt; i++) {
    const auto off = sum(base.off[i], insn.off);
    const auto slot = off ? slot_at_offset(*off) : std::nullopt;
    if (slot) stack[*slot] = base.off_cnt == 1 ? stored : join(stack[*slot], stored);
  }
}

/// Slots that the bytes from `off` overlap hold no address any more; perhaps, where it is one place of several.
void clear_at(FpStack& stack, s32 off, int size, bool only_place) {
  for (u32 i = 0; i < stack.size(); i++) {
    const s32 start = -static_cast<s32>((i + 1) * bpf::REG_SIZE);
    if (start < off + size && start + bpf::REG_SIZE > off) stack[i] = only_place ? no_frame : join(stack[i], no_frame);
  }
}

void clear_anywhere(FpStack& stack) {
  for (FpTrack& t : stack) t = join(t, no_frame);
}

void clear(const Insn& insn, const FpTrack& base, FpStack& stack) {
  const int size = bpf::bytes_of(insn.size());
  if (insn.dst == bpf::REG_FP) return clear_at(stack, insn.off, size, true);
  if (!base.off_cnt) return clear_anywhere(stack);
  for (u8 i = 0; i < base.off_cnt; i++) {
    const auto off = sum(base.off[i], insn.off);
    if (!off) return clear_anywhere(stack);
    clear_at(stack, *off, size, base.off_cnt == 1);
  }
}

bool may_be_own_frame(u32 regno, const FpTrack& t, u32 depth) {
  return regno == bpf::REG_FP || t.frame == static_cast<s8>(depth) ||
         (t.frame == FpTrack::Imprecise && (t.mask >> depth & 1));
}

void apply_load(const Insn& insn, u32 depth, const std::array<const FpStack*, MAX_CALL_FRAMES>& outer, FpState& s) {
  const FpTrack src = s.regs[insn.src];
  FpTrack& dst = s.regs[insn.dst];
  const bool whole = insn.mode() == bpf::MEM && insn.size() == bpf::DW;
  if (!whole)
    dst = no_frame;
  else if (may_be_own_frame(insn.src, src, depth))
    dst = fill(insn, src, s.stack, depth);
  else if (src.frame >= 0 && src.frame < static_cast<s8>(depth))
    dst = fill(insn, src, *outer[static_cast<u32>(src.frame)], static_cast<u32>(src.frame));
  else if (src.frame == FpTrack::Imprecise && src.mask)
    dst = src;
  else
    dst = no_frame;
}

void apply_atomic(const Insn& insn, bool own, FpState& s) {
  if (own && insn.imm != bpf::LOAD_ACQ) clear(insn, s.regs[insn.dst], s.stack);
  if (insn.imm == bpf::CMPXCHG)
    s.regs[0] = no_frame;
  else if (insn.imm == bpf::LOAD_ACQ)
    s.regs[insn.dst] = no_frame;
  else if (insn.imm & bpf::FETCH)
    s.regs[insn.src] = no_frame;
}

}  // namespace

bool FpTrack::operator==(const FpTrack& o) const {
  if (frame != o.frame) return false;
  if (frame == Imprecise) return mask == o.mask;
  return frame < 0 || (off_cnt == o.off_cnt && std::equal(off.begin(), off.begin() + off_cnt, o.off.begin()));
}

FpTrack join(const FpTrack& a, const FpTrack& b) {
  if (!b.visited()) return a;
  if (!a.visited()) return b;
  if (a.frame == b.frame && a.frame >= 0) return a.off_cnt && b.off_cnt ? join_offsets(a, b) : anywhere_in(a.frame);
  if (a.frame == FpTrack::None && b.frame == FpTrack::None) return a;
  if (a.frame >= 0 && b.frame == FpTrack::None) return join_none(a);
  if (b.frame >= 0 && a.frame == FpTrack::None) return join_none(b);
  return join_frames(a, b);
}

void move_by(FpTrack& t, s64 delta) {
  for (u8 i = 0; i < t.off_cnt; i++) {
    const auto moved = sum(t.off[i], delta);
    if (!moved) {
      t.off_cnt = 0;
      return;
    }
    t.off[i] = *moved;
  }
}

void track_frame_pointers(const Program& prog, u32 insn_idx, u32 depth,
                          const std::array<const FpStack*, MAX_CALL_FRAMES>& outer, FpState& s) {
  const Insn& insn = prog.insns[insn_idx];
  FpTrack& dst = s.regs[insn.dst];
  const bool own = may_be_own_frame(insn.dst, dst, depth);
  switch (insn.cls()) {
    case bpf::ALU64:
      apply_alu64(insn, dst, FpTrack(s.regs[insn.src]));
      break;
    case bpf::ALU:
      dst = no_frame;
      break;
    case bpf::JMP:
      // Callees write no address of a frame into a caller's stack: what is spilled there stays.
      if (insn.op() == bpf::CALL)
        for (u32 r = 0; r <= 5; r++) s.regs[r] = no_frame;
      break;
    case bpf::LDX:
      apply_load(insn, depth, outer, s);
      break;
    case bpf::LD:
      if (insn.mode() == bpf::IMM) dst = no_frame;
      break;
    case bpf::STX:
      if (own && insn.mode() == bpf::MEM) spill(insn, dst, s.regs[insn.src], s.stack);
      if (insn.mode() == bpf::ATOMIC) apply_atomic(insn, own, s);
      break;
    case bpf::ST:
      if (own && insn.mode() == bpf::MEM) clear(insn, dst, s.stack);
      break;
    default:
      break;
  }
}

}  // namespace bpfcheck::sim
