// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A table of what an instruction may look like; the first row that matches a line makes the instruction of it.
#include "differential/assemble.h"

#include <fmt/format.h>

#include <regex>

#include "base/disasm.h"
#include "differential/code.h"

namespace bpfcheck::differential {
namespace {

/// The groups of a row's pattern, from 1.
struct Parts {
  std::smatch match;
  std::string text(size_t i) const { return match[i].str(); }
  bool has(size_t i) const { return match[i].length() > 0; }
  s64 number(size_t i) const { return std::strtoll(text(i).c_str(), nullptr, 0); }
  int reg(size_t i) const { return static_cast<int>(number(i)); }
  int off(size_t i) const { return static_cast<int>(number(i)); }
  s32 imm(size_t i) const { return static_cast<s32>(number(i)); }
};

struct Named {
  const char* name;
  int code;
};

constexpr Named alu_ops[] = {{"", bpf::MOV},   {"+", bpf::ADD},  {"-", bpf::SUB},    {"*", bpf::MUL}, {"/", bpf::DIV},
                             {"s/", bpf::DIV}, {"%", bpf::MOD},  {"s%", bpf::MOD},   {"|", bpf::OR},  {"&", bpf::AND},
                             {"<<", bpf::LSH}, {">>", bpf::RSH}, {"s>>", bpf::ARSH}, {"^", bpf::XOR}};
constexpr Named jump_ops[] = {{"==", bpf::JEQ},   {"!=", bpf::JNE},  {">", bpf::JGT},   {">=", bpf::JGE},
                              {"<", bpf::JLT},    {"<=", bpf::JLE},  {"&", bpf::JSET},  {"s>", bpf::JSGT},
                              {"s>=", bpf::JSGE}, {"s<", bpf::JSLT}, {"s<=", bpf::JSLE}};
constexpr Named sizes[] = {{"8", bpf::B}, {"16", bpf::H}, {"32", bpf::W}, {"64", bpf::DW}};
constexpr Named atomics[] = {{"+", bpf::ADD},   {"&", bpf::AND},   {"|", bpf::OR},  {"^", bpf::XOR},
                             {"add", bpf::ADD}, {"and", bpf::AND}, {"or", bpf::OR}, {"xor", bpf::XOR}};

template <size_t N>
int code_of(const Named (&table)[N], const std::string& name) {
  for (const Named& n : table)
    if (name == n.name) return n.code;
  return 0;
}

int alu_code(const Parts& p) { return (p.text(1) == "r" ? bpf::ALU64 : bpf::ALU) | code_of(alu_ops, p.text(3)); }
int alu_off(const Parts& p) { return p.text(3) == "s/" || p.text(3) == "s%"; }
int jump_code(const Parts& p) { return (p.text(1) == "r" ? bpf::JMP : bpf::JMP32) | code_of(jump_ops, p.text(3)); }
int atomic_code(const Parts& p, size_t size) { return bpf::STX | bpf::ATOMIC | code_of(sizes, p.text(size)); }

s32 map_named(const std::string& name) {
  for (s32 i = 0; i < map_count; i++)
    if (map_def(i).name == name) return i;
  return -1;
}

Insns wide(int dst, int src, s32 low, s32 high) {
  return {insn(bpf::LD_IMM64, dst, src, 0, low), insn(0, 0, 0, 0, high)};
}

struct Form {
  std::regex pattern;
  Insns (*make)(const Parts&);
};

// What the patterns have in common: an ALU or comparison operator, a memory operand with its register and offset.
#define ALU_OP "(\\+|-|\\*|/|s/|%|s%|\\||&|<<|>>|s>>|\\^|)="
#define COMPARISON "(==|!=|>=?|<=?|&|s>=?|s<=?)"
#define AT "\\(r(\\d+) ([+-]\\d+)\\)"
#define FORM(pattern, ...) {std::regex(pattern), [](const Parts& p) -> Insns { return __VA_ARGS__; }}

std::vector<Form> make_forms() {
  return {
      FORM("()exit", {(void(p), insn(bpf::JMP | bpf::EXIT))}),
      FORM("r(\\d+) = 0x([0-9a-f]+)", wide(p.reg(1), 0, static_cast<s32>(std::strtoull(p.text(2).c_str(), nullptr, 16)),
                                           static_cast<s32>(std::strtoull(p.text(2).c_str(), nullptr, 16) >> 32))),
      FORM("r(\\d+) = map (\\w+)", wide(p.reg(1), bpf::PSEUDO_MAP_FD, map_named(p.text(2)), 0)),
      FORM("r(\\d+) = value (\\w+)\\[(\\d+)\\]", wide(p.reg(1), bpf::PSEUDO_MAP_VALUE, map_named(p.text(2)), p.imm(3))),
      FORM("r(\\d+) = function pc([+-]\\d+)", wide(p.reg(1), bpf::PSEUDO_FUNC, p.imm(2), 0)),
      FORM("([rw])(\\d+) = -\\1\\2", {insn((p.text(1) == "r" ? bpf::ALU64 : bpf::ALU) | bpf::NEG, p.reg(2))}),
      FORM("r(\\d+) = bswap(\\d+) r\\1", {insn(bpf::ALU64 | bpf::END, p.reg(1), 0, 0, p.imm(2))}),
      FORM("r(\\d+) = ([bl])e(\\d+) r\\1",
           {insn(bpf::ALU | bpf::END | (p.text(2) == "b" ? bpf::TO_BE : bpf::TO_LE), p.reg(1), 0, 0, p.imm(3))}),
      FORM("([rw])(\\d+) " ALU_OP " (-?\\d+)", {insn(alu_code(p) | bpf::K, p.reg(2), 0, alu_off(p), p.imm(4))}),
      FORM("([rw])(\\d+) " ALU_OP " (?:\\(s(8|16|32)\\))?\\1(\\d+)",
           {insn(alu_code(p) | bpf::X, p.reg(2), p.reg(5), p.has(4) ? p.off(4) : alu_off(p))}),
      FORM("r(\\d+) = addr_space_cast\\(r(\\d+), (\\d+), (\\d+)\\)",
           {insn(bpf::ALU64 | bpf::MOV | bpf::X, p.reg(1), p.reg(2), bpf::ADDR_SPACE_CAST, p.imm(3) << 16 | p.imm(4))}),
      FORM("r(\\d+) = \\*\\(([us])(\\d+) \\*\\)" AT,
           {insn(bpf::LDX | (p.text(2) == "u" ? bpf::MEM : bpf::MEMSX) | code_of(sizes, p.text(3)), p.reg(1), p.reg(4),
                 p.off(5))}),
      FORM("\\*\\(u(\\d+) \\*\\)" AT " = r(\\d+)",
           {insn(bpf::STX | bpf::MEM | code_of(sizes, p.text(1)), p.reg(2), p.reg(4), p.off(3))}),
      FORM("\\*\\(u(\\d+) \\*\\)" AT " = (-?\\d+)",
           {insn(bpf::ST | bpf::MEM | code_of(sizes, p.text(1)), p.reg(2), 0, p.off(3), p.imm(4))}),
      FORM("r0 = \\*\\(u(\\d+) \\*\\)skb\\[(-?\\d+)\\]",
           {insn(bpf::LD | bpf::ABS | code_of(sizes, p.text(1)), 0, 0, 0, p.imm(2))}),
      FORM("r0 = \\*\\(u(\\d+) \\*\\)skb\\[r(\\d+) \\+ (-?\\d+)\\]",
           {insn(bpf::LD | bpf::IND | code_of(sizes, p.text(1)), 0, p.reg(2), 0, p.imm(3))}),
      FORM("lock \\*\\(u(\\d+) \\*\\)" AT " ([+&|^])= r(\\d+)",
           {insn(atomic_code(p, 1), p.reg(2), p.reg(5), p.off(3), code_of(atomics, p.text(4)))}),
      FORM("r(\\d+) = atomic(?:64)?_fetch_(\\w+)\\(\\(u(\\d+) \\*\\)" AT ", r\\1\\)",
           {insn(atomic_code(p, 3), p.reg(4), p.reg(1), p.off(5), code_of(atomics, p.text(2)) | bpf::FETCH)}),
      FORM("r(\\d+) = atomic(?:64)?_xchg\\(\\(u(\\d+) \\*\\)" AT ", r\\1\\)",
           {insn(atomic_code(p, 2), p.reg(3), p.reg(1), p.off(4), bpf::XCHG)}),
      FORM("r0 = atomic(?:64)?_cmpxchg\\(\\(u(\\d+) \\*\\)" AT ", r0, r(\\d+)\\)",
           {insn(atomic_code(p, 1), p.reg(2), p.reg(4), p.off(3), bpf::CMPXCHG)}),
      FORM("r(\\d+) = load_acquire\\(\\(u(\\d+) \\*\\)" AT "\\)",
           {insn(atomic_code(p, 2), p.reg(1), p.reg(3), p.off(4), bpf::LOAD_ACQ)}),
      FORM("store_release\\(\\(u(\\d+) \\*\\)" AT ", r(\\d+)\\)",
           {insn(atomic_code(p, 1), p.reg(2), p.reg(4), p.off(3), bpf::STORE_REL)}),
      FORM("if ([rw])(\\d+) " COMPARISON " (0x[0-9a-f]+) goto pc([+-]\\d+)",
           {insn(jump_code(p) | bpf::K, p.reg(2), 0, p.off(5), p.imm(4))}),
      FORM("if ([rw])(\\d+) " COMPARISON " \\1(\\d+) goto pc([+-]\\d+)",
           {insn(jump_code(p) | bpf::X, p.reg(2), p.reg(4), p.off(5))}),
      FORM("goto pc([+-]\\d+)", {insn(bpf::JMP | bpf::JA, 0, 0, p.off(1))}),
      FORM("gotol pc([+-]\\d+)", {insn(bpf::JMP32 | bpf::JA, 0, 0, 0, p.imm(1))}),
      FORM("may_goto pc([+-]\\d+)", {insn(bpf::JMP | bpf::JCOND, 0, bpf::MAY_GOTO, p.off(1))}),
      FORM("call pc([+-]\\d+)", {insn(bpf::JMP | bpf::CALL, 0, bpf::PSEUDO_CALL, 0, p.imm(1))}),
      FORM("call kernel-function#(\\d+)", {insn(bpf::JMP | bpf::CALL, 0, bpf::PSEUDO_KFUNC_CALL, 0, p.imm(1))}),
      FORM("call \\w+#(-?\\d+)", {insn(bpf::JMP | bpf::CALL, 0, 0, 0, p.imm(1))}),
  };
}

#undef FORM
#undef AT
#undef COMPARISON
#undef ALU_OP

}  // namespace

Result<Insns> assemble(const std::string& text) {
  static const std::vector<Form> forms = make_forms();
  Insns insns;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find("; ", at), text.size());
    const std::string one = text.substr(at, end - at);
    at = end + 2;
    Parts parts;
    const auto form =
        std::ranges::find_if(forms, [&](const Form& f) { return std::regex_match(one, parts.match, f.pattern); });
    if (form == forms.end()) return fail(text, "no instruction: " + one);
    for (const Insn& i : form->make(parts)) insns.push_back(i);
  }
  return insns;
}

std::string notation(const Insns& insns) {
  static const DisasmNames names = {.call = nullptr, .imm = [](const Insn& i, u64 imm) {
                                      if (i.src == bpf::PSEUDO_FUNC) return fmt::format("function pc{:+}", i.imm);
                                      if (i.src != bpf::PSEUDO_MAP_FD && i.src != bpf::PSEUDO_MAP_VALUE)
                                        return fmt::format("{:#x}", imm);
                                      const std::string& map = map_def(i.imm).name;
                                      return i.src == bpf::PSEUDO_MAP_FD ? "map " + map
                                                                         : fmt::format("value {}[{}]", map, imm >> 32);
                                    }};
  std::string s;
  for (size_t i = 0; i < insns.size(); i += insns[i].code == bpf::LD_IMM64 ? 2 : 1) {
    std::string one;
    disassemble(one, &insns[i], names);
    s += (s.empty() ? "" : "; ") + one.substr(one.find(") ") + 2);
  }
  return s;
}

}  // namespace bpfcheck::differential
