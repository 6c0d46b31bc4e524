// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See arm64_atomics.h.
#include "jit_inspect/arm64_atomics.h"

#include <fmt/format.h>

namespace bpfcheck::jit {
namespace {

constexpr u32 zero_register = 31;
constexpr const char* operations[] = {"add", "clr", "eor", "set", "smax", "smin", "umax", "umin"};

u32 bits(u32 insn, u32 high, u32 low) { return (insn >> low) & ((2u << (high - low)) - 1); }

/// Bytes and half words are named by the instruction, not by its registers.
const char* width(u32 insn) {
  constexpr const char* of_size[] = {"b", "h", "", ""};
  return of_size[bits(insn, 31, 30)];
}

std::string reg(u32 insn, u32 number) {
  const char kind = bits(insn, 31, 30) == 3 ? 'x' : 'w';
  return number == zero_register ? fmt::format("{}zr", kind) : fmt::format("{}{}", kind, number);
}

std::string memory(u32 insn) {
  const u32 base = bits(insn, 9, 5);
  return base == 31 ? "[sp]" : fmt::format("[x{}]", base);
}

}  // namespace

std::string arm64_atomic(u32 insn) {
  const u32 source = bits(insn, 20, 16), target = bits(insn, 4, 0);
  const auto text = [&](const std::string& name, const char* acquire, const char* release) {
    return fmt::format("{}{}{}{} {}, {}, {}", name, acquire, release, width(insn), reg(insn, source), reg(insn, target),
                       memory(insn));
  };
  if (bits(insn, 29, 23) == 0b0010001 && bits(insn, 21, 21) && bits(insn, 14, 10) == 0b11111)
    return text("cas", bits(insn, 22, 22) ? "a" : "", bits(insn, 15, 15) ? "l" : "");
  if (bits(insn, 29, 24) != 0b111000 || !bits(insn, 21, 21) || bits(insn, 11, 10)) return "";
  const char* acquire = bits(insn, 23, 23) ? "a" : "";
  const char* release = bits(insn, 22, 22) ? "l" : "";
  const u32 op = bits(insn, 14, 12);
  if (bits(insn, 15, 15)) return op == 0 ? text("swp", acquire, release) : "";
  if (target == zero_register && !*acquire)
    return fmt::format("st{}{}{} {}, {}", operations[op], release, width(insn), reg(insn, source), memory(insn));
  return text(std::string("ld") + operations[op], acquire, release);
}

}  // namespace bpfcheck::jit
