// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Advice about the context and sockets: which field of which structure an access reaches.
#include <fmt/format.h>

#include "report/advice_parts.h"
#include "report/words.h"

namespace bpfcheck::report {
namespace {

using sim::Reg;

struct Structure {
  const btf::Btf* btf = nullptr;
  u32 id = 0;
};

/// The structure behind a function's first argument, by the object's own BTF.
Structure first_argument(const loader::LinkedProgram& prog) {
  if (!prog.btf || prog.func_info.empty()) return {};
  const btf::Btf& b = *prog.btf;
  const btf::Type func = b.type(prog.func_info[0].type_id);
  if (!func.is(btf::Kind::Func)) return {};
  const btf::Type proto = b.type(func.type());
  if (!proto.is(btf::Kind::FuncProto) || !proto.vlen()) return {};
  const btf::Type ptr = b.type(b.skip_mods_and_typedefs(proto.param(0).type));
  if (!ptr.is(btf::Kind::Ptr)) return {};
  const btf::Type ctx = b.type(b.skip_mods_and_typedefs(ptr.type()));
  return ctx.is_composite() ? Structure{&b, ctx.id()} : Structure{};
}

Structure target_struct(const loader::LinkedProgram& prog, std::string_view name) {
  const btf::BtfPtr target = prog.btfs.empty() ? nullptr : prog.btfs.front();
  const auto id = target ? target->find(name, btf::Kind::Struct) : std::nullopt;
  return id ? Structure{target.get(), *id} : Structure{};
}

/// The context of the program's type, by the target's struct bpf_ctx_convert: for functions that do not declare it.
Structure context_of_type(const loader::LinkedProgram& prog) {
  const Structure convert = target_struct(prog, "bpf_ctx_convert");
  const auto types = convert.btf ? convert.btf->find("bpf_prog_type", btf::Kind::Enum) : std::nullopt;
  if (!types) return {};
  const btf::Type names = convert.btf->type(*types), members = convert.btf->type(convert.id);
  std::string wanted;
  for (u32 i = 0; i < names.vlen(); i++)
    if (names.enumerator(i).value == static_cast<s64>(prog.type))
      wanted = std::string(names.enumerator(i).name) + "_prog";
  for (u32 i = 0; i < members.member_count(); i++)
    if (const btf::Type t = convert.btf->type(convert.btf->skip_mods_and_typedefs(members.member(i).type));
        members.member(i).name == wanted && t.is_composite())
      return {convert.btf, t.id()};
  return {};
}

struct Field {
  std::string name;
  u64 offset = 0, size = 0;  ///< bytes, within the structure
};

/// The named member that holds a byte, looked for inside nameless unions as well; nothing in a gap and beyond the end.
std::optional<Field> field_at(const btf::Btf& b, const btf::Type& structure, s64 off, u64 base = 0) {
  if (off < 0) return {};
  for (u32 i = 0; i < structure.member_count(); i++) {
    const auto m = structure.member(i);
    const u64 at = m.bit_offset / 8, size = b.size_of(m.type).value_or(0);
    if (static_cast<u64>(off) < at || static_cast<u64>(off) >= at + size) continue;
    if (!m.name.empty()) return Field{std::string(m.name), base + at, size};
    const btf::Type inner = b.type(b.skip_mods_and_typedefs(m.type));
    if (inner.is_composite()) return field_at(b, inner, off - static_cast<s64>(at), base + at);
  }
  return {};
}

Advice socket_access(const Facts& f) {
  const auto off = f.number("off"), size = f.number("size");
  const Reg* r = f.value();
  const char* name = !r                             ? ""
                     : r->base() == PTR_TO_TCP_SOCK ? "bpf_tcp_sock"
                     : r->base() == PTR_TO_XDP_SOCK ? "bpf_xdp_sock"
                                                    : "bpf_sock";
  const Structure s = target_struct(f.prog, name);
  if (!off || !size || !s.btf) return {};
  const btf::Type type = s.btf->type(s.id);
  const auto field = field_at(*s.btf, type, *off);
  Advice a;
  if (!field)
    a.reason = fmt::format("Offset {} is outside struct {}, which has {}.", *off, name, count(type.size(), "byte"));
  else
    a.reason = fmt::format(
        "The program accesses {} at offset {} of struct {}, that is `{}`{}.", count(static_cast<u64>(*size), "byte"),
        *off, name, field->name,
        field->size != static_cast<u64>(*size) ? fmt::format(", a field of {}", count(field->size, "byte")) : "");
  if (r->base() == PTR_TO_SOCK_COMMON)
    a.reason +=
        " Of this pointer no more is known than that a socket begins there: family and type, addresses and ports may "
        "be read, other fields not.";
  a.suggestion = r->base() == PTR_TO_SOCK_COMMON ? "Make it a full socket first, with bpf_sk_fullsock(), "
                                                   "bpf_tcp_sock() or bpf_skc_to_tcp_sock(), and test the result."
                                                 : "Read a field by its name and with its own size.";
  return a;
}

}  // namespace

Advice context_access(const Facts& f) {
  if (f.reject.code == Msg::InvalidSockAccess) return socket_access(f);
  if (f.reject.code != Msg::InvalidCtxAccess) return {};
  const auto off = f.number("off"), size = f.number("size");
  const Insn* insn = failing_insn(f);
  Structure s = first_argument(f.prog);
  if (!s.btf) s = context_of_type(f.prog);
  if (!off || !size || !insn || !s.btf) return {};
  const btf::Type ctx = s.btf->type(s.id);
  const auto field = field_at(*s.btf, ctx, *off);
  const bool writes = insn->cls() != bpf::LDX;
  Advice a;
  if (!field && *off >= 0 && static_cast<u64>(*off) < ctx.size()) {
    a.reason = fmt::format("No field of struct {} is at offset {}.", ctx.name(), *off);
  } else if (!field) {
    a.reason =
        fmt::format("Offset {} is outside struct {}, which has {}.", *off, ctx.name(), count(ctx.size(), "byte"));
  } else {
    a.reason = fmt::format(
        "The program {} {} at offset {} of struct {}, that is `{}`, which a program in section \"{}\" may not.",
        writes ? "writes" : "reads", count(static_cast<u64>(*size), "byte"), *off, ctx.name(), field->name,
        f.prog.section);
    if (static_cast<u64>(*off) != field->offset)
      a.reason += fmt::format(" The field has {} at offset {}{}.", count(field->size, "byte"), field->offset,
                              field->size == bpf::REG_SIZE ? " and must be read whole" : "");
    if (*off % *size) a.reason += fmt::format(" The offset is no multiple of {}.", *size);
    a.suggestion = writes ? "Most fields of the context are read-only: look for a helper that changes what you mean, "
                            "or keep the value in a map."
                          : "Take the fact from a field that this program type may read (and with the field's own "
                            "size), from a helper, or use a program type that has the field.";
  }
  return a;
}

}  // namespace bpfcheck::report
