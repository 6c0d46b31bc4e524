// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The corpus as libbpf links it: corpus/libbpf holds what libbpf gave to BPF_PROG_LOAD, written down by
// tests/libbpf/diff.cc.
#include <gtest/gtest.h>

#include <cstring>

#include "btf/decompress.h"
#include "btf/source.h"
#include "judge/judge.h"
#include "kernel_db/kernel_facts.h"
#include "support/linked_row.h"

namespace bpfcheck {
namespace {

const Target& target() {
  static const Target t = [] {
    auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    if (!btf) throw std::runtime_error(btf.error().text());
    Target made = make_target(*btf);
    KernelFacts facts;
    facts.symbols = std::make_shared<SymbolTable>([] { return btf::read_text(TEST_DIR "/libbpf/kallsyms"); });
    facts.config = parse_kconfig(btf::read_text(TEST_DIR "/libbpf/kconfig").value_or(""));
    made.facts = std::make_shared<KernelFacts>(std::move(facts));
    return made;
  }();
  return t;
}

loader::Object open_corpus(const std::string& name) {
  auto objects = loader::open_file(CORPUS_DIR "/objects/" + name);
  if (!objects) throw std::runtime_error(objects.error().text());
  return std::move(objects->front());
}

const loader::ObjectProgram& find(const loader::Object& o, std::string_view name) {
  for (const auto& p : o.programs)
    if (p.name == name) return p;
  throw std::runtime_error("no program " + std::string(name));
}

TEST(Linked, AsLibbpfDoes) {
  const auto rows = test::read_rows(CORPUS_DIR "/libbpf/6.18.15-amd64.txt");
  for (const test::Row& r : rows) {
    SCOPED_TRACE(r.object + " " + r.prog);
    const loader::Object o = open_corpus(r.object);
    auto linked = judge::link(o, find(o, r.prog), target());
    ASSERT_TRUE(linked) << linked.error().text();
    EXPECT_EQ(test::difference(test::row_of(r.object, *linked), r, false), "");
  }
  EXPECT_GE(rows.size(), 180u);
}

TEST(Linked, KconfigValues) {
  const loader::Object o = open_corpus("linking.bpf.o");
  auto linked = judge::link(o, find(o, "externs"), target());
  ASSERT_TRUE(linked) << linked.error().text();
  const loader::MapDef& m = *linked->maps[static_cast<u32>(o.kconfig_map_idx)];
  auto word = [&](std::string_view name) {
    for (const auto& e : o.externs)
      if (e.name == name)
        return load_as<u32>(m.initial.data() + e.data_off, Endian::little) & (e.size == 1 ? 0xff : 0xffffffff);
    return 0xdeadu;
  };
  EXPECT_EQ(word("LINUX_KERNEL_VERSION"), 0x061200u);
  EXPECT_EQ(word("LINUX_HAS_BPF_COOKIE"), 1u);
  EXPECT_EQ(word("CONFIG_HZ"), 250u);
  EXPECT_EQ(word("CONFIG_BPF_SYSCALL"), 1u);                // TRI_YES
  EXPECT_EQ(word("CONFIG_DEFAULT_HOSTNAME"), 0x6e6f6e28u);  // "(non"
}

TEST(Linked, UnknownConfigurationOrSymbolsAreNotGuessed) {
  Target bare = target();
  bare.facts = nullptr;
  const loader::Object o = open_corpus("linking.bpf.o");
  auto linked = judge::link(o, find(o, "externs"), bare);
  ASSERT_TRUE(linked) << linked.error().text();
  EXPECT_NE(linked->undecided.find("CONFIG_"), std::string::npos) << linked->undecided;
  EXPECT_NE(linked->undecided.find("--kconfig"), std::string::npos) << linked->undecided;
  auto other = judge::link(o, find(o, "main_program"), bare);  // asks for none of them
  ASSERT_TRUE(other) << other.error().text();
  EXPECT_EQ(other->undecided, "");
}

TEST(Linked, SymbolsByName) {
  const SymbolTable& s = *target().facts->symbols;
  EXPECT_TRUE(s.has("jiffies"));
  EXPECT_FALSE(s.has("jiffie"));
  EXPECT_EQ(s.find("twice").size(), 2u);
  EXPECT_EQ(s.find("_text").front().address, 0xffffffff81000000u);
}

TEST(Linked, SectionsOfNoBytesAreNoMaps) {
  auto objects = loader::open_file(TEST_DIR "/loader/empty_sections.bpf.o");
  ASSERT_TRUE(objects) << objects.error().text();
  EXPECT_TRUE(objects->front().maps.empty());
  EXPECT_TRUE(judge::link(objects->front(), find(objects->front(), "pass"), target()));
}

TEST(Linked, BeforeLinux55OneHelperReadsAllMemory) {
  const loader::Object o = open_corpus("execsnoop.bpf.o");
  auto calls = [&](const Target& t) {
    std::vector<s32> out;
    auto linked = judge::link(o, find(o, "execsnoop"), t);
    EXPECT_TRUE(linked);
    for (const Insn& i : linked->insns)
      if (i.code == (bpf::JMP | bpf::CALL) && (i.imm == 4 || i.imm == 113)) out.push_back(i.imm);
    return out;
  };
  // An enum of two helpers, as the BTF of such a kernel might have it.
  constexpr std::string_view strings("\0bpf_func_id\0BPF_FUNC_map_lookup_elem\0BPF_FUNC_probe_read\0", 59);
  constexpr u32 types[] = {1, (6u << 24) | 2, 4, 13, 1, 38, 4};
  constexpr u32 header[] = {0x0001eb9f, 24, 0, sizeof types, sizeof types, static_cast<u32>(strings.size())};
  std::vector<u8> raw(sizeof header + sizeof types + strings.size());
  std::memcpy(raw.data(), header, sizeof header);
  std::memcpy(raw.data() + sizeof header, types, sizeof types);
  std::memcpy(raw.data() + sizeof header + sizeof types, strings.data(), strings.size());
  auto old = btf::Btf::parse(Blob::own(std::move(raw)), {.origin = "test"});
  ASSERT_TRUE(old) << old.error().text();
  EXPECT_EQ(calls(target()), (std::vector<s32>{113, 113}));
  EXPECT_EQ(calls(make_target(*old)), (std::vector<s32>{4, 4}));
}

}  // namespace
}  // namespace bpfcheck
