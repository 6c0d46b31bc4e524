// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sizes, alignment and what stands behind modifiers (btf__resolve_size, btf__align_of: tools/lib/bpf/btf.c,
// libbpf 1.7).
#include <algorithm>

#include "btf/btf.h"

namespace bpfcheck::btf {
namespace {

constexpr int max_depth = 32;  ///< BTF_MAX_RESOLVE_DEPTH; a longer chain is malformed

/// Malformed types may hold each other in a circle, or each many of the next: composites within each other and members
/// looked at are counted.
class Alignment {
 public:
  explicit Alignment(const Btf& btf) : btf_(btf) {}
  std::optional<u32> of(u32 id) {
    for (int depth = 0; depth < max_depth; depth++) {
      const Type t = btf_.type(id);
      switch (t.kind()) {
        case Kind::Int:
        case Kind::Enum:
        case Kind::Enum64:
        case Kind::Float:
          return std::min(btf_.pointer_size(), t.size());
        case Kind::Ptr:
          return btf_.pointer_size();
        case Kind::Typedef:
        case Kind::Volatile:
        case Kind::Const:
        case Kind::Restrict:
        case Kind::TypeTag:
          id = t.type();
          break;
        case Kind::Array:
          id = t.array().elem_type;
          break;
        case Kind::Struct:
        case Kind::Union:
          return of_composite(t);
        default:
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<u32> of_composite(const Type& t) {
    if (nesting_ == max_depth) return std::nullopt;
    nesting_++;
    u32 most = 1;
    bool packed = false;
    for (u32 i = 0; i < t.vlen() && !packed; i++) {
      if (!members_left_--) return std::nullopt;
      const Member m = t.member(i);
      const auto align = of(m.type);
      if (!align || !*align) return std::nullopt;
      most = std::max(most, *align);
      packed = m.bitfield_size == 0 && m.bit_offset % (8 * *align) != 0;
    }
    nesting_--;
    return packed || t.size() % most ? 1 : most;
  }

  const Btf& btf_;
  int nesting_ = 0;
  u32 members_left_ = 1 << 16;
};

}  // namespace

u32 Btf::skip_mods(u32 id) const {
  for (Type t = type(id); t.is_modifier(); t = type(id)) id = t.type();
  return id;
}

u32 Btf::skip_mods_and_typedefs(u32 id) const {
  for (Type t = type(id); t.is_modifier() || t.is(Kind::Typedef); t = type(id)) id = t.type();
  return id;
}

u32 Btf::pointer_size() const {
  if (base_) return base_->pointer_size();
  for (std::string_view name : {"long unsigned int", "long int", "unsigned long", "long"})
    if (auto id = find(name, Kind::Int))
      if (u32 size = type(*id).size(); size == 4 || size == 8) return size;
  return 8;
}

std::optional<u64> Btf::size_of(u32 id) const {
  u64 count = 1;
  for (int depth = 0; depth < max_depth; depth++) {
    Type t = type(id);
    switch (t.kind()) {
      case Kind::Int:
      case Kind::Struct:
      case Kind::Union:
      case Kind::Enum:
      case Kind::Enum64:
      case Kind::DataSec:
      case Kind::Float:
        return count * t.size();
      case Kind::Ptr:
        return count * pointer_size();
      case Kind::Array: {
        ArrayInfo a = t.array();
        if (a.nelems && count > UINT32_MAX / a.nelems) return std::nullopt;
        count *= a.nelems;
        id = a.elem_type;
        break;
      }
      case Kind::Typedef:
      case Kind::Volatile:
      case Kind::Const:
      case Kind::Restrict:
      case Kind::Var:
      case Kind::DeclTag:
      case Kind::TypeTag:
        id = t.type();
        break;
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<u32> Btf::align_of(u32 id) const { return Alignment(*this).of(id); }

u32 Btf::file_offset(u32 id) const {
  return static_cast<u32>(types_.data() - raw_.bytes.data()) +
         (id >= start_id_ && has(id) ? offsets_[id - start_id_] : 0);
}

bool Btf::valid_string(u32 off) const {
  if (off < start_str_) return base_ ? base_->valid_string(off) : off == 0;
  return string_at(strings_, off - start_str_).has_value() || (off == 0 && strings_.empty());
}

}  // namespace bpfcheck::btf
