// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See c_layout.h.
#include "btf/c_layout.h"

#include <algorithm>

namespace bpfcheck::btf {
namespace {

/// The least alignment that makes a union of `natural` bytes `size` bytes long; 0 where none does.
u32 alignment_for(u64 natural, u32 size) {
  for (u32 a = 2; a && a <= size; a <<= 1)
    if (round_up(natural, a) == size) return a;
  return 0;
}

}  // namespace

u32 CLayout::align_of(u32 id) {
  for (int steps = 0; steps < 64; steps++) {
    const Type t = btf_.type(id);
    switch (t.kind()) {
      case Kind::Int:
      case Kind::Float:
      case Kind::Enum:
      case Kind::Enum64:
        return std::clamp(t.size(), 1u, 16u);
      case Kind::Ptr:
        return pointer_size_;
      case Kind::Struct:
      case Kind::Union:
        return of(t).align;
      case Kind::Array:
        id = t.array().elem_type;
        break;
      case Kind::Typedef:
      case Kind::Const:
      case Kind::Volatile:
      case Kind::Restrict:
      case Kind::TypeTag:
        id = t.type();
        break;
      default:
        return 1;
    }
  }
  return 1;
}

u64 CLayout::bits_of(u32 id) const {
  // What Btf::size_of says, with the pointer size at hand.
  u64 count = 8;
  for (int steps = 0; steps < 64; steps++) {
    const Type t = btf_.type(id);
    switch (t.kind()) {
      case Kind::Int:
      case Kind::Float:
      case Kind::Enum:
      case Kind::Enum64:
      case Kind::Struct:
      case Kind::Union:
        return count * t.size();
      case Kind::Ptr:
        return count * pointer_size_;
      case Kind::Array: {
        const ArrayInfo a = t.array();
        if (a.nelems && count > UINT64_MAX / 8 / a.nelems / UINT32_MAX) return 0;
        count *= a.nelems;
        id = a.elem_type;
        break;
      }
      case Kind::Typedef:
      case Kind::Const:
      case Kind::Volatile:
      case Kind::Restrict:
      case Kind::TypeTag:
        id = t.type();
        break;
      default:
        return 0;
    }
  }
  return 0;
}

u64 CLayout::natural_offset(const Composite& c, const Member& m, u64 cursor) {
  if (!m.bitfield_size) return round_up(cursor, c.packed ? 8 : 8 * u64{align_of(m.type)});
  if (c.packed) return cursor;
  const u64 unit = bits_of(m.type), align = 8 * u64{align_of(m.type)};
  return cursor % align + m.bitfield_size > unit ? round_up(cursor, align) : cursor;
}

const Composite& CLayout::of(const Type& t) {
  auto [it, fresh] = known_.try_emplace(t.id());
  if (!fresh) return it->second;
  // Members that are structs come in between: the place found may move, not the entry.
  constexpr int deepest = 200;  // of structs within structs: beyond, bytes will do
  depth_++;
  const Composite c =
      depth_ < deepest ? measure(t) : Composite{.align = 1, .packed = false, .filler = 0, .aligned = 0, .opaque = true};
  depth_--;
  return known_[t.id()] = c;
}

Composite CLayout::measure(const Type& t) {
  Composite c;
  u64 widest = 0;
  for (u32 i = 0; i < t.vlen(); i++) {
    const Member m = t.member(i);
    c.align = std::max(c.align, align_of(m.type));
    widest = std::max(widest, m.bitfield_size ? m.bitfield_size : bits_of(m.type));
    if (natural_offset(c, m, m.bit_offset) != m.bit_offset) c.packed = true;
    if (t.is(Kind::Union) && m.bit_offset) c.opaque = true;
  }
  if (t.size() % c.align) c.packed = true;
  if (c.packed) c.align = 1;
  if (t.is(Kind::Struct)) {
    c.opaque = c.opaque || !members_fit(t, c);
  } else if (const u64 natural = round_up((widest + 7) / 8, c.align); natural != t.size()) {
    if (natural > t.size())
      c.opaque = true;
    else if (t.size() <= 8)
      c.filler = 8 * t.size();
    else if ((c.aligned = alignment_for(natural, t.size())))
      c.align = std::max(c.align, c.aligned);
    else
      c.opaque = true;
  }
  if (c.opaque) c = {.align = 1, .packed = false, .filler = 0, .aligned = 0, .opaque = true};
  return c;
}

/// In ascending order, none over another, none past the end.
bool CLayout::members_fit(const Type& t, const Composite& c) {
  u64 cursor = 0;
  for (u32 i = 0; i < t.vlen(); i++) {
    const Member m = t.member(i);
    if (m.bit_offset < cursor || natural_offset(c, m, m.bit_offset) != m.bit_offset) return false;
    cursor = m.bit_offset + (m.bitfield_size ? m.bitfield_size : bits_of(m.type));
  }
  return cursor <= 8 * u64{t.size()};
}

}  // namespace bpfcheck::btf
