// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A little assembler: instructions by name, labels for jumps and calls.
#pragma once

#include <utility>
#include <vector>

#include "base/insn.h"

namespace bpfcheck::differential {

inline Insn insn(int code, int dst = 0, int src = 0, int off = 0, s32 imm = 0) {
  Insn i;
  i.code = static_cast<u8>(code);
  i.dst = static_cast<u8>(dst) & 0xf;
  i.src = static_cast<u8>(src) & 0xf;
  i.off = static_cast<s16>(off);
  i.imm = imm;
  return i;
}

class Code {
 public:
  Insns insns;

  int label() {
    places_.push_back(-1);
    return static_cast<int>(places_.size()) - 1;
  }
  void bind(int label) { places_[static_cast<size_t>(label)] = here(); }
  int here() const { return static_cast<int>(insns.size()); }

  void emit(const Insn& i) { insns.push_back(i); }
  void mov(int dst, s32 imm) { emit(insn(bpf::ALU64 | bpf::MOV | bpf::K, dst, 0, 0, imm)); }
  void mov_reg(int dst, int src) { emit(insn(bpf::ALU64 | bpf::MOV | bpf::X, dst, src)); }
  void alu(int op, int dst, s32 imm) { emit(insn(bpf::ALU64 | op | bpf::K, dst, 0, 0, imm)); }
  void alu_reg(int op, int dst, int src) { emit(insn(bpf::ALU64 | op | bpf::X, dst, src)); }
  void load(int size, int dst, int src, int off) { emit(insn(bpf::LDX | bpf::MEM | size, dst, src, off)); }
  void store(int size, int dst, int off, int src) { emit(insn(bpf::STX | bpf::MEM | size, dst, src, off)); }
  void store_imm(int size, int dst, int off, s32 imm) { emit(insn(bpf::ST | bpf::MEM | size, dst, 0, off, imm)); }
  void helper(u32 id) { emit(insn(bpf::JMP | bpf::CALL, 0, 0, 0, static_cast<s32>(id))); }
  void exit() { emit(insn(bpf::JMP | bpf::EXIT)); }
  void wide(int dst, int src, s32 low, s32 high = 0) {
    emit(insn(bpf::LD_IMM64, dst, src, 0, low));
    emit(insn(0, 0, 0, 0, high));
  }
  void map(int dst, int index) { wide(dst, bpf::PSEUDO_MAP_FD, index); }
  /// A jump, its target in `off` (or in `imm`, for calls, function addresses and the long JA).
  void jump(Insn i, int label) {
    fixups_.push_back({here(), label});
    emit(i);
  }
  void jump_if(int op, int dst, s32 imm, int label, int cls = bpf::JMP) {
    jump(insn(cls | op | bpf::K, dst, 0, 0, imm), label);
  }
  void jump_if_reg(int op, int dst, int src, int label, int cls = bpf::JMP) {
    jump(insn(cls | op | bpf::X, dst, src), label);
  }
  void jump_to(int label) { jump(insn(bpf::JMP | bpf::JA), label); }

  bool jumps_to(int label) const {
    for (const auto& [at, to] : fixups_)
      if (to == label) return true;
    return false;
  }

  /// Fills in the targets of all jumps; every label used has been bound.
  void link() {
    for (auto [at, label] : fixups_) {
      Insn& i = insns[static_cast<size_t>(at)];
      const int distance = places_[static_cast<size_t>(label)] - at - 1;
      if (i.code == bpf::LD_IMM64 || i.code == (bpf::JMP | bpf::CALL) || i.code == (bpf::JMP32 | bpf::JA))
        i.imm = distance;
      else
        i.off = static_cast<s16>(distance);
    }
    fixups_.clear();
  }

 private:
  std::vector<int> places_;
  std::vector<std::pair<int, int>> fixups_;
};

}  // namespace bpfcheck::differential
