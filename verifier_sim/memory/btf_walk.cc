// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_walk.h.
#include "verifier_sim/memory/btf_walk.h"

#include <string>

#include "verifier_sim/memory/record.h"

namespace bpfcheck::sim {
namespace {

enum class Step : u8 { Descend, Scalar, Ptr, PtrUntrusted, Struct };
using Landing = Expected<Step>;

/// __btf_resolve_size: the size of a member's type, through arrays, with what an array is made of.
struct Resolved {
  btf::Type type;  ///< the outermost array where there is one
  u32 size = 0, nelems = 1;
  u32 elem_id = 0;  ///< arrays: the element's type
  u32 id = 0;       ///< otherwise: behind modifiers and typedefs
};

bool resolve(const btf::Btf& btf, u32 id, Resolved& r) {
  auto size = btf.size_of(id);
  if (!size || *size > UINT32_MAX) return false;
  r.size = static_cast<u32>(*size);
  r.id = btf.skip_mods_and_typedefs(id);
  r.type = btf.type(r.id);
  for (btf::Type t = r.type; t.is(btf::Kind::Array); t = btf.type(btf.skip_mods_and_typedefs(r.elem_id))) {
    r.nelems *= t.array().nelems;
    r.elem_id = t.array().elem_type;
  }
  return true;
}

u32 flag_of_tag(const btf::Btf& btf, btf::Type pointer) {
  btf::Type tag = btf.type(pointer.type());
  if (!tag.is(btf::Kind::TypeTag) || tag.kind_flag()) return 0;
  if (tag.name() == "user") return MEM_USER;
  if (tag.name() == "percpu") return MEM_PERCPU;
  return tag.name() == "rcu" ? u32{MEM_RCU} : 0;
}

/// btf_struct_walk: descends to the innermost member that starts at or before `off`. A structure that starts there is
/// told before what it starts with.
class Walker {
 public:
  Walker(Env& env, const btf::Btf& btf, int size, BtfField* field)
      : env_(env), btf_(btf), size_(static_cast<u32>(size)), field_(field) {}

  Landing walk(u32 id, int off) {
    off_ = static_cast<u32>(off);
    t_ = btf_.type(btf_.skip_mods_and_typedefs(id));
    for (;;) {
      if (!t_.is_composite()) return stopped(env_.reject(Msg::WalkNotStruct, shown_name(t_)));
      if (t_.is(btf::Kind::Union) && t_.vlen() != 1 && env_.target.has(Feature::unions_untrusted))
        field_->flag |= PTR_UNTRUSTED;
      outer_ = t_;
      const Landing found = off_ + size_ > t_.size() ? step_into_flexible_array() : step_into_member();
      if (found != Step::Descend) return found;
    }
  }

 private:
  static std::unexpected<Stop> stopped(Stop why) { return std::unexpected(why); }

  Landing step_into_flexible_array() {
    const auto beyond = [&] { return stopped(env_.reject(Msg::WalkBeyondStruct, shown_name(outer_), off_, size_)); };
    if (!t_.vlen()) return beyond();
    const btf::Member last = t_.member(t_.vlen() - 1);
    btf::Type array = btf_.type(btf_.skip_mods_and_typedefs(last.type));
    const u32 at = last.bit_offset / 8;
    if (!array.is(btf::Kind::Array) || array.array().nelems || off_ < at) return beyond();
    t_ = btf_.type(btf_.skip_mods_and_typedefs(array.array().elem_type));
    if (t_.is(btf::Kind::Int)) return Step::Scalar;
    if (!t_.is_composite() || !t_.size()) return beyond();
    off_ = (off_ - at) % t_.size();
    return Step::Descend;
  }

  Landing step_into_member() {
    for (u32 i = 0; i < t_.vlen(); i++) {
      const u32 bits = t_.member_bit_offset(i), at = bits / 8;
      if (off_ + size_ <= at) break;
      if (const u32 width = t_.member_bitfield_size(i)) {
        if (off_ <= at && (bits + width + 7) / 8 <= off_ + size_) return Step::Scalar;
        continue;
      }
      if (off_ < at) break;
      Resolved m;
      if (!resolve(btf_, t_.member(i).type, m))
        return stopped(env_.reject(Msg::WalkNoSize, shown_name(t_.member(i).name)));
      if (off_ >= at + m.size) continue;
      return look_at(t_.member(i), at, m);
    }
    return stopped(env_.reject(Msg::WalkNoField, shown_name(outer_), static_cast<s32>(off_)));
  }

