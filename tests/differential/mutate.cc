// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <algorithm>

#include "differential/code.h"
#include "differential/generate.h"

namespace bpfcheck::differential {
namespace {

bool is_jump(const Insn& i) {
  return (i.cls() == bpf::JMP || i.cls() == bpf::JMP32) && i.op() != bpf::CALL && i.op() != bpf::EXIT;
}
bool is_long_jump(const Insn& i) { return i.code == (bpf::JMP32 | bpf::JA); }
bool is_relative_imm(const Insn& i) {
  return is_long_jump(i) || (i.code == (bpf::JMP | bpf::CALL) && i.src == bpf::PSEUDO_CALL) ||
         (i.code == bpf::LD_IMM64 && i.src == bpf::PSEUDO_FUNC);
}
bool is_second_half(const Insns& insns, size_t at) {
  return at > 0 && insns[at - 1].code == bpf::LD_IMM64 && insns[at].code == 0;
}

/// Wraps at the ends.
int near(Rng& rng, int v) {
  return static_cast<int>(static_cast<u32>(v) + static_cast<u32>(rng.of({1, -1, 2, -2, 4, -4, 8, -8, 16})));
}

void change_alu(Insn& i, Rng& rng) {
  switch (rng.below(6)) {
    case 0:
      i.code = static_cast<u8>(i.code ^ (bpf::ALU ^ bpf::ALU64));
      break;
    case 1:
      i.dst = static_cast<u8>(rng.below(10)) & 0xf;
      break;
    case 2:
      if (i.src_is_reg())
        i.src = static_cast<u8>(rng.below(10)) & 0xf;
      else
        i.imm = near(rng, i.imm);
      break;
    case 3:
      i.code = static_cast<u8>((i.code & 0x0f) | rng.of({int{bpf::ADD}, int{bpf::SUB}, int{bpf::AND}, int{bpf::OR},
                                                         int{bpf::MOV}, int{bpf::RSH}, int{bpf::ARSH}}));
      break;
    case 4:
      i.imm = i.src_is_reg() ? i.imm : static_cast<s32>((1u << rng.below(32)) - static_cast<u32>(rng.below(2)));
      break;
    default:
      i.off = static_cast<s16>(rng.of({0, 1, 8, 16, 32}));
      break;
  }
}

void change_jump(Insn& i, Rng& rng) {
  if (i.op() == bpf::CALL || i.op() == bpf::EXIT || i.op() == bpf::JA) return;
  switch (rng.below(6)) {
    case 0:
      i.code = static_cast<u8>(i.code ^ (bpf::JMP ^ bpf::JMP32));
      break;
    case 1: {
      constexpr u8 ops[] = {bpf::JEQ,  bpf::JNE,  bpf::JGT,  bpf::JGE,  bpf::JLT, bpf::JLE,
                            bpf::JSGT, bpf::JSGE, bpf::JSLT, bpf::JSLE, bpf::JSET};
      i.code = static_cast<u8>((i.code & 0x0f) | rng.in(ops));
      break;
    }
    case 2:
      i.dst = static_cast<u8>(rng.below(10)) & 0xf;
      break;
    case 3:
      if (i.src_is_reg())
        i.src = static_cast<u8>(rng.below(10)) & 0xf;
      else
        i.imm = near(rng, i.imm);
      break;
    case 4:
      i.imm = i.src_is_reg() ? i.imm : i.imm + 1;
      break;
    default:
      i.off = static_cast<s16>(i.off + rng.of({1, -1, 2}));
      break;
  }
}

void change_memory(Insn& i, Rng& rng) {
  switch (rng.below(5)) {
    case 0:
      i.off = static_cast<s16>(rng.percent(70) ? i.off + rng.of({8, -8, 16}) : near(rng, i.off));
      break;
    case 1:
      i.code = static_cast<u8>((i.code & ~0x18) | rng.of({int{bpf::B}, int{bpf::H}, int{bpf::W}, int{bpf::DW}}));
      break;
    case 2:
      i.src = static_cast<u8>(rng.below(11)) & 0xf;
      break;
    case 3:
      i.dst = static_cast<u8>(rng.below(11)) & 0xf;
      break;
    default:
      i.imm = i.cls() == bpf::LDX ? 0 : near(rng, i.imm);
      break;
  }
}

}  // namespace

void mutate(Program& p, Rng& rng) {
  if (p.insns.empty()) return;
  const auto at = static_cast<size_t>(rng.below(static_cast<int>(p.insns.size())));
  if (is_second_half(p.insns, at)) return;
  Insn& i = p.insns[at];
  const bool wide = i.code == bpf::LD_IMM64;
  switch (rng.below(8)) {
    case 0:
      remove_insns(p, at, wide ? 2 : 1);
      return;
    case 1:
      if (at + 1 < p.insns.size() && !wide && p.insns[at + 1].code != bpf::LD_IMM64 && !is_jump(i) &&
          !is_jump(p.insns[at + 1]))
        std::swap(i, p.insns[at + 1]);
      return;
    case 2:
      if (!wide) i = insn(bpf::JMP | bpf::JA);  // does nothing
      return;
    default:
      break;
  }
  switch (i.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      change_alu(i, rng);
      break;
    case bpf::JMP:
    case bpf::JMP32:
      change_jump(i, rng);
      break;
    case bpf::LD:
      if (i.src == bpf::PSEUDO_MAP_FD)
        i.imm = rng.below(map_count);
      else if (i.src == 0)
        i.imm = near(rng, i.imm);
      break;
    default:
      change_memory(i, rng);
      break;
  }
}

bool remove_insns(Program& p, size_t first, size_t n) {
  Insns& insns = p.insns;
  if (first + n > insns.size() || n >= insns.size() || is_second_half(insns, first) ||
      (first + n < insns.size() && is_second_half(insns, first + n)))
    return false;
  for (const auto& f : p.functions)
    if (f.start >= first && f.start < first + n && f.start != first) return false;
  const auto a = static_cast<s64>(first), z = static_cast<s64>(first + n);
  auto moved = [&](s64 to) { return to >= z ? to - (z - a) : to > a ? a : to; };
  Insns kept;
  for (s64 at = 0; at < static_cast<s64>(insns.size()); at++) {
    if (at >= a && at < z) continue;
    Insn i = insns[static_cast<size_t>(at)];
    const bool second = is_second_half(insns, static_cast<size_t>(at));
    if (!second && (is_jump(i) || is_relative_imm(i))) {
      const s64 distance = is_relative_imm(i) ? i.imm : i.off;
      const s64 now = moved(at + 1 + distance) - moved(at) - 1;
      if (is_relative_imm(i))
        i.imm = static_cast<s32>(now);
      else
        i.off = static_cast<s16>(now);
    }
    kept.push_back(i);
  }
  insns = std::move(kept);
  for (auto& f : p.functions) f.start = static_cast<u32>(moved(f.start));
  std::erase_if(p.functions, [&](const auto& f) { return f.start >= insns.size(); });
  for (size_t i = 1; i < p.functions.size(); i++)
    if (p.functions[i].start == p.functions[i - 1].start)
      return p.functions.erase(p.functions.begin() + static_cast<std::ptrdiff_t>(i - 1)), true;
  return true;
}

}  // namespace bpfcheck::differential
