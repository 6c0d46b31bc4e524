// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a kernel offers, as its BTF lists it and its sources have it. What is expected was said by these kernels.
#include <gtest/gtest.h>

#include <string>

#include "btf/source.h"
#include "kernel_db/availability.h"
#include "kernel_db/helper_ids.h"
#include "kernel_db/helpers.h"
#include "kernel_db/kfuncs.h"

namespace bpfcheck {
namespace {

Target kernel(const std::string& release) {
  auto btf = btf::open(CORPUS_DIR "/btf/" + release + "-amd64.btf.xz");
  return make_target(btf ? *btf : nullptr, release);
}

bool may_call(const Target& t, ProgType type, u32 helper) {
  return helper_proto(t, {.type = type, .attach_func = "", .struct_ops = "", .struct_ops_member = ""}, helper) !=
         nullptr;
}

TEST(Offers, TypesAreThoseThatTheBtfNumbers) {
  const Target old = kernel("5.10.262"), now = kernel("6.18.15");
  for (ProgType t : {ProgType::KPROBE, ProgType::TRACING, ProgType::LSM, ProgType::SK_LOOKUP})
    EXPECT_TRUE(prog_type_supported(old, t)) << prog_type_name(t);
  for (ProgType t : {ProgType::SYSCALL, ProgType::NETFILTER}) {
    EXPECT_FALSE(prog_type_supported(old, t)) << prog_type_name(t);
    EXPECT_TRUE(prog_type_supported(now, t)) << prog_type_name(t);
  }
  for (MapType t : {MapType::BLOOM_FILTER, MapType::CGRP_STORAGE, MapType::ARENA}) {
    EXPECT_FALSE(map_type_supported(old, t)) << map_type_name(t);
    EXPECT_TRUE(map_type_supported(now, t)) << map_type_name(t);
  }
  EXPECT_FALSE(old.offers.has(AttachType::CGROUP_UNIX_CONNECT));
  EXPECT_FALSE(old.offers.has(AttachType::LSM_CGROUP));
  EXPECT_FALSE(old.offers.prog_flags & F_XDP_HAS_FRAGS);
  EXPECT_TRUE(kernel("6.1.192").offers.prog_flags & F_XDP_HAS_FRAGS);
}

TEST(Offers, HelpersOfAProgramTypeDifferByKernel) {
  EXPECT_FALSE(may_call(kernel("6.1.192"), ProgType::XDP, func::get_current_pid_tgid));
  const Target t = kernel("6.12.117"), now = kernel("6.18.15");
  EXPECT_TRUE(may_call(t, ProgType::XDP, func::get_current_pid_tgid));
  for (ProgType type : {ProgType::XDP, ProgType::SCHED_CLS}) {
    EXPECT_FALSE(may_call(t, type, func::get_current_comm));
    EXPECT_TRUE(may_call(now, type, func::get_current_comm));
  }
  EXPECT_TRUE(may_call(t, ProgType::KPROBE, func::get_current_comm));
  EXPECT_FALSE(may_call(kernel("5.10.262"), ProgType::SOCKET_FILTER, func::strtol));
}

/// Every function that a BTF marks as callable stands in the table with the kernel's sets and flags.
class Kfuncs : public testing::TestWithParam<const char*> {};
TEST_P(Kfuncs, EveryOneMarkedIsInTheTable) {
  const Target t = kernel(GetParam());
  ASSERT_TRUE(t.btf);
  u32 marked = 0;
  for (u32 id = 1; id < t.btf->type_count(); id++) {
    const btf::Type tag = t.btf->type(id);
    if (!tag.is(btf::Kind::DeclTag) || tag.name() != "bpf_kfunc") continue;
    marked++;
    EXPECT_TRUE(kfunc_entry(t, *t.btf, tag.type()).rows) << t.btf->type(tag.type()).name();
  }
  EXPECT_GT(marked, 100u);
}
INSTANTIATE_TEST_SUITE_P(Kernels, Kfuncs, testing::Values("6.12.117", "6.18.15", "7.0.13", "7.2.12", "7.3.4"));

}  // namespace
}  // namespace bpfcheck
