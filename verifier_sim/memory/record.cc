// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See record.h.
#include "verifier_sim/memory/record.h"

#include <string_view>

namespace bpfcheck::sim {
namespace {

struct Special { std::string_view name; FieldType type; };
constexpr Special specials[] = {{"bpf_spin_lock", FIELD_SPIN_LOCK}, {"bpf_res_spin_lock", FIELD_RES_SPIN_LOCK}, {"bpf_timer", FIELD_TIMER},
                                {"bpf_wq", FIELD_WORKQUEUE}, {"bpf_task_work", FIELD_TASK_WORK}, {"bpf_list_head", FIELD_LIST_HEAD},
                                {"bpf_list_node", FIELD_LIST_NODE}, {"bpf_rb_root", FIELD_RB_ROOT}, {"bpf_rb_node", FIELD_RB_NODE},
                                {"bpf_refcount", FIELD_REFCOUNT}};

/// Finds special structures and tagged pointers in a type, through members and arrays.
class Finder {
 public:
  Finder(const btf::Btf& btf, Record& rec) : btf_(btf), rec_(rec) {}

  void visit(u32 id, u32 offset, int depth) {
    if (depth > 8) return;
    btf::Type t = btf_.type(btf_.skip_mods_and_typedefs(id));
    if (t.is(btf::Kind::Array)) return visit(t.array().elem_type, offset, depth + 1);
    if (t.is(btf::Kind::Ptr)) {
      for (btf::Type tag = btf_.type(t.type()); tag.is_modifier(); tag = btf_.type(tag.type()))
        if (tag.is(btf::Kind::TypeTag)) add_pointer(tag.name(), offset);
      return;
    }
    if (t.is(btf::Kind::DataSec)) {
      for (u32 i = 0; i < t.vlen(); i++) visit(btf_.type(t.sec_var(i).type).type(), t.sec_var(i).offset, depth + 1);
      return;
    }
    if (!t.is(btf::Kind::Struct)) return;
    for (const Special& s : specials)
      if (t.name() == s.name) return add(s.type, offset, t.size());
    for (u32 i = 0; i < t.member_count(); i++) visit(t.member(i).type, offset + t.member(i).bit_offset / 8, depth + 1);
  }

 private:
  void add(FieldType type, u32 offset, u32 size) {
    Field f;
    f.offset = offset;
    f.size = size;
    f.type = type;
    rec_.fields.push_back(f);
    rec_.field_mask |= type;
  }
  void add_pointer(std::string_view tag, u32 offset) {
    if (tag == "kptr_untrusted") add(FIELD_KPTR_UNREF, offset, 8);
    else if (tag == "kptr") add(FIELD_KPTR_REF, offset, 8);
    else if (tag == "percpu_kptr") add(FIELD_KPTR_PERCPU, offset, 8);
    else if (tag == "uptr") add(FIELD_UPTR, offset, 8);
  }

  const btf::Btf& btf_;
  Record& rec_;
};

}  // namespace

std::shared_ptr<Map> make_map(const loader::MapDef& def, u32 index, const btf::Btf* btf) {
  auto map = std::make_shared<Map>();
  map->def = &def;
  map->name = def.name;
  map->index = index;
  map->btf = btf;
  if (btf && def.btf_value_type_id) {
    auto rec = std::make_shared<Record>();
    Finder(*btf, *rec).visit(def.btf_value_type_id, 0, 0);
    if (!rec->fields.empty()) map->record = std::move(rec);
  }
  if (def.inner) {
    auto inner = make_map(*def.inner, index, btf);
    inner->name = {};
    map->inner = std::move(inner);
  }
  return map;
}

}  // namespace bpfcheck::sim
