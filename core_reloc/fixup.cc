// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See fixup.h.
#include "core_reloc/fixup.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core_reloc/flavour.h"
#include "core_reloc/match.h"

namespace bpfcheck::core_reloc {
namespace {

constexpr int EUCLEAN_ = 117;  ///< "poison this instruction", as libbpf signals it internally

struct Value {
  u64 value = 0;
  u32 size = 0, type_id = 0;
  bool validate = true;
};

Result<Value> poison() { return fail("", "", EUCLEAN_); }
Result<Value> bad(std::string what, int errnum = EINVAL) { return fail("CO-RE", std::move(what), errnum); }

/// Size and type that a load or store of this field moves: of an array, its element.
bool set_access(const btf::Btf& btf, u32 id, Value& v) {
  v.type_id = id = btf.skip_mods_and_typedefs(id);
  for (btf::Type t = btf.type(id); t.is(btf::Kind::Array); t = btf.type(id))
    id = btf.skip_mods_and_typedefs(t.array().elem_type);
  auto size = btf.size_of(id);
  if (!size) return false;
  v.size = static_cast<u32>(*size);
  return true;
}

Result<Value> field_value(Kind kind, const Spec* spec, bool little) {
  Value v;
  if (kind == Kind::FieldExists) {
    v.value = spec ? 1 : 0;
    return v;
  }
  if (!spec) return poison();
  const btf::Btf& btf = *spec->btf;
  const Accessor& last = spec->accessors.back();
  if (last.name.empty()) {
    if (kind == Kind::FieldByteOffset) {
      v.value = spec->bit_offset / 8;
      if (!set_access(btf, last.type_id, v)) return bad("a field without a size");
      return v;
    }
    if (kind != Kind::FieldByteSize) return bad("relocation cannot be applied to array access");
    auto size = btf.size_of(last.type_id);
    if (!size) return bad("a field without a size");
    v.value = *size;
    return v;
  }
  btf::Member m = btf.type(last.type_id).member(last.index);
  const u32 field_type = btf.skip_mods_and_typedefs(m.type);
  btf::Type mt = btf.type(field_type);
  const u32 bit_off = spec->bit_offset;
  u32 bits = m.bitfield_size, byte_size, byte_off;
  const bool bitfield = bits > 0;
  if (bitfield) {
    byte_size = mt.size();
    if (byte_size == 0) return bad("a bit-field of a type without size");
    byte_off = bit_off / 8 / byte_size * byte_size;
    while (bit_off + bits - byte_off * 8 > byte_size * 8) {
      if (byte_size >= 8) return bad("relocation cannot be satisfied for bitfield", E2BIG);
      byte_size *= 2;
      byte_off = bit_off / 8 / byte_size * byte_size;
    }
  } else {
    auto size = btf.size_of(field_type);
    if (!size) return bad("a field without a size");
    byte_size = static_cast<u32>(*size);
    byte_off = bit_off / 8;
    bits = byte_size * 8;
  }
  v.validate = !bitfield;
  switch (kind) {
    case Kind::FieldByteOffset:
      v.value = byte_off;
      if (!bitfield && !set_access(btf, field_type, v)) return bad("a field without a size");
      break;
    case Kind::FieldByteSize:
      v.value = byte_size;
      break;
    case Kind::FieldSigned:
      v.value = (mt.is_any_enum() && mt.kind_flag()) || (mt.is(btf::Kind::Int) && mt.int_is_signed());
      v.validate = true;
      break;
    case Kind::FieldLshiftU64:
      v.value = little ? 64 - (bit_off + bits - byte_off * 8) : (8 - byte_size) * 8 + (bit_off - byte_off * 8);
      break;
    case Kind::FieldRshiftU64:
      v.value = 64 - bits;
      v.validate = true;
      break;
    default:
      return bad("unknown relocation", EOPNOTSUPP);
  }
  return v;
}

Result<Value> type_value(Kind kind, const Spec* spec) {
  Value v;
  if (!spec) return v;  // all that is asked of a type that is not there is 0
  switch (kind) {
    case Kind::TypeIdTarget:
      v.value = spec->root_type_id;
      v.validate = false;
      return v;
    case Kind::TypeExists:
    case Kind::TypeMatches:
      v.value = 1;
      return v;
    case Kind::TypeSize: {
      auto size = spec->btf->size_of(spec->root_type_id);
      if (!size) return bad("a type without a size");
      v.value = *size;
      return v;
    }
    default:
      return bad("unknown relocation", EOPNOTSUPP);
  }
}

Result<Value> enum_value(Kind kind, const Spec* spec) {
  Value v;
  if (kind == Kind::EnumvalExists) {
    v.value = spec ? 1 : 0;
    return v;
  }
  if (!spec) return poison();
  const Accessor& a = spec->accessors[0];
  v.value = static_cast<u64>(spec->btf->type(a.type_id).enumerator(a.index).value);
  return v;
}

Result<Value> value_of(Kind kind, const Spec* spec, bool little) {
  if (is_field_based(kind)) return field_value(kind, spec, little);
  if (is_type_based(kind)) return type_value(kind, spec);
  return enum_value(kind, spec);
}

/// Loads and stores change their width only between pointers, or between unsigned integers.
bool width_may_change(const btf::Type& from, const btf::Type& to) {
  if (from.is(btf::Kind::Ptr) && to.is(btf::Kind::Ptr)) return true;
  return from.is(btf::Kind::Int) && to.is(btf::Kind::Int) && from.int_encoding() != btf::int_signed &&
         to.int_encoding() != btf::int_signed;
}

Result<Fixup> fixup_for(const Spec& local, const Spec* target, bool little) {
  Fixup f;
  auto orig = value_of(local.kind, &local, little);
  auto now = orig ? value_of(local.kind, target, little) : orig;
  if (!orig || !now) {
    const Error& e = (orig ? now : orig).error();
    if (e.errnum != EUCLEAN_) return std::unexpected(e);
    if (orig) f.orig_value = orig->value;
    f.poison = true;
    return f;
  }
  f.orig_value = orig->value;
  f.new_value = now->value;
  f.validate = orig->validate;
  f.orig_size = orig->size;
  f.new_size = now->size;
  f.orig_type_id = orig->type_id;
  f.new_type_id = now->type_id;
  if (is_field_based(local.kind) && f.orig_size != f.new_size && target)
    f.fail_memsz_adjust = !width_may_change(local.btf->type(f.orig_type_id), target->btf->type(f.new_type_id));
  return f;
}

int size_code(u32 bytes) {
  switch (bytes) {
    case 8:
      return bpf::DW;
    case 4:
      return bpf::W;
    case 2:
      return bpf::H;
    case 1:
      return bpf::B;
    default:
      return -1;
  }
}

Insn poisoned_insn() { return {.code = bpf::JMP | bpf::CALL, .imm = poison_imm}; }

}  // namespace

void Candidates::add_from(const btf::Btf& btf, const btf::Type& local, const std::string& name,
                          std::vector<Candidate>& out) {
  std::vector<u32> ids = btf.find_all(name);
  std::ranges::copy(btf.find_flavours(name), std::back_inserter(ids));
  std::erase_if(ids, [&](u32 id) {
    const btf::Type t = btf.type(id);
    const bool same_kind = t.kind() == local.kind() || (t.is_any_enum() && local.is_any_enum());
    return id < btf.first_id() || !same_kind || essential_name(t.name()) != name;
  });
  std::ranges::sort(ids);
  for (u32 id : ids) out.push_back({&btf, id});
}

std::vector<Candidates::Candidate>& Candidates::of(const btf::Btf& local, u32 local_id) {
  auto [it, fresh] = cache_.try_emplace(local_id);
  if (!fresh) return it->second;
  btf::Type t = local.type(local_id);
  const std::string name = essential_name(t.name());
  add_from(target_, t, name, it->second);
  if (it->second.empty())  // modules are asked only for what vmlinux does not have
    for (const btf::Btf* m : modules_) add_from(*m, t, name, it->second);
  return it->second;
}

Result<Fixup> calculate(const Spec& spec, Candidates& candidates, bool little) {
  const btf::Btf& local = *spec.btf;
  const u32 type_id = spec.root_type_id;
  const std::string text = spec_text(spec);
  if (spec.kind == Kind::TypeIdLocal) {
    Fixup f;
    f.validate = false;
    f.orig_value = f.new_value = type_id;
    f.spec = text;
    return f;
  }
  if (local.type(type_id).name().empty())
    return fail("CO-RE " + text, "target candidate search failed: the type has no name", EINVAL);
  std::optional<Fixup> chosen;
  u32 chosen_offset = 0;
  std::vector<Candidates::Candidate>& cands = candidates.of(local, type_id);
  size_t kept = 0;
  for (const Candidates::Candidate c : cands) {
    auto match = match_spec(spec, *c.btf, c.id);
    if (!match)
      return fail("CO-RE " + text, fmt::format("error matching candidate [{}]: {}", c.id, match.error()),
                  -match.error());
    if (!*match) continue;
    Spec& found = **match;
    BPFCHECK_ASSIGN(Fixup f, fixup_for(spec, &found, little));
    if (!chosen) {
      chosen = f;
      chosen_offset = found.bit_offset;
      chosen->target = std::move(found);
    } else if (found.bit_offset != chosen_offset) {
      return fail("CO-RE " + text, fmt::format("field offset ambiguity: {} != {}", found.bit_offset, chosen_offset),
                  EINVAL);
    } else if (f.poison != chosen->poison || f.new_value != chosen->new_value) {
      return fail("CO-RE " + text,
                  fmt::format("relocation decision ambiguity: {} {} != {} {}", f.poison ? "failure" : "success",
                              f.new_value, chosen->poison ? "failure" : "success", chosen->new_value),
                  EINVAL);
    }
    cands[kept++] = c;
  }
  if (kept) cands.resize(kept);
  if (!chosen) {
    BPFCHECK_ASSIGN(Fixup f, fixup_for(spec, nullptr, little));
    chosen = f;
  }
  chosen->spec = text;
  return std::move(*chosen);
}

Result<void> apply(const Fixup& f, Kind kind, Insns& insns, u32 idx, bool& poisoned) {
  auto wrong = [&](std::string what, int errnum = EINVAL) {
    return fail("CO-RE " + f.spec, fmt::format("instruction {}: {}", idx, what), errnum);
  };
  if (idx >= insns.size()) return wrong("does not exist");
  Insn& insn = insns[idx];
  const bool wide = insn.code == bpf::LD_IMM64;
  if (wide && idx + 1 >= insns.size()) return wrong("is cut off");
  auto poison_it = [&] {
    if (wide) insns[idx + 1] = poisoned_insn();
    insn = poisoned_insn();
    poisoned = true;
  };
  if (f.poison) return poison_it(), Result<void>{};
  (void)kind;
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      if (insn.src_is_reg()) return wrong("takes no constant");
      if (f.validate && static_cast<u64>(static_cast<s64>(insn.imm)) != f.orig_value)
        return wrong(fmt::format("has {}, expected {}", insn.imm, f.orig_value));
      insn.imm = static_cast<s32>(f.new_value);
      return {};
    case bpf::LDX:
    case bpf::ST:
    case bpf::STX:
      if (f.validate && static_cast<u64>(static_cast<s64>(insn.off)) != f.orig_value)
        return wrong(fmt::format("has offset {}, expected {}", insn.off, f.orig_value));
      if (f.new_value > INT16_MAX) return wrong(fmt::format("the offset {} is too big", f.new_value), ERANGE);
      if (f.fail_memsz_adjust) return poison_it(), Result<void>{};
      insn.off = static_cast<s16>(f.new_value);
      if (f.new_size != f.orig_size) {
        if (static_cast<u32>(bpf::bytes_of(insn.size())) != f.orig_size)
          return wrong("moves another size than the field's");
        int size = size_code(f.new_size);
        if (size < 0) return wrong(fmt::format("cannot move {} bytes", f.new_size));
        insn.code = static_cast<u8>(insn.mode() | size | insn.cls());
      }
      return {};
    case bpf::LD: {
      if (!wide || insn.src || insn.off || insns[idx + 1].code || insns[idx + 1].dst || insns[idx + 1].src ||
          insns[idx + 1].off)
        return wrong("has an unexpected form");
      u64 imm = static_cast<u32>(insn.imm) | (static_cast<u64>(static_cast<u32>(insns[idx + 1].imm)) << 32);
      if (f.validate && imm != f.orig_value) return wrong(fmt::format("has {}, expected {}", imm, f.orig_value));
      insn.imm = static_cast<s32>(f.new_value);
      insns[idx + 1].imm = static_cast<s32>(f.new_value >> 32);
      return {};
    }
    default:
      return wrong("is none that can be relocated");
  }
}

}  // namespace bpfcheck::core_reloc
