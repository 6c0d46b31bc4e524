// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_value.h.
#include "verifier_sim/memory/map_value.h"

#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/memory/record.h"

namespace bpfcheck::sim {
namespace {

constexpr int ENOTSUPP_ = 524;  // the kernel's own, not in errno.h

/// A special field that the access may touch. Pointers may be loaded and stored whole, at their place, by instructions.
int check_field_access(Env& env, const Reg* reg, const Field& field, int off, int size, AccessSrc src) {
  const auto name = btf_field_type_name(field.type);
  if (!(field.type & (FIELD_KPTR | FIELD_UPTR))) return env.reject(Msg::FieldDirectAccess, name);
  if (src != ACCESS_DIRECT) return env.reject(Msg::FieldAccessByHelper, name);
  if (!reg->is_const()) return env.reject(Msg::FieldVariableOffset, name);
  const u64 at = static_cast<u64>(static_cast<s64>(off)) + reg->const_value();
  if (field.offset != at) return env.reject(Msg::FieldMisaligned, name, field.offset, at);
  if (size != bpf::bytes_of(bpf::DW)) return env.reject(Msg::FieldSizeNotDw, name);
  return 0;
}

}  // namespace

int check_map_access_type(Env& env, u32 regno, int off, int size, AccessType type) {
  const loader::MapDef& def = *env.reg_state(regno)->u.map->def;
  // BPF_F_RDONLY_PROG wins where both are set; map creation refuses that.
  const bool can_read = (def.flags & F_RDONLY_PROG) || !(def.flags & F_WRONLY_PROG);
  const bool can_write = !(def.flags & F_RDONLY_PROG);
  if (type == AccessType::Write && !can_write)
    return env.reject(Msg::MapWriteForbidden, static_cast<s32>(def.value_size), off, size);
  if (type == AccessType::Read && !can_read)
    return env.reject(Msg::MapReadForbidden, static_cast<s32>(def.value_size), off, size);
  return 0;
}

int check_map_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed, AccessSrc src) {
  const Reg* reg = env.reg_state(regno);
  const Map* map = reg->u.map;
  if (int err = check_mem_region_access(env, regno, off, size, map->def->value_size, zero_size_allowed)) return err;
  if (!map->record) return 0;

  const s64 lowest = reg->smin + off;
  const u64 highest = reg->umax + static_cast<u64>(static_cast<s64>(off)) + static_cast<u64>(static_cast<s64>(size));
  for (const Field& field : map->record->fields)
    if (lowest < static_cast<s64>(field.offset + field.size) && field.offset < highest)
      if (int err = check_field_access(env, reg, field, off, size, src)) return err;
  return 0;
}

bool bpf_map_is_rdonly(const Map* map) { return (map->def->flags & F_RDONLY_PROG) && map->def->frozen; }

bool map_has_direct_value(const Map* map) {
  return map->def->type == MapType::ARRAY || map->def->type == MapType::ARENA;
}

int map_direct_value_addr(const Map* map, std::span<const u8>* value, u32 off) {
  if (map->def->max_entries != 1) return -ENOTSUPP_;
  if (off >= map->def->value_size) return -EINVAL;
  *value = map->def->initial;
  return 0;
}

int bpf_map_direct_read(const Env& env, const Map* map, int off, int size, u64* val, bool is_ldsx) {
  std::span<const u8> value;
  if (int err = map_direct_value_addr(map, &value, static_cast<u32>(off))) return err;
  const auto byte_at = [&](int i) -> u64 {
    const size_t at = static_cast<size_t>(off) + static_cast<size_t>(i);
    return at < value.size() ? value[at] : 0;
  };
  const bool big = env.target.arch == Arch::s390x;
  u64 v = 0;
  for (int i = 0; i < size; i++) v |= byte_at(i) << 8 * (big ? size - 1 - i : i);
  if (is_ldsx && size < 8) {
    const int unused = 64 - 8 * size;
    v = static_cast<u64>(static_cast<s64>(v << unused) >> unused);
  }
  *val = v;
  return 0;
}

}  // namespace bpfcheck::sim
