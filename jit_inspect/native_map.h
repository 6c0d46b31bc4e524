// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Source line, BPF instructions, native instructions side by side, and how many bytes each line and function costs.
#pragma once

#include <string>
#include <vector>

#include "jit_inspect/native_disasm.h"
#include "jit_inspect/native_image.h"

namespace bpfcheck::jit {

struct SourcePlace {
  std::string file, text;
  u32 line = 0, column = 0;
  bool known() const { return line != 0 || !text.empty(); }
};

struct MapRow {  ///< one Piece
  u32 function = 0;
  SourcePlace source;
  std::vector<std::pair<u32, std::string>> bpf;  ///< index and text
  std::vector<NativeInsn> native;
  u32 bytes = 0;
};

struct LineSize {
  SourcePlace source;
  u32 bytes = 0, bpf = 0, native = 0;
};

struct NativeMap {
  Arch arch = Arch::x86_64;
  struct Function {
    std::string name, symbol;
    u64 address = 0;
    u32 bytes = 0, bpf = 0, native = 0;
    std::vector<u8> code;
  };
  std::vector<Function> functions;
  std::vector<MapRow> rows;
  std::vector<LineSize> lines;  ///< dearest first; pieces of one line added up
};

/// `image` of the same program as `dump`. Errors: an architecture that cannot be disassembled.
Result<NativeMap> map_native(const ProgramDump& dump, const NativeImage& image);

}  // namespace bpfcheck::jit
