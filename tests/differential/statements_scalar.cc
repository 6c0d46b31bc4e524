// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arithmetic on numbers.
#include "differential/statements.h"

namespace bpfcheck::differential {

bool arithmetic(Builder& b) {
  Rng& rng = b.rng;
  int d = b.any_scalar();
  if (b.is_pinned(d)) {
    const int c = b.fresh(d);
    b.code.mov_reg(c, d);
    b.set_scalar(c);
    d = c;
  }
  const bool wide = rng.percent(60);
  const int cls = wide ? bpf::ALU64 : bpf::ALU;
  const int op = rng.of({int{bpf::ADD}, int{bpf::ADD}, int{bpf::SUB}, int{bpf::MUL}, int{bpf::DIV}, int{bpf::MOD},
                         int{bpf::OR}, int{bpf::AND}, int{bpf::AND}, int{bpf::XOR}, int{bpf::LSH}, int{bpf::RSH},
                         int{bpf::ARSH}, int{bpf::NEG}});
  if (op == bpf::NEG) {
    b.code.emit(insn(cls | bpf::NEG, d));
    return true;
  }
  const bool shift = op == bpf::LSH || op == bpf::RSH || op == bpf::ARSH, divides = op == bpf::DIV || op == bpf::MOD;
  const int is_signed = divides && rng.percent(40) ? 1 : 0;
  if (rng.percent(55)) {
    s32 imm = shift ? rng.below(wide ? 64 : 32) : b.immediate();
    if (divides && imm == 0) imm = 3;
    b.code.emit(insn(cls | op | bpf::K, d, 0, is_signed, imm));
    return true;
  }
  int s = b.find([](const Val& v) { return v.kind == Val::scalar; });
  if (shift && rng.percent(70)) s = b.bounded_scalar(wide ? 63 : 31, d);
  if (s < 0) return false;
  b.code.emit(insn(cls | op | bpf::X, d, s, is_signed));
  return true;
}

bool move(Builder& b) {
  Rng& rng = b.rng;
  const int d = b.fresh();
  switch (rng.below(6)) {
    case 0:
      b.code.mov(d, b.immediate());
      break;
    case 1:
      b.code.emit(insn(bpf::ALU | bpf::MOV | bpf::K, d, 0, 0, b.immediate()));
      break;
    case 2:
      b.code.wide(d, 0, b.immediate(), rng.percent(50) ? b.immediate() : 0);
      break;
    case 3: {
      const int s = b.find([](const Val& v) { return v.kind != Val::none; });
      if (s < 0) return false;
      b.code.mov_reg(d, s);
      b.reg(d) = b.reg(s);
      return true;
    }
    default: {
      const int s = b.any_scalar();
      if (b.is_pinned(d)) return false;
      if (rng.percent(50))
        b.code.emit(insn(bpf::ALU64 | bpf::MOV | bpf::X, d, s, rng.of({0, 0, 8, 16, 32})));
      else
        b.code.emit(insn(bpf::ALU | bpf::MOV | bpf::X, d, s, rng.of({0, 0, 8, 16})));
      break;
    }
  }
  b.set_scalar(d);
  return true;
}

bool linked_scalars(Builder& b) {
  Rng& rng = b.rng;
  const int s = b.bounded_scalar(rng.of({255, 1000, 0x7fff, 40}));
  const int d = b.fresh(s);
  const bool wide = rng.percent(75);
  b.code.emit(insn((wide ? bpf::ALU64 : bpf::ALU) | bpf::MOV | bpf::X, d, s));
  b.set_scalar(d);
  if (rng.percent(80))
    b.code.emit(insn((rng.percent(75) ? bpf::ALU64 : bpf::ALU) | bpf::ADD | bpf::K, d, 0, 0,
                     rng.of({1, 2, 4, 8, -1, -4, 100, b.immediate()})));
  if (rng.percent(30)) {
    const int e = b.fresh(d);
    b.code.mov_reg(e, d);
    b.set_scalar(e);
  }
  const int over = b.code.label();
  b.code.jump_if(any_comparison(rng), rng.percent(50) ? s : d, rng.percent(60) ? rng.below(300) : b.immediate(), over,
                 rng.percent(25) ? bpf::JMP32 : bpf::JMP);
  if (rng.percent(70)) b.code.mov(rng.percent(50) ? s : d, rng.below(8));
  b.code.bind(over);
  return true;
}

bool byte_order(Builder& b) {
  const int d = b.any_scalar();
  if (b.is_pinned(d)) return false;
  const int bits = b.rng.of({16, 32, 64});
  switch (b.rng.below(3)) {
    case 0:
      b.code.emit(insn(bpf::ALU | bpf::END | bpf::TO_LE, d, 0, 0, bits));
      break;
    case 1:
      b.code.emit(insn(bpf::ALU | bpf::END | bpf::TO_BE, d, 0, 0, bits));
      break;
    default:
      b.code.emit(insn(bpf::ALU64 | bpf::END | bpf::TO_LE, d, 0, 0, bits));
      break;
  }
  return true;
}

bool pointer_comparison(Builder& b) {
  const int p = b.find([](const Val& v) { return v.kind != Val::none && v.kind != Val::scalar; });
  if (p < 0) return false;
  const int over = b.code.label();
  const int d = b.fresh();
  const int q = b.find([](const Val& v) { return v.kind != Val::none; });
  if (b.rng.percent(50))
    b.code.jump_if_reg(b.rng.percent(70) ? bpf::JEQ : any_comparison(b.rng), p, q, over);
  else
    b.code.jump_if(b.rng.of({int{bpf::JEQ}, int{bpf::JNE}}), p, 0, over);
  b.code.mov(d, 1);
  b.code.bind(over);
  b.reg(d) = {};
  return true;
}

}  // namespace bpfcheck::differential
