// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See disasm.h.
#include "base/disasm.h"

#include <fmt/format.h>

#include <iterator>

namespace bpfcheck {
namespace {

constexpr const char* alu_text[16] = {
    "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian", "(null)", "(null)"};
constexpr const char* jump_text[16] = {
    "jmp", "==", ">", ">=", "&", "!=", "s>", "s>=", "call", "exit", "<", "<=", "s<", "s<=", "(null)", "(null)"};
constexpr const char* class_text[8] = {"ld", "ldx", "st", "stx", "alu", "jmp", "jmp32", "alu64"};
constexpr const char* unsigned_text[4] = {"u32", "u16", "u8", "u64"};
constexpr const char* signed_text[4] = {"s32", "s16", "s8", "(null)"};

const char* size_text(const Insn& i) { return unsigned_text[i.size() >> 3]; }

template <class... A>
void put(std::string& out, fmt::format_string<A...> f, A&&... a) {
  fmt::format_to(std::back_inserter(out), f, std::forward<A>(a)...);
}

const char* alu_operator(const Insn& i) {
  bool is_signed = i.off == 1;
  if (is_signed && i.op() == bpf::DIV) return "s/=";
  if (is_signed && i.op() == bpf::MOD) return "s%=";
  return alu_text[i.op() >> 4];
}

const char* sign_extension(const Insn& i) {
  if (i.op() != bpf::MOV) return "";
  return i.off == 8 ? "(s8)" : i.off == 16 ? "(s16)" : i.off == 32 ? "(s32)" : "";
}

void alu(std::string& out, const Insn& i) {
  const bool wide = i.cls() == bpf::ALU64;
  const char r = wide ? 'r' : 'w';
  const int dst = i.dst, src = i.src;
  if (i.op() == bpf::END) {
    const char* how = wide ? "bswap" : i.src_is_reg() ? "be" : "le";
    put(out, "({:02x}) r{} = {}{} r{}", i.code, dst, how, i.imm, dst);
  } else if (i.op() == bpf::NEG) {
    put(out, "({:02x}) {}{} = -{}{}", i.code, r, dst, r, dst);
  } else if (i.code == (bpf::ALU64 | bpf::MOV | bpf::X) && i.off == bpf::ADDR_SPACE_CAST) {
    put(out, "({:02x}) r{} = addr_space_cast(r{}, {}, {})", i.code, dst, src, static_cast<u32>(i.imm) >> 16,
        static_cast<u16>(i.imm));
  } else if (i.code == (bpf::ALU64 | bpf::MOV | bpf::X) && i.off == -1) {
    put(out, "({:02x}) r{} = &(void __percpu *)(r{})", i.code, dst, src);
  } else if (i.src_is_reg()) {
    put(out, "({:02x}) {}{} {} {}{}{}", i.code, r, dst, alu_operator(i), sign_extension(i), r, src);
  } else {
    put(out, "({:02x}) {}{} {} {}", i.code, r, dst, alu_operator(i), i.imm);
  }
}

const char* fetch_name(s32 imm) {
  switch (imm & 0xf0) {
    case bpf::ADD:
      return "add";
    case bpf::AND:
      return "and";
    case bpf::OR:
      return "or";
    case bpf::XOR:
      return "xor";
    default:
      return nullptr;
  }
}

void atomic(std::string& out, const Insn& i) {
  const int dst = i.dst, src = i.src, off = i.off;
  const char* size = size_text(i);
  const char* wide = i.size() == bpf::DW ? "64" : "";
  const char* name = (i.imm & ~0xf1) == 0 ? fetch_name(i.imm) : nullptr;
  if (name && !(i.imm & bpf::FETCH))
    put(out, "({:02x}) lock *({} *)(r{} {:+}) {} r{}", i.code, size, dst, off, alu_text[(i.imm & 0xf0) >> 4], src);
  else if (name)
    put(out, "({:02x}) r{} = atomic{}_fetch_{}(({} *)(r{} {:+}), r{})", i.code, src, wide, name, size, dst, off, src);
  else if (i.imm == bpf::CMPXCHG)
    put(out, "({:02x}) r0 = atomic{}_cmpxchg(({} *)(r{} {:+}), r0, r{})", i.code, wide, size, dst, off, src);
  else if (i.imm == bpf::XCHG)
    put(out, "({:02x}) r{} = atomic{}_xchg(({} *)(r{} {:+}), r{})", i.code, src, wide, size, dst, off, src);
  else if (i.imm == bpf::LOAD_ACQ)
    put(out, "({:02x}) r{} = load_acquire(({} *)(r{} {:+}))", i.code, dst, size, src, off);
  else if (i.imm == bpf::STORE_REL)
    put(out, "({:02x}) store_release(({} *)(r{} {:+}), r{})", i.code, size, dst, off, src);
  else
    put(out, "BUG_{:02x}", i.code);
}

void memory(std::string& out, const Insn& i) {
  const int dst = i.dst, src = i.src, off = i.off;
  switch (i.cls()) {
    case bpf::STX:
      if (i.mode() == bpf::MEM)
        put(out, "({:02x}) *({} *)(r{} {:+}) = r{}", i.code, size_text(i), dst, off, src);
      else if (i.mode() == bpf::ATOMIC)
        atomic(out, i);
      else
        put(out, "BUG_{:02x}", i.code);
      break;
    case bpf::ST:
      if (i.mode() == bpf::MEM)
        put(out, "({:02x}) *({} *)(r{} {:+}) = {}", i.code, size_text(i), dst, off, i.imm);
      else if (i.mode() == bpf::ATOMIC)
        put(out, "({:02x}) nospec", i.code);
      else
        put(out, "BUG_st_{:02x}", i.code);
      break;
    default:
      if (i.mode() != bpf::MEM && i.mode() != bpf::MEMSX)
        put(out, "BUG_ldx_{:02x}", i.code);
      else
        put(out, "({:02x}) r{} = *({} *)(r{} {:+})", i.code, dst,
            i.mode() == bpf::MEM ? size_text(i) : signed_text[i.size() >> 3], src, off);
  }
}

void load(std::string& out, const Insn* insn, const DisasmNames& names, bool allow_ptr_leaks) {
  const Insn& i = *insn;
  if (i.mode() == bpf::ABS) {
    put(out, "({:02x}) r0 = *({} *)skb[{}]", i.code, size_text(i), i.imm);
  } else if (i.mode() == bpf::IND) {
    put(out, "({:02x}) r0 = *({} *)skb[r{} + {}]", i.code, size_text(i), static_cast<int>(i.src), i.imm);
  } else if (i.code == bpf::LD_IMM64) {
    u64 imm = (static_cast<u64>(static_cast<u32>(insn[1].imm)) << 32) | static_cast<u32>(i.imm);
    bool is_map = i.src == bpf::PSEUDO_MAP_FD || i.src == bpf::PSEUDO_MAP_VALUE;
    if (is_map && !allow_ptr_leaks) imm = 0;
    put(out, "({:02x}) r{} = {}", i.code, static_cast<int>(i.dst),
        names.imm ? names.imm(i, imm) : fmt::format("{:#x}", imm));
  } else {
    put(out, "BUG_ld_{:02x}", i.code);
  }
}

void jump(std::string& out, const Insn& i, const DisasmNames& names) {
  const char r = i.cls() == bpf::JMP32 ? 'w' : 'r';
  const int dst = i.dst, src = i.src;
  if (i.op() == bpf::CALL) {
    std::string name = names.call ? names.call(i) : "";
    if (i.src == bpf::PSEUDO_CALL) {
      put(out, "({:02x}) call pc{}", i.code, name.empty() ? fmt::format("{:+}", i.imm) : name);
    } else {
      if (name.empty()) name = i.src == bpf::PSEUDO_KFUNC_CALL ? "kernel-function" : "unknown";
      put(out, "({:02x}) call {}#{}", i.code, name, i.imm);
    }
  } else if (i.code == (bpf::JMP | bpf::JA)) {
    put(out, "({:02x}) goto pc{:+}", i.code, i.off);
  } else if (i.code == (bpf::JMP | bpf::JCOND) && i.src == bpf::MAY_GOTO) {
    put(out, "({:02x}) may_goto pc{:+}", i.code, i.off);
  } else if (i.code == (bpf::JMP32 | bpf::JA)) {
    put(out, "({:02x}) gotol pc{:+}", i.code, i.imm);
  } else if (i.code == (bpf::JMP | bpf::EXIT)) {
    put(out, "({:02x}) exit", i.code);
  } else if (i.src_is_reg()) {
    put(out, "({:02x}) if {}{} {} {}{} goto pc{:+}", i.code, r, dst, jump_text[i.op() >> 4], r, src, i.off);
  } else {
    put(out, "({:02x}) if {}{} {} {:#x} goto pc{:+}", i.code, r, dst, jump_text[i.op() >> 4], static_cast<u32>(i.imm),
        i.off);
  }
}

}  // namespace

void disassemble(std::string& out, const Insn* insn, const DisasmNames& names, bool allow_ptr_leaks) {
  switch (insn->cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      return alu(out, *insn);
    case bpf::LD:
      return load(out, insn, names, allow_ptr_leaks);
    case bpf::LDX:
    case bpf::ST:
    case bpf::STX:
      return memory(out, *insn);
    case bpf::JMP:
    case bpf::JMP32:
      return jump(out, *insn, names);
    default:
      put(out, "({:02x}) {}", insn->code, class_text[insn->cls()]);
  }
}

}  // namespace bpfcheck
