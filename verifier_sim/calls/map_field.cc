// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_field.h.
#include "verifier_sim/calls/map_field.h"

#include "verifier_sim/memory/record.h"

namespace bpfcheck::sim {
namespace {

s32 field_offset(const Record& record, FieldType field) {
  if (field == FIELD_TIMER) return record.timer_off;
  return field == FIELD_TASK_WORK ? record.task_work_off : record.wq_off;
}

Stop check_map_field_pointer(Env& env, u32 regno, FieldType field) {
  const Reg& reg = env.path.cur_regs()[regno];
  const Map& map = *reg.u.map;
  const char* name = btf_field_type_name(field);
  if (!reg.is_const()) return env.reject(Msg::GraphOffsetNotConst, regno, name);
  if (!map.btf) return env.reject(Msg::FieldMapNeedsBtf, map.name, name);
  if (!map.record || !map.record->has(field)) return env.reject(Msg::FieldNotInMap, map.name, name);
  const s64 at = static_cast<s64>(reg.var_off().value) + reg.off;
  const s32 off = field_offset(*map.record, field);
  return off == at ? go_on : env.reject(Msg::FieldWrongOffset, at, name, off);
}

}  // namespace

Stop process_timer_func(Env& env, u32 regno, CallMeta* meta) {
  if (Stop stop = check_map_field_pointer(env, regno, FIELD_TIMER)) return stop;
  if (meta->map) return env.unsupported("verifier bug: two maps in a call for a timer");
  const Reg& reg = env.path.cur_regs()[regno];
  meta->map = reg.u.map;
  meta->map_uid = reg.u.map_uid;
  return go_on;
}

Stop process_async_field(Env& env, u32 regno, KfuncMeta* meta, FieldType field) {
  const Reg& reg = env.path.cur_regs()[regno];
  if (field == FIELD_WORKQUEUE && !env.target.has(Feature::wq_constant_offset)) {
    const s64 at = static_cast<s64>(reg.var_off().value) + reg.off;
    const s32 off = reg.u.map->record ? reg.u.map->record->wq_off : -EINVAL;
    if (off != at) return env.reject(Msg::FieldWrongOffset, at, btf_field_type_name(field), off);
    meta->map = {reg.u.map, reg.u.map_uid};
    return go_on;
  }
  if (Stop stop = check_map_field_pointer(env, regno, field)) return stop;
  if (meta->map.ptr) return env.unsupported("verifier bug: two maps in a call for a work queue or task work");
  meta->map = {reg.u.map, reg.u.map_uid};
  return go_on;
}

}  // namespace bpfcheck::sim
