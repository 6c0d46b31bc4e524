// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See special_fields.h.
#include "loader/special_fields.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>

namespace bpfcheck::loader {
namespace {

using btf::Btf;
using btf::Kind;
using btf::Type;

constexpr u32 MAX_RESOLVE_DEPTH = 32, PAGE_SIZE = 4096;
constexpr size_t MAX_FIELDS = 11;
constexpr u32 ALLOCATED_FIELDS = FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK | FIELD_LIST_HEAD | FIELD_LIST_NODE |
                                 FIELD_RB_ROOT | FIELD_RB_NODE | FIELD_REFCOUNT | FIELD_KPTR;

struct Special {
  FieldType type;
  std::string_view name;
  u32 size, align;
  bool unique;  ///< at most one a structure
};
constexpr Special specials[] = {
    {FIELD_SPIN_LOCK, "bpf_spin_lock", 4, 4, true},   {FIELD_RES_SPIN_LOCK, "bpf_res_spin_lock", 4, 4, true},
    {FIELD_TIMER, "bpf_timer", 16, 8, true},          {FIELD_WORKQUEUE, "bpf_wq", 16, 8, true},
    {FIELD_TASK_WORK, "bpf_task_work", 8, 8, true},   {FIELD_LIST_HEAD, "bpf_list_head", 16, 8, false},
    {FIELD_LIST_NODE, "bpf_list_node", 24, 8, false}, {FIELD_RB_ROOT, "bpf_rb_root", 16, 8, false},
    {FIELD_RB_NODE, "bpf_rb_node", 32, 8, false},     {FIELD_REFCOUNT, "bpf_refcount", 4, 4, false}};
constexpr Special pointer = {FIELD_KPTR_REF, "", 8, 8, false};

struct PointerTag {
  std::string_view name;
  FieldType type;
};
constexpr PointerTag pointer_tags[] = {{"kptr_untrusted", FIELD_KPTR_UNREF},
                                       {"kptr", FIELD_KPTR_REF},
                                       {"percpu_kptr", FIELD_KPTR_PERCPU},
                                       {"uptr", FIELD_UPTR}};

u32 field_size(FieldType type) {
  const auto* it = std::ranges::find(specials, type, &Special::type);
  return it == std::end(specials) ? pointer.size : it->size;
}

/// What is found before it is resolved (struct btf_field_info).
struct Found {
  FieldType type{};
  u32 off = 0;
  u32 type_id = 0;             ///< kptr: the type in the program's BTF; graph root: the type that it holds
  std::string_view node_name;  ///< graph root: the member of that type by which it is linked
};
using FoundList = std::vector<Found>;

/// A pointer tagged as kptr: 1 found, 0 none, or a negative errno.
int find_kptr(const Btf& btf, u32 id, u32 off, u32 mask, Found& out) {
  Type t = btf.type(id);
  if (t.is(Kind::Volatile)) t = btf.type(t.type());
  if (!t.is(Kind::Ptr)) return 0;
  const Type tag = btf.type(t.type());
  if (!tag.is(Kind::TypeTag) || tag.kind_flag()) return 0;
  if (btf.type(tag.type()).is(Kind::TypeTag)) return -EINVAL;
  const auto* known = std::ranges::find(pointer_tags, tag.name(), &PointerTag::name);
  if (known == std::end(pointer_tags)) return -EINVAL;
  if (!(known->type & mask)) return 0;
  const u32 target = btf.skip_mods_and_typedefs(tag.type());
  if (!btf.type(target).is(Kind::Struct)) return -EINVAL;
  out = {known->type, off, target, {}};
  return 1;
}

/// Walks a type for special fields, arrays and structures within it included (btf_find_field and below).
class Finder {
 public:
  Finder(const Btf& btf, u32 mask) : btf_(btf), mask_(mask) {}

  int run(u32 id, FoundList& out) {
    const Type t = btf_.type(id);
    if (t.is(Kind::Struct)) return members(t, out, 0);
    if (t.is(Kind::DataSec)) return variables(t, out);
    return -EINVAL;
  }

