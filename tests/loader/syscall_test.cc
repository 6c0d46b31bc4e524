// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The thin layer over bpf(2), against the running kernel.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "loader/syscall/btf_load.h"
#include "loader/syscall/map_create.h"
#include "loader/syscall/obj_info.h"
#include "loader/syscall/prog_load.h"
#include "support/kernel.h"

namespace bpfcheck::loader::sys {
namespace {

const Insns returns_zero = {{.code = bpf::ALU64 | bpf::MOV | bpf::K}, {.code = bpf::JMP | bpf::EXIT}};
const Insns returns_nothing = {{.code = bpf::JMP | bpf::EXIT}};

ProgLoad request(const Insns& insns) {
  ProgLoad q;
  q.name = "a program's name, cut";
  q.type = ProgType::SOCKET_FILTER;
  q.license = "GPL";
  q.insns = insns;
  return q;
}

TEST(Syscall, AcceptedProgramCanBeReadBack) {
  NEEDS_BPF();
  ProgAnswer a = prog_load(request(returns_zero));
  ASSERT_TRUE(a.accepted()) << a.errnum;
  EXPECT_EQ(a.log, "");
  auto info = prog_info(a.fd);
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->type, ProgType::SOCKET_FILTER);
  EXPECT_EQ(info->name, "a_program_s_nam");
  EXPECT_TRUE(info->gpl_compatible);
  auto again = prog_by_id(info->id);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(prog_info(*again)->tag, info->tag);
}

TEST(Syscall, RefusalGivesErrnoAndLog) {
  NEEDS_BPF();
  ProgLoad q = request(returns_nothing);
  q.log_level = 1;
  ProgAnswer a = prog_load(q);
  EXPECT_FALSE(a.accepted());
  EXPECT_EQ(a.errnum, EACCES);
  EXPECT_NE(a.log.find("R0 !read_ok"), std::string::npos) << a.log;
}

TEST(Syscall, LogLongerThanItsBufferIsAskedForAgain) {
  NEEDS_BPF();
  Insns many(3000, Insn{.code = bpf::ALU64 | bpf::MOV | bpf::K, .dst = 1});
  many.insert(many.end(), returns_zero.begin(), returns_zero.end());
  ProgLoad q = request(many);
  q.log_level = 2;
  q.log_size = 4096;
  ProgAnswer a = prog_load(q);
  EXPECT_TRUE(a.accepted()) << a.errnum;
  EXPECT_FALSE(a.log_cut);
  EXPECT_GT(a.log.size(), 3000u * 16);
  EXPECT_NE(a.log.find("\n3001: (95) exit\n"), std::string::npos);
}

TEST(Syscall, FrozenMapTakesNoMoreUpdates) {
  NEEDS_BPF();
  auto map = map_create({.name = "frozen", .type = MapType::ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1});
  ASSERT_TRUE(map) << map.error().text();
  const u8 key[4] = {}, value[8] = {1, 2, 3};
  EXPECT_TRUE(map_update(*map, key, value));
  ASSERT_TRUE(map_freeze(*map));
  auto refused = map_update(*map, key, value);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errnum, EPERM);
  auto info = map_info(*map);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->name, "frozen");
  EXPECT_EQ(info->value_size, 8u);
}

TEST(Syscall, RefusedMapNamesItself) {
  NEEDS_BPF();
  auto map = map_create({.name = "no_entries", .type = MapType::ARRAY, .key_size = 4, .value_size = 8});
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error().errnum, EINVAL);
  EXPECT_EQ(map.error().where, "map 'no_entries'");
}

// magic, version 1, header of 24 bytes; one INT; strings "\0int\0"
std::vector<u8> small_btf() {
  return {0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0,  0, 0, 16, 0, 0,   0,   5,   0, 0,
          0,    1,    0, 0, 0,  0, 0, 0, 1, 4, 0, 0, 0,  32, 0, 0, 1,  0, 'i', 'n', 't', 0};
}

TEST(Syscall, BtfIsTakenAndReadBack) {
  NEEDS_BPF();
  const auto raw = small_btf();
  BtfAnswer a = btf_load(raw);
  ASSERT_TRUE(a.fd) << a.errnum << a.log;
  auto info = btf_info(a.fd);
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_FALSE(info->kernel);
  EXPECT_EQ(info->name, "");
  EXPECT_TRUE(std::ranges::equal(info->data.bytes, raw));
}

TEST(Syscall, RefusedBtfComesWithWords) {
  NEEDS_BPF();
  auto raw = small_btf();
  raw[32] = 3;  // an int of three bytes
  BtfAnswer a = btf_load(raw);
  EXPECT_FALSE(a.fd);
  EXPECT_EQ(a.errnum, EINVAL);
  EXPECT_NE(a.log.find("nr_bits exceeds type_size"), std::string::npos) << a.log;
}

TEST(Syscall, UnknownIdIsSaidSo) {
  NEEDS_BPF();
  auto none = prog_by_id(0x7fffffff);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().errnum, ENOENT);
}

TEST(Syscall, NothingStaysBehind) {
  NEEDS_BPF();
  auto open_files = [] {
    size_t n = 0;
    for ([[maybe_unused]] const auto& f : std::filesystem::directory_iterator("/proc/self/fd")) n++;
    return n;
  };
  const size_t before = open_files();
  u32 prog = 0;
  {
    ProgAnswer a = prog_load(request(returns_zero));
    ASSERT_TRUE(a.accepted());
    prog = prog_info(a.fd)->id;
    Fd moved = std::move(a.fd);
    EXPECT_FALSE(a.fd);
    EXPECT_EQ(open_files(), before + 1);
  }
  EXPECT_EQ(open_files(), before);
  // The kernel frees a program a moment after its last user is gone; from then on it has no id.
  EXPECT_FALSE(prog_by_id(prog));
}

}  // namespace
}  // namespace bpfcheck::loader::sys
