// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reading BTF: a real kernel's, and data that is cut off or contradicts itself.
#include "btf/btf.h"

#include <gtest/gtest.h>

#include "btf/source.h"

namespace bpfcheck::btf {
namespace {

BtfPtr kernel() {
  static const BtfPtr btf = [] {
    auto r = open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    return r ? *r : nullptr;
  }();
  return btf;
}

TEST(Btf, FindsATypeWithItsMembers) {
  ASSERT_TRUE(kernel());
  auto id = kernel()->find("task_struct", Kind::Struct);
  ASSERT_TRUE(id);
  Type t = kernel()->type(*id);
  EXPECT_GT(t.size(), 1000u);
  bool pid = false;
  for (u32 i = 0; i < t.member_count(); i++) pid |= t.member(i).name == "pid";
  EXPECT_TRUE(pid);
  EXPECT_EQ(kernel()->pointer_size(), 8u);
  EXPECT_EQ(kernel()->size_of(*id), t.size());
}

TEST(Btf, EnumeratorsOfTheHelpers) {
  ASSERT_TRUE(kernel());
  EXPECT_EQ(kernel()->enum_value("bpf_func_id", "BPF_FUNC_map_lookup_elem"), 1);
  EXPECT_EQ(kernel()->enum_value("bpf_func_id", "BPF_FUNC_no_such_helper"), std::nullopt);
}

TEST(Btf, EveryCutIsAnErrorThatNamesItsOrigin) {
  ASSERT_TRUE(kernel());
  const Bytes raw = kernel()->raw().bytes;
  for (size_t n : {size_t{0}, size_t{3}, size_t{23}, size_t{24}, raw.size() / 2, raw.size() - 1}) {
    auto r = Btf::parse({raw.first(n), kernel()->raw().owner}, {.origin = "cut"});
    ASSERT_FALSE(r) << n;
    EXPECT_EQ(r.error().where.substr(0, 3), "cut");
  }
}

/// Header and types of a BTF with one INT "x" and whatever else is given.
std::vector<u8> make(const std::vector<u32>& types, Endian e) {
  const std::string strings("\0x\0", 3);
  std::vector<u8> out(24 + types.size() * 4 + strings.size());
  store_as<u16>(&out[0], 0xeb9f, e);
  out[2] = 1;
  const u32 len = static_cast<u32>(types.size() * 4);
  u32 header[] = {24, 0, len, len, 3};
  for (size_t i = 0; i < 5; i++) store_as(&out[4 + 4 * i], header[i], e);
  for (size_t i = 0; i < types.size(); i++) store_as(&out[24 + 4 * i], types[i], e);
  std::copy(strings.begin(), strings.end(), out.end() - 3);
  return out;
}

TEST(Btf, BothByteOrders) {
  for (Endian e : {Endian::little, Endian::big}) {
    auto r = Btf::parse(Blob::own(make({1, 1u << 24, 4, 0x01000020}, e)), {.origin = "made"});
    ASSERT_TRUE(r) << r.error().text();
    Type t = (*r)->type(1);
    EXPECT_EQ(t.name(), "x");
    EXPECT_TRUE(t.int_is_signed());
    EXPECT_EQ(t.int_bits(), 32);
  }
}

TEST(Btf, ContradictionsAreNamed) {
  auto error = [](const std::vector<u32>& types) {
    auto r = Btf::parse(Blob::own(make(types, Endian::little)), {.origin = "made"});
    return r ? std::string() : r.error().text();
  };
  EXPECT_NE(error({0, 2u << 24, 9}).find("type [1] PTR at offset 24: refers to type [9]"), std::string::npos);
  EXPECT_NE(error({0, 10u << 24, 1}).find("refers to itself"), std::string::npos);
  EXPECT_NE(error({0, 31u << 24, 0}).find("unknown kind 31"), std::string::npos);
  EXPECT_NE(error({99, 2u << 24, 0}).find("name lies outside"), std::string::npos);
  EXPECT_NE(error({0, (4u << 24) | 5, 8}).find("cut off"), std::string::npos);
}

}  // namespace
}  // namespace bpfcheck::btf