 private:
  /// Where a field stands: the declaration that may carry a tag, and its place.
  struct Place {
    u32 decl_id;
    s32 component;
    u32 off, expected_size;
  };

  int members(const Type& t, FoundList& out, u32 level) {
    u32 seen = 0;
    for (u32 i = 0; i < t.member_count(); i++) {
      const btf::Member m = t.member(i);
      if (m.bit_offset % 8) return -EINVAL;
      if (int err = one({t.id(), static_cast<s32>(i), m.bit_offset / 8, 0}, m.type, seen, out, level)) return err;
    }
    return 0;
  }

  int variables(const Type& t, FoundList& out) {
    u32 seen = 0;
    for (u32 i = 0; i < t.vlen(); i++) {
      const btf::SecVar v = t.sec_var(i);
      if (int err = one({v.type, -1, v.offset, v.size}, btf_.type(v.type).type(), seen, out, 0)) return err;
    }
    return 0;
  }

  int one(const Place& at, u32 type_id, u32& seen, FoundList& out, u32 level) {
    u32 nelems = 1, depth = 0;
    Type t = btf_.type(type_id);
    for (; depth < MAX_RESOLVE_DEPTH && t.is(Kind::Array); depth++) {
      nelems *= t.array().nelems;
      t = btf_.type(t.array().elem_type);
    }
    if (depth == MAX_RESOLVE_DEPTH) return -E2BIG;
    if (!nelems) return 0;
    const Special* kind = nullptr;
    if (int err = kind_of(t, seen, kind)) return err;
    if (!kind) {
      if (!t.is(Kind::Struct) || (at.expected_size && at.expected_size != t.size() * nelems)) return 0;
      return nested(t, at.off, nelems, out, level + 1);
    }
    if ((at.expected_size && at.expected_size != kind->size * nelems) || at.off % kind->align) return 0;
    const size_t first = out.size();
    Found f;
    const int found = find_one(*kind, at, t, f);
    if (found <= 0) return found;
    if (first >= MAX_FIELDS) return -E2BIG;
    out.push_back(f);
    return repeat(out, first, nelems, kind->size);
  }

  /// Which special field a type is by its name; any other than a structure may be a tagged pointer.
  int kind_of(const Type& t, u32& seen, const Special*& kind) const {
    for (const Special& s : specials) {
      if (!(mask_ & s.type) || t.name() != s.name) continue;
      if (s.unique && (seen & s.type)) return -E2BIG;
      if (s.unique) seen |= s.type;
      kind = &s;
      return 0;
    }
    if ((mask_ & (FIELD_KPTR | FIELD_UPTR)) && !t.is(Kind::Struct)) kind = &pointer;
    return 0;
  }

  int find_one(const Special& kind, const Place& at, const Type& t, Found& out) const {
    if (&kind == &pointer) return find_kptr(btf_, t.id(), at.off, mask_, out);
    if (!t.is(Kind::Struct) || t.size() != kind.size) return 0;
    out = {kind.type, at.off, 0, {}};
    return (kind.type & FIELD_GRAPH_ROOT) ? graph_root(at, out) : 1;
  }

  /// The tag "contains:TYPE:MEMBER" says what a list or tree holds.
  int graph_root(const Place& at, Found& out) const {
    constexpr std::string_view key = "contains:";
    std::string_view value;
    int tags = 0;
    for (std::string_view tag : btf_.decl_tags(at.decl_id, at.component))
      if (tag.starts_with(key)) value = tag.substr(key.size()), tags++;
    const size_t colon = value.find(':');
    if (tags != 1 || colon == std::string_view::npos) return -EINVAL;
    const auto id = btf_.find(value.substr(0, colon), Kind::Struct);
    if (!id) return -ENOENT;
    out.type_id = *id;
    out.node_name = value.substr(colon + 1);
    return out.node_name.empty() ? -EINVAL : 1;
  }

