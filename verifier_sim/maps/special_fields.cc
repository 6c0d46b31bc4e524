// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See special_fields.h. First every such field is found (field_finder.h), then each is resolved against the kernel's
// types, then the record as a whole is judged.
#include "verifier_sim/maps/special_fields.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>

#include "verifier_sim/maps/field_finder.h"

namespace bpfcheck::sim::maps {
namespace {

using btf::Btf;
using btf::Kind;
using btf::Type;
using loader::Field;
using loader::Record;
using loader::StructMetas;

constexpr u32 PAGE_SIZE = 4096;
constexpr u32 ALLOCATED_FIELDS = FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK | FIELD_LIST_HEAD | FIELD_LIST_NODE |
                                 FIELD_RB_ROOT | FIELD_RB_NODE | FIELD_REFCOUNT | FIELD_KPTR;

/// The kernel's type of that name: vmlinux's, or a module's own.
std::optional<std::pair<const Btf*, u32>> find_in_kernel(const Target& target, std::string_view name, Kind kind) {
  if (target.btf)
    if (const auto id = target.btf->find(name, kind)) return std::pair(target.btf.get(), *id);
  for (const ModuleBtf& m : target.modules) {
    const auto id = m.btf ? m.btf->find(name, kind) : std::nullopt;
    if (id && *id >= m.btf->first_id()) return std::pair(m.btf.get(), *id);
  }
  return std::nullopt;
}

bool has_destructor(const Btf& kernel, std::string_view name) {
  struct Row {
    std::string_view type, function;
  };
  static constexpr Row rows[] = {
#define DTOR(type, function) {#type, #function},
#include "kernel_db/destructors.def"
#undef DTOR
  };
  return std::ranges::any_of(rows, [&](const Row& r) { return r.type == name && kernel.find(r.function, Kind::Func); });
}

Stop parse_kptr(const Btf& btf, const Found& info, const Target& target, Field& f) {
  const std::string_view name = btf.type(info.type_id).name();
  const auto in_kernel = find_in_kernel(target, name, btf.type(info.type_id).kind());
  if (!in_kernel && !target.has(Feature::local_kptrs)) return Stop::refused(ENOENT);
  f.btf = in_kernel ? in_kernel->first : &btf;
  f.btf_id = in_kernel ? in_kernel->second : info.type_id;
  if (!in_kernel || info.type != FIELD_KPTR_REF) return go_on;
  f.has_dtor = has_destructor(*f.btf, name);
  return f.has_dtor ? go_on : Stop::refused(ENOENT);
}

Stop parse_graph_root(const Btf& btf, const Found& info, std::string_view node_type, Field& f) {
  const Type t = btf.type(info.type_id);
  bool found = false;
  for (u32 i = 0; i < t.member_count(); i++) {
    const btf::Member m = t.member(i);
    if (m.name != info.node_name) continue;
    const Type node = btf.type(m.type);
    if (found || !node.is(Kind::Struct) || node.name() != node_type || m.bit_offset % 64) return Stop::refused(EINVAL);
    found = true;
    f.btf = &btf;
    f.value_btf_id = info.type_id;
    f.node_offset = m.bit_offset / 8;
  }
  return found ? go_on : Stop::refused(ENOENT);
}

Stop parse_field(const Btf& btf, const Found& info, const Target& target, Record& rec) {
  Field f;
  f.offset = info.off;
  f.size = field_size(info.type);
  f.type = info.type;
  const auto off = static_cast<s32>(info.off);
  rec.field_mask |= info.type;
  Stop stop;
  switch (info.type) {
    case FIELD_SPIN_LOCK:
      rec.spin_lock_off = off;
      break;
    case FIELD_RES_SPIN_LOCK:
      rec.res_spin_lock_off = off;
      break;
    case FIELD_TIMER:
      rec.timer_off = off;
      break;
    case FIELD_WORKQUEUE:
      rec.wq_off = off;
      break;
    case FIELD_TASK_WORK:
      rec.task_work_off = off;
      break;
    case FIELD_REFCOUNT:
      rec.refcount_off = off;
      break;
    case FIELD_LIST_HEAD:
      stop = parse_graph_root(btf, info, "bpf_list_node", f);
      break;
    case FIELD_RB_ROOT:
      stop = parse_graph_root(btf, info, "bpf_rb_node", f);
      break;
    case FIELD_LIST_NODE:
    case FIELD_RB_NODE:
      break;
    default:
      stop = parse_kptr(btf, info, target, f);
  }
  rec.fields.push_back(f);
  return stop;
}

}  // namespace

Expected<std::shared_ptr<Record>> btf_parse_fields(const Btf& btf, u32 type_id, u32 field_mask, u32 value_size,
                                                   const Target& target) {
  FoundList found;
  if (Stop stop = find_fields(btf, type_id, field_mask, target, found)) return std::unexpected(stop);
  if (found.empty()) return nullptr;
  auto rec = std::make_shared<Record>();
  u32 next = 0;
  for (const Found& f : found) {
    if (u64{f.off} + field_size(f.type) > value_size) return std::unexpected(Stop::refused(EFAULT));
    if (f.off < next) return std::unexpected(Stop::refused(EEXIST));
    next = f.off + field_size(f.type);
    if (Stop stop = parse_field(btf, f, target, *rec)) return std::unexpected(stop);
  }
  const bool lock = rec->spin_lock_off >= 0, res_lock = rec->res_spin_lock_off >= 0;
  if (lock && res_lock) return std::unexpected(Stop::refused(EINVAL));
  if (rec->has(FIELD_GRAPH_ROOT) && !lock && !res_lock) return std::unexpected(Stop::refused(EINVAL));
  // A node in a list and in a tree at once has more than one owner.
  if (rec->refcount_off < 0 && rec->has(FIELD_LIST_NODE) && rec->has(FIELD_RB_NODE))
    return std::unexpected(Stop::refused(EINVAL));
  std::ranges::sort(rec->fields, {}, &Field::offset);
  return rec;
}

void add(Record& record, const Record& other) {
  record.fields.insert(record.fields.end(), other.fields.begin(), other.fields.end());
  std::ranges::sort(record.fields, {}, &Field::offset);
  record.field_mask |= other.field_mask;
  for (auto offset : {&Record::spin_lock_off, &Record::res_spin_lock_off, &Record::timer_off, &Record::wq_off,
                      &Record::refcount_off, &Record::task_work_off})
    record.*offset = std::max(record.*offset, other.*offset);
}

Expected<std::shared_ptr<const StructMetas>> btf_parse_struct_metas(const Btf& btf, const Target& target) {
  if (!target.has(Feature::field_records)) return std::make_shared<StructMetas>();
  const bool kptrs = target.has(Feature::kptr_in_objects);
  const u32 allocated = known_fields(target) & (kptrs ? ALLOCATED_FIELDS : ALLOCATED_FIELDS & ~u32{FIELD_KPTR});
  std::set<u32> telling;  // types that make a structure that has them as members one to look at
  for (const Special& s : special_types())
    if (s.type & allocated & ~u32{FIELD_RES_SPIN_LOCK})
      if (auto id = btf.find(s.name, Kind::Struct)) telling.insert(*id);
  for (u32 id = 1; kptrs && id < btf.type_count(); id++)
    if (is_kptr(btf, id, target)) telling.insert(id);
  auto metas = std::make_shared<StructMetas>();
  if (telling.empty()) return metas;
  for (u32 id = 1; id < btf.type_count(); id++) {
    const Type t = btf.type(id);
    if (!t.is(Kind::Struct)) continue;
    bool any = false;
    for (u32 i = 0; i < t.member_count() && !any; i++) any = telling.contains(t.member(i).type);
    if (!any) continue;
    auto rec = btf_parse_fields(btf, id, allocated, t.size(), target);
    if (!rec) return std::unexpected(rec.error());
    if (!*rec) return std::unexpected(Stop::refused(EFAULT));
    metas->records.emplace(id, std::move(*rec));
  }
  for (auto& [id, rec] : metas->records)
    if (Stop stop = btf_check_and_fixup_fields(btf, *rec, metas.get())) return std::unexpected(stop);
  return metas;
}

Stop btf_check_and_fixup_fields(const Btf& btf, Record& rec, const StructMetas* metas) {
  if (!rec.has(FIELD_GRAPH_ROOT | FIELD_UPTR)) return go_on;
  for (Field& f : rec.fields) {
    if (f.type == FIELD_UPTR) {
      const bool of_kernel = f.btf != &btf;
      const u32 size = btf.type(f.btf_id).size();
      if (of_kernel || !size) return Stop::refused(EINVAL);
      if (size > PAGE_SIZE) return Stop::refused(E2BIG);
    } else if (f.type & FIELD_GRAPH_ROOT) {
      f.value_rec = metas ? metas->find(f.value_btf_id) : nullptr;
      if (!f.value_rec) return Stop::refused(EFAULT);
      // A type that can be held may hold only what holds nothing: no cycle of ownership.
      if (rec.has(FIELD_GRAPH_NODE) && f.value_rec->has(FIELD_GRAPH_ROOT)) return Stop::refused(ELOOP);
    }
  }
  return go_on;
}

}  // namespace bpfcheck::sim::maps
