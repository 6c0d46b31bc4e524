// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Native code and what of it belongs to which BPF instructions: the value that a source of native code gives. The
// running kernel is one source (kernel_image.cc); a model of an architecture's JIT, which translates `xlated` itself,
// is another, and gives the same value with a piece for every instruction.
#pragma once

#include <string>
#include <vector>

#include "base/insn.h"
#include "jit_inspect/dump.h"

namespace bpfcheck::jit {

struct NativeFunction {
  std::string symbol;  ///< "bpf_prog_6deef7357e7b4530_main"; "" where hidden
  std::string name;    ///< of the function in the program; "" where it has no BTF
  u64 address = 0;     ///< 0 where hidden
  u32 insn_begin = 0, insn_end = 0;
  std::vector<u8> code;
};

/// Native bytes that come of some BPF instructions: never less than one instruction, and the next piece begins where
/// this one ends. The first of a function holds its prologue, the last its epilogue.
struct Piece {
  u32 function = 0;
  s32 line = -1;  ///< index into line_info; -1: no line known
  u32 insn_begin = 0, insn_end = 0;
  u32 code_begin = 0, code_end = 0;  ///< bytes from the function's start; equal where the JIT made nothing of them
};

struct NativeImage {
  Arch arch = Arch::x86_64;
  std::vector<NativeFunction> functions;
  std::vector<Piece> pieces;  ///< ascending by function and place: they cover all code and all instructions
};

/// By the kernel's line info: a piece for each of its records. Errors: no native code to be had, and why.
Result<NativeImage> image_from_kernel(const ProgramDump& dump);

/// The function that an instruction's func_info names; "" without BTF.
std::string function_name(const ProgramDump& dump, size_t func_info_index);
/// The object's, else its main function's, else the 15 characters that the kernel keeps.
std::string program_name(const ProgramDump& dump);

}  // namespace bpfcheck::jit