  int nested(const Type& t, u32 off, u32 nelems, FoundList& out, u32 level) {
    if (level >= MAX_RESOLVE_DEPTH) return -E2BIG;
    const size_t first = out.size();
    if (int err = members(t, out, level)) return err;
    for (size_t i = first; i < out.size(); i++) out[i].off += off;
    return first == out.size() ? 0 : repeat(out, first, nelems, t.size());
  }

  /// The fields from `first` on are those of an array's first element.
  static int repeat(FoundList& out, size_t first, u32 nelems, u32 elem_size) {
    if (nelems <= 1) return 0;
    const size_t n = out.size() - first;
    for (size_t i = 0; i < n; i++)
      if (!(out[first + i].type & (FIELD_KPTR | FIELD_UPTR | FIELD_GRAPH_ROOT))) return -EINVAL;
    if (n * nelems > MAX_FIELDS - first) return -E2BIG;
    for (u32 e = 1; e < nelems; e++)
      for (size_t i = 0; i < n; i++) {
        Found f = out[first + i];
        f.off += e * elem_size;
        out.push_back(f);
      }
    return 0;
  }

  const Btf& btf_;
  const u32 mask_;
};

/// The kernel's type of that name: vmlinux's, or a module's own.
std::optional<std::pair<const Btf*, u32>> find_in_kernel(KernelBtfs kernel, std::string_view name, Kind kind) {
  for (const btf::BtfPtr& b : kernel) {
    const auto id = b ? b->find(name, kind) : std::nullopt;
    if (id && (b == kernel.front() || *id >= b->first_id())) return std::pair(b.get(), *id);
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

int parse_kptr(const Btf& btf, const Found& info, KernelBtfs kernel, Field& f) {
  const std::string_view name = btf.type(info.type_id).name();
  const auto in_kernel = find_in_kernel(kernel, name, btf.type(info.type_id).kind());
  f.btf = in_kernel ? in_kernel->first : &btf;
  f.btf_id = in_kernel ? in_kernel->second : info.type_id;
  if (!in_kernel || info.type != FIELD_KPTR_REF) return 0;
  f.has_dtor = has_destructor(*f.btf, name);
  return f.has_dtor ? 0 : -ENOENT;
}

int parse_graph_root(const Btf& btf, const Found& info, std::string_view node_type, Field& f) {
  const Type t = btf.type(info.type_id);
  bool found = false;
  for (u32 i = 0; i < t.member_count(); i++) {
    const btf::Member m = t.member(i);
    if (m.name != info.node_name) continue;
    const Type node = btf.type(m.type);
    if (found || !node.is(Kind::Struct) || node.name() != node_type || m.bit_offset % 64) return -EINVAL;
    found = true;
    f.btf = &btf;
    f.value_btf_id = info.type_id;
    f.node_offset = m.bit_offset / 8;
  }
  return found ? 0 : -ENOENT;
}

int parse_field(const Btf& btf, const Found& info, KernelBtfs kernel, Record& rec) {
  Field f;
  f.offset = info.off;
  f.size = field_size(info.type);
  f.type = info.type;
  const auto off = static_cast<s32>(info.off);
  rec.field_mask |= info.type;
  int err = 0;
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
      err = parse_graph_root(btf, info, "bpf_list_node", f);
      break;
    case FIELD_RB_ROOT:
      err = parse_graph_root(btf, info, "bpf_rb_node", f);
      break;
    case FIELD_LIST_NODE:
    case FIELD_RB_NODE:
      break;
    default:
      err = parse_kptr(btf, info, kernel, f);
  }
  rec.fields.push_back(f);
  return err;
}

}  // namespace

const Field* Record::find(u32 offset, u32 field_types) const {
  if (!(field_mask & field_types)) return nullptr;
  auto it = std::ranges::find(fields, offset, &Field::offset);
  return it != fields.end() && (it->type & field_types) ? &*it : nullptr;
}

std::expected<std::shared_ptr<Record>, int> btf_parse_fields(const Btf& btf, u32 type_id, u32 field_mask,
                                                             u32 value_size, KernelBtfs kernel) {
  FoundList found;
  if (int err = Finder(btf, field_mask).run(type_id, found)) return std::unexpected(err);
  if (found.empty()) return nullptr;
  auto rec = std::make_shared<Record>();
  u32 next = 0;
  for (const Found& f : found) {
    if (u64{f.off} + field_size(f.type) > value_size) return std::unexpected(-EFAULT);
    if (f.off < next) return std::unexpected(-EEXIST);
    next = f.off + field_size(f.type);
    if (int err = parse_field(btf, f, kernel, *rec)) return std::unexpected(err);
  }
  const bool lock = rec->spin_lock_off >= 0, res_lock = rec->res_spin_lock_off >= 0;
  if (lock && res_lock) return std::unexpected(-EINVAL);
  if (rec->has(FIELD_GRAPH_ROOT) && !lock && !res_lock) return std::unexpected(-EINVAL);
  // A node in a list and in a tree at once has more than one owner.
  if (rec->refcount_off < 0 && rec->has(FIELD_LIST_NODE) && rec->has(FIELD_RB_NODE)) return std::unexpected(-EINVAL);
  std::ranges::sort(rec->fields, {}, &Field::offset);
  return rec;
}

std::expected<std::shared_ptr<const StructMetas>, int> StructMetas::parse(const Btf& btf, KernelBtfs kernel) {
  std::set<u32> telling;  // types that make a structure that has them as members one to look at
  for (const Special& s : specials)
    if (s.type & ALLOCATED_FIELDS & ~u32{FIELD_RES_SPIN_LOCK})
      if (auto id = btf.find(s.name, Kind::Struct)) telling.insert(*id);
  for (u32 id = 1; id < btf.type_count(); id++) {
    Found unused;
    if (find_kptr(btf, id, 0, FIELD_KPTR, unused) == 1) telling.insert(id);
  }
  auto metas = std::make_shared<StructMetas>();
  if (telling.empty()) return metas;
  for (u32 id = 1; id < btf.type_count(); id++) {
    const Type t = btf.type(id);
    if (!t.is(Kind::Struct)) continue;
    bool any = false;
    for (u32 i = 0; i < t.member_count() && !any; i++) any = telling.contains(t.member(i).type);
    if (!any) continue;
    auto rec = btf_parse_fields(btf, id, ALLOCATED_FIELDS, t.size(), kernel);
    if (!rec) return std::unexpected(rec.error());
    if (!*rec) return std::unexpected(-EFAULT);
    metas->records_.emplace(id, std::move(*rec));
  }
  for (auto& [id, rec] : metas->records_)
    if (int err = btf_check_and_fixup_fields(btf, *rec, metas.get(), kernel)) return std::unexpected(err);
  return metas;
}

const Record* StructMetas::find(u32 btf_id) const {
  auto it = records_.find(btf_id);
  return it == records_.end() ? nullptr : it->second.get();
}

int btf_check_and_fixup_fields(const Btf& btf, Record& rec, const StructMetas* metas, KernelBtfs kernel) {
  if (!rec.has(FIELD_GRAPH_ROOT | FIELD_UPTR)) return 0;
  for (Field& f : rec.fields) {
    if (f.type == FIELD_UPTR) {
      const bool of_kernel = std::ranges::any_of(kernel, [&](const btf::BtfPtr& b) { return b.get() == f.btf; });
      const u32 size = btf.type(f.btf_id).size();
      if (of_kernel || !size) return -EINVAL;
      if (size > PAGE_SIZE) return -E2BIG;
    } else if (f.type & FIELD_GRAPH_ROOT) {
      f.value_rec = metas ? metas->find(f.value_btf_id) : nullptr;
      if (!f.value_rec) return -EFAULT;
      // A type that can be held may hold only what holds nothing: no cycle of ownership.
      if (rec.has(FIELD_GRAPH_NODE) && f.value_rec->has(FIELD_GRAPH_ROOT)) return -ELOOP;
    }
  }
  return 0;
}

}  // namespace bpfcheck::loader
