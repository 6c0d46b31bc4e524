// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See contexts.h.
#include "kernel_db/contexts.h"

#include <algorithm>
#include <array>
#include <vector>

namespace bpfcheck {
namespace ctx_rows {  // short names, for the rows

// A namespace a struct, a range a member.
#define STRUCT(name, kernel_name, size)                 \
  namespace name {                                      \
  constexpr std::string_view struct_name = kernel_name; \
  constexpr u32 struct_size = size;                     \
  }
#define MEMBER(structure, member, offset, size)         \
  namespace structure {                                 \
  constexpr CtxRange member{offset, (offset) + (size)}; \
  }
#include "kernel_db/contexts/members.def"
#undef STRUCT
#undef MEMBER
namespace none {
constexpr std::string_view struct_name;
constexpr u32 struct_size = ~0u;
}  // namespace none

constexpr CtxMember members[] = {
#define STRUCT(name, kernel_name, size) {kernel_name, {}, 0, size},
#define MEMBER(structure, member, offset, size) {structure::struct_name, #member, offset, size},
#include "kernel_db/contexts/members.def"
#undef STRUCT
#undef MEMBER
};

struct ViewRow {
  std::string_view structure;
  u32 size;
  CtxView base;
  When aligned;
};
consteval When with(Feature f) { return When::with(f); }
consteval When without(Feature f) { return When::without(f); }
constexpr When everywhere{};

constexpr ViewRow views[] = {
#define VIEW(name, structure, base, aligned) {structure::struct_name, structure::struct_size, CtxView::base, aligned},
#define VIEW_OF(type, view)
#define ATTACH(name, ...)
#include "kernel_db/contexts/views.def"
#undef VIEW
#undef VIEW_OF
#undef ATTACH
};

constexpr CtxRange whole{0, ~0u};
constexpr CtxRange all(CtxRange m) { return m; }
constexpr CtxRange start(CtxRange m) { return {m.from, m.from + 1}; }
constexpr CtxRange rest(CtxRange m) { return {m.from + 1, m.to}; }
constexpr CtxRange till(CtxRange a, CtxRange b) { return {a.from, b.to}; }
constexpr CtxRange from(CtxRange a, CtxRange b) { return {a.from, b.from}; }
constexpr CtxRange between(CtxRange a, CtxRange b) { return {a.to, b.from}; }
constexpr u8 R = 1, W = 2, RW = 3;

using Table = std::array<std::vector<CtxField>, static_cast<size_t>(CtxView::count)>;

static const Table& table() {
  static const Table rows = [] {
    Table t;
#define FIELD(view, range, access, rule, gives, when, ...) \
  t[static_cast<size_t>(CtxView::view)].push_back({range, access, CtxRule::rule, gives, CtxWhen::when, __VA_ARGS__});
#include "kernel_db/contexts/cgroup.def"
#include "kernel_db/contexts/other.def"
#include "kernel_db/contexts/skb.def"
#include "kernel_db/contexts/socket.def"
#undef FIELD
    return t;
  }();
  return rows;
}

static u32 size_in(const Target& target, std::string_view structure, u32 otherwise) {
  if (!target.btf || structure.empty()) return otherwise;
  auto id = target.btf->find(structure, btf::Kind::Struct);
  return id ? target.btf->type(*id).size() : otherwise;
}

}  // namespace ctx_rows

std::span<const CtxField> ctx_fields(CtxView view) { return ctx_rows::table()[static_cast<size_t>(view)]; }

bool ctx_is_aligned(const Target& target, CtxView view) {
  return ctx_rows::views[static_cast<size_t>(view)].aligned.holds(target);
}

CtxView ctx_base(CtxView view) { return ctx_rows::views[static_cast<size_t>(view)].base; }

u32 ctx_size(const Target& target, CtxView view) {
  const ctx_rows::ViewRow& row = ctx_rows::views[static_cast<size_t>(view)];
  return ctx_rows::size_in(target, row.structure, row.size);
}

std::optional<CtxView> ctx_view(ProgType type) {
  switch (type) {
#define VIEW(name, structure, base, aligned)
#define VIEW_OF(type, view) \
  case ProgType::type:      \
    return CtxView::view;
#define ATTACH(name, ...)
#include "kernel_db/contexts/views.def"
#undef VIEW
#undef VIEW_OF
#undef ATTACH
    default:
      return std::nullopt;
  }
}

bool ctx_when_attach(CtxWhen when, u32 expected_attach_type) {
  using A = AttachType;
  auto one_of = [&](std::initializer_list<A> list) {
    return std::ranges::any_of(list, [&](A a) { return static_cast<u32>(a) == expected_attach_type; });
  };
  switch (when) {
#define VIEW(name, structure, base, aligned)
#define VIEW_OF(type, view)
#define ATTACH(name, ...) \
  case CtxWhen::name:     \
    return one_of({__VA_ARGS__});
#include "kernel_db/contexts/views.def"
#undef VIEW
#undef VIEW_OF
#undef ATTACH
    default:
      return false;
  }
}

u32 flow_keys_size(const Target& target) {
  return ctx_rows::size_in(target, ctx_rows::bpf_flow_keys::struct_name, ctx_rows::bpf_flow_keys::struct_size);
}

std::span<const CtxMember> ctx_members() { return ctx_rows::members; }

}  // namespace bpfcheck
