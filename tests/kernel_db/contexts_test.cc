// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The layouts that the rules of contexts are written against are those of a real kernel's BTF.
#include <gtest/gtest.h>

#include <optional>

#include "btf/source.h"
#include "kernel_db/contexts.h"

namespace bpfcheck {
namespace {

struct MemberPlace {
  u32 offset, size;
};

/// Where a member lies, through anonymous structs and unions.
std::optional<MemberPlace> place_of(const btf::Btf& btf, btf::Type t, std::string_view name, u32 at = 0) {
  for (u32 i = 0; i < t.member_count(); i++) {
    const btf::Member m = t.member(i);
    const u32 off = at + t.member_bit_offset(i) / 8;
    btf::Type inside = btf.type(btf.skip_mods_and_typedefs(m.type));
    if (m.name == name) return MemberPlace{off, static_cast<u32>(btf.size_of(m.type).value_or(0))};
    if (m.name.empty() && inside.is_composite())
      if (auto found = place_of(btf, inside, name, off)) return found;
  }
  return std::nullopt;
}

TEST(Contexts, LayoutsAreThoseOfTheKernel) {
  auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(btf.has_value()) << btf.error().what;
  for (const CtxMember& m : ctx_members()) {
    auto id = (*btf)->find(m.structure, btf::Kind::Struct);
    ASSERT_TRUE(id.has_value()) << m.structure;
    const btf::Type t = (*btf)->type(*id);
    if (m.member.empty()) {
      EXPECT_EQ(t.size(), m.size) << m.structure;
      continue;
    }
    auto place = place_of(**btf, t, m.member);
    ASSERT_TRUE(place.has_value()) << m.structure << '.' << m.member;
    EXPECT_EQ(place->offset, m.offset) << m.structure << '.' << m.member;
    EXPECT_EQ(place->size, m.size) << m.structure << '.' << m.member;
  }
}

TEST(Contexts, EveryRuleFindsItsBase) {
  for (u32 v = 0; v < static_cast<u32>(CtxView::count); v++) {
    const auto view = static_cast<CtxView>(v);
    for (const CtxField& f : ctx_fields(view)) {
      EXPECT_LT(f.range.from, f.range.to) << v;
      if (f.rule == CtxRule::as_base) {
        EXPECT_NE(ctx_base(view), CtxView::none) << v;
      }
      EXPECT_EQ(base_type(f.gives) == PTR_TO_BTF_ID, !f.object.empty()) << v;
    }
  }
}

TEST(Contexts, ProgramTypesHaveOne) {
  for (u32 t = 1; t <= static_cast<u32>(ProgType::NETFILTER); t++) {
    const auto type = static_cast<ProgType>(t);
    using enum ProgType;
    const bool in_code =
        type == TRACEPOINT || type == PERF_EVENT || type == TRACING || type == STRUCT_OPS || type == LSM || type == EXT;
    EXPECT_EQ(ctx_view(type).has_value(), !in_code) << prog_type_name(type);
    if (auto view = ctx_view(type)) {
      EXPECT_FALSE(ctx_fields(*view).empty()) << prog_type_name(type);
    }
  }
}

}  // namespace
}  // namespace bpfcheck
