// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See record.h.
#include "verifier_sim/memory/record.h"

namespace bpfcheck::sim {

std::shared_ptr<Map> make_map(const loader::MapDef& def, u32 index, const btf::Btf* btf) {
  auto map = std::make_shared<Map>();
  map->def = &def;
  map->name = def.name;
  map->index = index;
  map->btf = def.has_btf ? btf : nullptr;
  map->record = def.record;
  if (def.inner) {
    auto inner = make_map(*def.inner, index, btf);
    inner->name = {};
    map->inner = std::move(inner);
  }
  return map;
}

const Record* btf_find_struct_meta(const Env& env, const btf::Btf* btf, u32 btf_id) {
  return btf && btf == env.prog.linked.btf.get() && env.prog.linked.struct_metas
             ? env.prog.linked.struct_metas->find(btf_id)
             : nullptr;
}

const Record* reg_btf_record(const Env& env, const Reg* reg) {
  if (reg->type == PTR_TO_MAP_VALUE) return reg->u.map->record.get();
  const u32 never = env.target.has(Feature::untrusted_without_fields) ? u32{PTR_UNTRUSTED} : 0;
  const bool allocated = reg->base() == PTR_TO_BTF_ID && (reg->type & MEM_ALLOC) && !(reg->type & never);
  return allocated ? btf_find_struct_meta(env, reg->u.btf, reg->u.btf_id) : nullptr;
}

const Field* reg_find_field_offset(const Env& env, const Reg* reg, s32 off, u32 fields) {
  const Record* rec = reg_btf_record(env, reg);
  return rec ? rec->find(static_cast<u32>(off), fields) : nullptr;
}

const char* btf_field_type_name(u32 type) {
  switch (type) {
    case FIELD_SPIN_LOCK:
      return "bpf_spin_lock";
    case FIELD_RES_SPIN_LOCK:
      return "bpf_res_spin_lock";
    case FIELD_TIMER:
      return "bpf_timer";
    case FIELD_WORKQUEUE:
      return "bpf_wq";
    case FIELD_KPTR_UNREF:
    case FIELD_KPTR_REF:
      return "kptr";
    case FIELD_KPTR_PERCPU:
      return "percpu_kptr";
    case FIELD_UPTR:
      return "uptr";
    case FIELD_LIST_HEAD:
      return "bpf_list_head";
    case FIELD_LIST_NODE:
      return "bpf_list_node";
    case FIELD_RB_ROOT:
      return "bpf_rb_root";
    case FIELD_RB_NODE:
      return "bpf_rb_node";
    case FIELD_REFCOUNT:
      return "bpf_refcount";
    case FIELD_TASK_WORK:
      return "bpf_task_work";
    default:
      return "unknown";
  }
}

bool reg_may_point_to_spin_lock(const Env& env, const Reg* reg) {
  const Record* rec = reg_btf_record(env, reg);
  return rec && rec->has(FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK);
}

}  // namespace bpfcheck::sim
