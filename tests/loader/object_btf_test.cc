// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BTF on its way to a kernel: what an older one does not know is replaced, and ids and sizes stay.
#include "loader/load/object_btf.h"

#include <gtest/gtest.h>

#include "loader/syscall/btf_load.h"
#include "support/kernel.h"

namespace bpfcheck::loader {
namespace {

using btf::Kind;

/// One type of each kind that some kernel lacks.
std::vector<u8> all_kinds() {
  constexpr std::string_view strings("\0int\0x\0?.struct_ops\0tag\0e64\0val\0f\0p\0", 36);
  constexpr u32 types[] = {1,  1u << 24,        4, 0x01000020,        // [1] int
                           5,  14u << 24,       1, 1,                 // [2] var x
                           7,  (15u << 24) | 1, 4, 2,          0, 4,  // [3] datasec ?.struct_ops
                           20, 18u << 24,       1,                    // [4] type tag
                           0,  2u << 24,        4,                    // [5] pointer to it
                           24, (19u << 24) | 1, 8, 28,         7, 1,  // [6] enum64
                           0,  (13u << 24) | 1, 1, 34,         1,     // [7] prototype
                           32, (12u << 24) | 1, 7,                    // [8] global function f
                           1,  16u << 24,       4,                    // [9] float
                           20, 17u << 24,       2, ~0u};              // [10] decl tag of x
  const u32 header[] = {0x0001eb9f, 24, 0, sizeof types, sizeof types, static_cast<u32>(strings.size())};
  std::vector<u8> raw(sizeof header + sizeof types + strings.size());
  std::memcpy(raw.data(), header, sizeof header);
  std::memcpy(raw.data() + sizeof header, types, sizeof types);
  std::memcpy(raw.data() + sizeof header + sizeof types, strings.data(), strings.size());
  return raw;
}

btf::BtfPtr parse(std::vector<u8> raw) {
  auto btf = btf::Btf::parse(Blob::own(std::move(raw)), {.origin = "test"});
  EXPECT_TRUE(btf) << btf.error().text();
  return btf ? *btf : nullptr;
}

TEST(SanitizeBtf, NewKernelGetsItUnchanged) { EXPECT_EQ(sanitize_btf(all_kinds(), {}), all_kinds()); }

TEST(SanitizeBtf, OldestKernelGetsWhatItKnows) {
  const BtfSupport none{false, false, false, false, false, false, false, false};
  const auto btf = parse(sanitize_btf(all_kinds(), none));
  ASSERT_TRUE(btf);
  ASSERT_EQ(btf->type_count(), 12u);  // and a placeholder
  EXPECT_TRUE(btf->type(2).is(Kind::Int));
  EXPECT_TRUE(btf->type(3).is(Kind::Struct));
  EXPECT_EQ(btf->type(3).name(), "__struct_ops");
  EXPECT_EQ(btf->type(3).member(0).name, "x");
  EXPECT_TRUE(btf->type(4).is(Kind::Const));
  EXPECT_TRUE(btf->type(6).is(Kind::Union));
  EXPECT_EQ(btf->type(6).size(), 8u);
  EXPECT_EQ(btf->type(6).member(0).type, 11u);
  EXPECT_TRUE(btf->type(7).is(Kind::Enum));
  EXPECT_TRUE(btf->type(8).is(Kind::Typedef));
  EXPECT_TRUE(btf->type(9).is(Kind::Struct));
  EXPECT_EQ(btf->type(9).size(), 4u);
  EXPECT_TRUE(btf->type(10).is(Kind::Int));
}

TEST(SanitizeBtf, EachLackIsMendedAlone) {
  BtfSupport s;
  s.func_global = false;
  EXPECT_EQ(parse(sanitize_btf(all_kinds(), s))->type(8).linkage(), btf::Linkage::Static);
  s = {};
  s.qmark_datasec = false;
  EXPECT_EQ(parse(sanitize_btf(all_kinds(), s))->type(3).name(), "_.struct_ops");
  s = {};
  s.enum64 = false;
  EXPECT_TRUE(parse(sanitize_btf(all_kinds(), s))->type(6).is(Kind::Union));
}

TEST(SanitizeBtf, RunningKernelTakesEveryStepOfTheWayBack) {
  NEEDS_BPF();
  for (int lacks = 0; lacks < 256; lacks++) {
    auto bit = [&](int n) { return !(lacks >> n & 1); };
    const BtfSupport s{bit(0), bit(1), bit(2), bit(3), bit(4), bit(5), bit(6), bit(7)};
    if (!s.datasec && s.decl_tag)
      continue;  // a tag on what is no variable any more: no kernel has the one without the other
    const auto answer = sys::btf_load(sanitize_btf(all_kinds(), s));
    EXPECT_TRUE(answer.fd) << lacks << ": " << answer.log;
  }
}

}  // namespace
}  // namespace bpfcheck::loader
