// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See xlated_text.h.
#include "jit_inspect/xlated_text.h"

#include <fmt/format.h>

#include <iterator>

#include "kernel_db/helpers.h"

namespace bpfcheck::jit {
namespace {

constexpr int deepest = 64;  // a prototype that nests deeper is a cycle

/// False where the type cannot be named.
bool put_type(std::string& out, const btf::Btf& btf, u32 id, int depth);

bool put_function(std::string& out, const btf::Btf& btf, const btf::Type& proto, std::string_view name, int depth) {
  if (!put_type(out, btf, proto.type(), depth + 1)) return false;
  out += name;
  out += '(';
  for (u32 i = 0; i < proto.vlen(); i++) {
    if (i) out += ", ";
    const btf::Param p = proto.param(i);
    if (!p.type) {
      out += "...";
      continue;
    }
    if (!put_type(out, btf, p.type, depth + 1)) return false;
    if (!p.name.empty())
      out += p.name;
    else if (out.ends_with(' '))
      out.pop_back();
  }
  out += ')';
  return true;
}

bool put_type(std::string& out, const btf::Btf& btf, u32 id, int depth) {
  using btf::Kind;
  if (!id) return out += "void ", true;
  if (depth > deepest) return false;
  const btf::Type t = btf.type(id);
  auto named = [&](std::string_view keyword) {
    out += fmt::format("{}{} ", keyword, t.name());
    return true;
  };
  auto modified = [&](std::string_view keyword) {
    out += keyword;
    return put_type(out, btf, t.type(), depth + 1);
  };
  switch (t.kind()) {
    case Kind::Int:
    case Kind::Typedef:
    case Kind::Float:
      return named("");
    case Kind::Struct:
      return named("struct ");
    case Kind::Union:
      return named("union ");
    case Kind::Enum:
    case Kind::Enum64:
      return named("enum ");
    case Kind::Fwd:
      return named(t.kind_flag() ? "union " : "struct ");
    case Kind::Volatile:
      return modified("volatile ");
    case Kind::Const:
      return modified("const ");
    case Kind::Restrict:
      return modified("restrict ");
    case Kind::Ptr:
      if (!put_type(out, btf, t.type(), depth + 1)) return false;
      out += "* ";
      return true;
    case Kind::Array:
      if (!put_type(out, btf, t.array().elem_type, depth + 1)) return false;
      out += fmt::format("[{}]", t.array().nelems);
      return true;
    case Kind::FuncProto:
      return put_function(out, btf, t, "", depth);
    case Kind::Func:
      return put_function(out, btf, btf.type(t.type()), t.name(), depth);
    default:
      return false;
  }
}

std::string call_name(const ProgramDump& d, const Insn& i) {
  const u64 address = i.src == bpf::PSEUDO_CALL && static_cast<u32>(i.imm) < d.info.ksyms.size()
                          ? d.info.ksyms[static_cast<u32>(i.imm)]
                          : d.call_base + static_cast<u64>(static_cast<s64>(i.imm));
  const std::string_view symbol = d.symbol(address);
  if (i.src == bpf::PSEUDO_CALL) {
    if (d.info.ksyms.empty()) return fmt::format("{:+}", static_cast<int>(i.off));
    return symbol.empty() ? fmt::format("{:+}#{:#x}", static_cast<int>(i.off), address)
                          : fmt::format("{:+}#{}", static_cast<int>(i.off), symbol);
  }
  if (i.src == 0 && i.imm >= 0 && static_cast<u32>(i.imm) < helper_count() &&
      !helper_name(static_cast<u32>(i.imm)).empty())
    return fmt::format("bpf_{}", helper_name(static_cast<u32>(i.imm)));
  return symbol.empty() ? fmt::format("{:#x}", address) : std::string(symbol);
}

std::string imm_name(const Insn* insn, u64 full) {
  const auto low = static_cast<u32>(full), high = static_cast<u32>(full >> 32);
  switch (insn->src) {
    case bpf::PSEUDO_MAP_FD:
      return fmt::format("map[id:{}]", low);
    case bpf::PSEUDO_MAP_VALUE:
      return fmt::format("map[id:{}][0]+{}", low, high);
    case bpf::PSEUDO_MAP_IDX_VALUE:
      return fmt::format("map[idx:{}]+{}", low, high);
    case bpf::PSEUDO_FUNC:
      return fmt::format("subprog[{:+}]", static_cast<s32>(low));
    default:
      return fmt::format("{:#x}", full);
  }
}

}  // namespace

DisasmNames xlated_names(const ProgramDump& dump) {
  return {.call = [&dump](const Insn& i) { return call_name(dump, i); },
          .imm = [](const Insn& i, u64 full) { return imm_name(&i, full); }};
}

std::string xlated_insn(const ProgramDump& dump, const DisasmNames& names, u32 index) {
  const Insns& insns = dump.info.xlated;
  std::string out;
  if (insns[index].code == bpf::LD_IMM64 && index + 1 >= insns.size())
    return fmt::format("({:02x}) cut off", insns[index].code);
  disassemble(out, &insns[index], names);
  return out;
}

std::string prototype(const btf::Btf& btf, u32 type_id) {
  std::string out;
  return put_type(out, btf, type_id, 0) ? out : "";
}

std::string_view source_text(const ProgramDump& dump, const loader::sys::LineInfoRec& line) {
  if (!dump.btf) return "";
  std::string_view text = dump.btf->string(line.line_off);
  const auto begin = text.find_first_not_of(" \t\n\v\f\r");
  return begin == std::string_view::npos ? "" : text.substr(begin);
}

std::string xlated_text(const ProgramDump& dump) {
  const auto& info = dump.info;
  const DisasmNames names = xlated_names(dump);
  std::string out;
  size_t func = 0, line = 0;
  for (u32 i = 0; i < info.xlated.size(); i++) {
    if (dump.btf && func < info.func_info.size() && info.func_info[func].insn_off == i)
      if (const std::string p = prototype(*dump.btf, info.func_info[func++].type_id); !p.empty()) out += p + ":\n";
    // One line record a time, the last that has begun: as bpftool does, whatever lies between.
    if (dump.btf && line < info.line_info.size() && i >= info.line_info[line].insn_off) {
      size_t last = line;
      while (last + 1 < info.line_info.size() && info.line_info[last + 1].insn_off <= i) last++;
      fmt::format_to(std::back_inserter(out), "; {}\n", source_text(dump, info.line_info[last]));
      line++;
    }
    fmt::format_to(std::back_inserter(out), "{:4}: {}\n", i, xlated_insn(dump, names, i));
    if (info.xlated[i].code == bpf::LD_IMM64) i++;
  }
  return out;
}

}  // namespace bpfcheck::jit
