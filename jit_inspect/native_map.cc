// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See native_map.h.
#include "jit_inspect/native_map.h"

#include <algorithm>
#include <map>

#include "jit_inspect/xlated_text.h"

namespace bpfcheck::jit {
namespace {

SourcePlace place_of(const ProgramDump& dump, s32 line) {
  if (line < 0 || !dump.btf) return {};
  const auto& l = dump.info.line_info[static_cast<u32>(line)];
  return {std::string(dump.btf->string(l.file_name_off)), std::string(source_text(dump, l)), l.line_col >> 10,
          l.line_col & 0x3ff};
}

}  // namespace

Result<NativeMap> map_native(const ProgramDump& dump, const NativeImage& image) {
  NativeMap out;
  out.arch = image.arch;
  const DisasmNames names = xlated_names(dump);
  auto symbol = [&](u64 address) { return std::string(dump.symbol(address)); };
  std::map<std::pair<std::string, u32>, size_t> line_at;
  size_t piece = 0;
  for (u32 f = 0; f < image.functions.size(); f++) {
    const NativeFunction& fn = image.functions[f];
    BPFCHECK_ASSIGN(const auto native, disassemble_native(image.arch, fn.code, fn.address, symbol));
    NativeMap::Function total{
        fn.name, fn.symbol, fn.address, static_cast<u32>(fn.code.size()), 0, static_cast<u32>(native.size()), fn.code};
    size_t at = 0;
    for (; piece < image.pieces.size() && image.pieces[piece].function == f; piece++) {
      const Piece& p = image.pieces[piece];
      MapRow row{f, place_of(dump, p.line), {}, {}, p.code_end - p.code_begin};
      for (u32 i = p.insn_begin; i < p.insn_end && i < dump.info.xlated.size(); i++) {
        row.bpf.emplace_back(i, xlated_insn(dump, names, i));
        if (dump.info.xlated[i].code == bpf::LD_IMM64) i++;
      }
      while (at < native.size() && native[at].offset < p.code_end) row.native.push_back(native[at++]);
      total.bpf += static_cast<u32>(row.bpf.size());
      auto [it, fresh] = line_at.try_emplace({row.source.file, row.source.line}, out.lines.size());
      if (fresh) out.lines.push_back({row.source, 0, 0, 0});
      LineSize& line = out.lines[it->second];
      line.bytes += row.bytes;
      line.bpf += static_cast<u32>(row.bpf.size());
      line.native += static_cast<u32>(row.native.size());
      out.rows.push_back(std::move(row));
    }
    out.functions.push_back(std::move(total));
  }
  std::ranges::stable_sort(out.lines, std::ranges::greater(), &LineSize::bytes);
  return out;
}

}  // namespace bpfcheck::jit