  Landing look_at(const btf::Member& member, u32 at, const Resolved& m) {
    const u32 end = at + m.size;
    btf::Type type = m.type;
    u32 id = m.id, size = m.size;
    if (type.is(btf::Kind::Array)) {
      size /= m.nelems;
      at += (off_ - at) / size * size;
      id = m.elem_id;
      type = btf_.type(btf_.skip_mods_and_typedefs(id));
    }
    if (type.is_composite()) {
      t_ = type;
      if (off_ == at) {
        field_->btf_id = id;
        return Step::Struct;
      }
      off_ -= at;
      return Step::Descend;
    }
    if (type.is(btf::Kind::Ptr)) {
      if (size != size_ || off_ != at)
        return stopped(env_.reject(Msg::WalkPtrMember, shown_name(member.name), at, shown_name(outer_), off_, size_));
      const u32 pointee = btf_.skip_mods_and_typedefs(type.type());
      if (!btf_.type(pointee).is_composite()) return Step::PtrUntrusted;
      field_->btf_id = pointee;
      field_->flag |= flag_of_tag(btf_, type);
      field_->name = member.name;
      return Step::Ptr;
    }
    if (off_ + size_ > end && !(field_->flag & PTR_UNTRUSTED))
      return stopped(env_.reject(Msg::WalkBeyondMember, shown_name(member.name), end, shown_name(outer_), off_, size_));
    return Step::Scalar;
  }

  Env& env_;
  const btf::Btf& btf_;
  const u32 size_;
  BtfField* field_;
  btf::Type t_, outer_;
  u32 off_ = 0;
};

const btf::Btf* owner(const btf::Btf* btf, u32 id) {
  while (btf->base() && id < btf->first_id()) btf = btf->base();
  return btf;
}

/// Locks, list nodes and the like in an object that a program allocated.
Stop check_special_fields(Env& env, const Reg& reg, int off, int size) {
  const Record* rec = btf_find_struct_meta(env, reg.u.btf, reg.u.btf_id);
  if (!rec) return go_on;
  for (const Field& f : rec->fields)
    if (static_cast<u32>(off) < f.offset + f.size && f.offset < static_cast<u32>(off + size))
      return env.reject(Msg::DirectAccessDisallowed, btf_field_type_name(f.type));
  return go_on;
}

}  // namespace

Expected<RegType> btf_struct_access(Env& env, const Reg* reg, int off, int size, BtfField* field) {
  const bool alloc = reg->type & MEM_ALLOC;
  if (alloc)
    if (Stop stop = check_special_fields(env, *reg, off, size)) return std::unexpected(stop);
  u32 id = reg->u.btf_id;
  BtfField found;
  for (;;) {
    const Landing step = Walker(env, *reg->u.btf, size, &found).walk(id, off);
    if (!step) return std::unexpected(step.error());
    switch (*step) {
      case Step::Ptr:
        if (alloc) return SCALAR_VALUE;  // what a program keeps in its own objects does not become a pointer again
        *field = found;
        return PTR_TO_BTF_ID;
      case Step::PtrUntrusted:
        if (!env.target.has(Feature::untrusted_leaves)) return SCALAR_VALUE;
        field->flag = MEM_RDONLY | PTR_UNTRUSTED;
        return PTR_TO_MEM;
      case Step::Scalar:
      case Step::Descend:
        return SCALAR_VALUE;
      case Step::Struct:
        id = found.btf_id;
        off = 0;
        break;
    }
  }
}

bool btf_types_are_same(const btf::Btf* btf1, u32 id1, const btf::Btf* btf2, u32 id2) {
  return id1 == id2 && (btf1 == btf2 || owner(btf1, id1) == owner(btf2, id2));
}

bool btf_struct_ids_match(Env& env, const btf::Btf* btf, u32 id, int off, const btf::Btf* need_btf, u32 need_id,
                          bool strict) {
  if (off == 0 && btf_types_are_same(btf, id, need_btf, need_id)) return true;
  if (strict) return false;
  BtfField found;
  for (;; off = 0) {
    if (Walker(env, *btf, 1, &found).walk(id, off) != Step::Struct) return false;
    id = found.btf_id;
    if (btf_types_are_same(btf, id, need_btf, need_id)) return true;
  }
}

bool btf_nested_type_is_trusted(const Reg* reg, std::string_view field_name, u32 btf_id, std::string_view suffix) {
  const btf::Btf& btf = *reg->u.btf;
  btf::Type walked = btf.type(reg->u.btf_id);
  auto safe_id = btf.find(std::string(walked.name()).append(suffix), walked.kind());
  if (!safe_id) return false;
  btf::Type safe = btf.type(*safe_id);
  for (u32 i = 0; i < safe.vlen(); i++) {
    const btf::Member m = safe.member(i);
    btf::Type ptr = btf.type(m.type);
    if (ptr.is(btf::Kind::Ptr) && btf.skip_mods_and_typedefs(ptr.type()) == btf_id && m.name == field_name) return true;
  }
  return false;
}

bool btf_is_kernel(const Env& env, const btf::Btf* btf) {
  return btf == env.target.btf.get() || (btf->base() && btf->base() == env.target.btf.get());
}

u32 vmlinux_struct_id(const Env& env, std::string_view name) {
  return env.target.btf ? env.target.btf->find(name, btf::Kind::Struct).value_or(0) : 0;
}

}  // namespace bpfcheck::sim
