// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The BPF instruction and its opcode table: the numbers of include/uapi/linux/bpf.h and include/linux/filter.h.
#pragma once

#include <vector>

#include "base/types.h"

namespace bpfcheck {

/// One 8-byte instruction slot, in host order. BPF_LD_IMM64 takes two slots.
struct Insn {
  u8 code = 0;
  u8 dst : 4 = 0;
  u8 src : 4 = 0;
  s16 off = 0;
  s32 imm = 0;

  u8 cls() const { return code & 0x07; }
  u8 op() const { return code & 0xf0; }    ///< ALU and JMP classes
  u8 mode() const { return code & 0xe0; }  ///< load and store classes
  u8 size() const { return code & 0x18; }  ///< load and store classes
  bool src_is_reg() const { return code & 0x08; }

  bool operator==(const Insn&) const = default;
};
static_assert(sizeof(Insn) == 8);

using Insns = std::vector<Insn>;

// Names are the kernel's own without the BPF_ prefix where that prefix would only repeat the namespace.
namespace bpf {

// Classes.
inline constexpr u8 LD = 0x00, LDX = 0x01, ST = 0x02, STX = 0x03, ALU = 0x04, JMP = 0x05, JMP32 = 0x06, ALU64 = 0x07;
// Sizes of loads and stores.
inline constexpr u8 W = 0x00, H = 0x08, B = 0x10, DW = 0x18;
// Modes of loads and stores.
inline constexpr u8 IMM = 0x00, ABS = 0x20, IND = 0x40, MEM = 0x60, MEMSX = 0x80, ATOMIC = 0xc0;
// Modes that only the verifier writes.
inline constexpr u8 PROBE_MEM = 0x20, PROBE_MEM32 = 0xa0, PROBE_MEMSX = 0x40, PROBE_ATOMIC = 0xe0;
// Operand source.
inline constexpr u8 K = 0x00, X = 0x08;
// ALU operations.
inline constexpr u8 ADD = 0x00, SUB = 0x10, MUL = 0x20, DIV = 0x30, OR = 0x40, AND = 0x50, LSH = 0x60, RSH = 0x70,
                    NEG = 0x80, MOD = 0x90, XOR = 0xa0, MOV = 0xb0, ARSH = 0xc0, END = 0xd0;
inline constexpr u8 TO_LE = 0x00, TO_BE = 0x08;
// Jump operations.
inline constexpr u8 JA = 0x00, JEQ = 0x10, JGT = 0x20, JGE = 0x30, JSET = 0x40, JNE = 0x50, JSGT = 0x60, JSGE = 0x70,
                    CALL = 0x80, EXIT = 0x90, JLT = 0xa0, JLE = 0xb0, JSLT = 0xc0, JSLE = 0xd0, JCOND = 0xe0;
/// Source register of a JCOND that is may_goto.
inline constexpr u8 MAY_GOTO = 0;
// Atomic operations (the immediate of BPF_ATOMIC).
inline constexpr s32 FETCH = 0x01, XCHG = 0xe0 | FETCH, CMPXCHG = 0xf0 | FETCH, LOAD_ACQ = 0x100, STORE_REL = 0x110;
// Source registers that give BPF_LD_IMM64 its meaning.
inline constexpr u8 PSEUDO_MAP_FD = 1, PSEUDO_MAP_VALUE = 2, PSEUDO_BTF_ID = 3, PSEUDO_FUNC = 4, PSEUDO_MAP_IDX = 5,
                    PSEUDO_MAP_IDX_VALUE = 6;
// Source registers that give BPF_CALL its meaning.
inline constexpr u8 PSEUDO_CALL = 1, PSEUDO_KFUNC_CALL = 2;
/// Offset of a 64-bit mov that is a cast between address spaces.
inline constexpr s16 ADDR_SPACE_CAST = 1;
inline constexpr u8 LD_IMM64 = LD | IMM | DW;

inline constexpr int MAX_REG = 11;
inline constexpr int REG_FP = 10;
inline constexpr int REG_SIZE = 8;
inline constexpr int MAX_STACK = 512;

/// Bytes that a load or store of this size field moves.
constexpr int bytes_of(u8 size) { return size == W ? 4 : size == H ? 2 : size == B ? 1 : 8; }

}  // namespace bpf
}  // namespace bpfcheck
