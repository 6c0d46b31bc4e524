// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See linked_row.h.
#include "support/linked_row.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <sstream>

namespace bpfcheck::test {
namespace {

u64 bits(const Insn& i) {
  u64 v;
  std::memcpy(&v, &i, sizeof v);
  return v;
}

}  // namespace

Row row_of(const std::string& object, const loader::LinkedProgram& p) {
  Row r;
  r.object = object;
  r.prog = p.name;
  r.type = static_cast<u32>(p.type);
  r.attach_type = p.expected_attach_type;
  r.attach_btf_id = p.attach_btf_id;
  r.flags = p.flags;
  r.insns = p.insns;
  for (Insn& i : r.insns)  // a file descriptor that the object itself holds
    if (i.code == bpf::LD_IMM64 && (i.src == bpf::PSEUDO_MAP_FD || i.src == bpf::PSEUDO_MAP_VALUE) && i.imm < 0)
      i.imm = -1 - i.imm;
  for (const auto& f : p.object_func_info()) r.funcs.emplace_back(f.insn_off, f.type_id);
  for (const auto& l : p.line_info) r.lines.emplace_back(l.insn_off, l.line << 10 | l.col);
  return r;
}

std::string difference(const Row& ours, const Row& libbpf, bool with_info) {
  std::string out;
  auto number = [&](const char* what, u32 a, u32 b) {
    if (a != b) out += fmt::format("    {}: ours {}, libbpf's {}\n", what, a, b);
  };
  number("type", ours.type, libbpf.type);
  number("attach type", ours.attach_type, libbpf.attach_type);
  number("attach BTF id", ours.attach_btf_id, libbpf.attach_btf_id);
  number("flags", ours.flags, libbpf.flags);
  number("instructions", static_cast<u32>(ours.insns.size()), static_cast<u32>(libbpf.insns.size()));
  size_t shown = 0;
  for (size_t i = 0; i < std::min(ours.insns.size(), libbpf.insns.size()); i++)
    if (ours.insns[i] != libbpf.insns[i] && shown++ < 3)
      out += fmt::format("    instruction {}: ours {:016x}, libbpf's {:016x}\n", i,
                         __builtin_bswap64(bits(ours.insns[i])), __builtin_bswap64(bits(libbpf.insns[i])));
  if (shown > 3) out += fmt::format("    and {} more\n", shown - 3);
  if (with_info && ours.funcs != libbpf.funcs)
    out += fmt::format("    function info: ours {} records, libbpf's {}\n", ours.funcs.size(), libbpf.funcs.size());
  if (with_info && ours.lines != libbpf.lines)
    out += fmt::format("    line info: ours {} records, libbpf's {}\n", ours.lines.size(), libbpf.lines.size());
  return out;
}

std::string to_text(const Row& r) {
  std::string out = fmt::format("{} {} {} {} {} {} {}\n", r.object, r.prog, r.type, r.attach_type, r.attach_btf_id,
                                r.flags, r.insns.size());
  for (const Insn& i : r.insns) out += fmt::format("{:016x}\n", __builtin_bswap64(bits(i)));
  return out;
}

std::vector<Row> read_rows(const std::string& path) {
  std::vector<Row> rows;
  std::ifstream in(path);
  size_t left = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (left) {
      const u64 v = __builtin_bswap64(std::stoull(line, nullptr, 16));
      Insn i;
      std::memcpy(static_cast<void*>(&i), &v, sizeof v);
      rows.back().insns.push_back(i);
      left--;
      continue;
    }
    Row r;
    std::istringstream(line) >> r.object >> r.prog >> r.type >> r.attach_type >> r.attach_btf_id >> r.flags >> left;
    rows.push_back(std::move(r));
  }
  return rows;
}

}  // namespace bpfcheck::test
