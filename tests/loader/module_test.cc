// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// CO-RE against the BTF of a module, which is split from the kernel's.
#include <gtest/gtest.h>

#include "btf/source.h"
#include "judge/judge.h"
#include "loader/running_kernel.h"
#include "support/compile.h"

namespace bpfcheck {
namespace {

void put(std::vector<u8>& out, std::initializer_list<u32> words) {
  for (u32 w : words)
    for (int i = 0; i < 4; i++) out.push_back(static_cast<u8>(w >> (8 * i)));
}

/// struct bpfcheck_module_thing { int unused[6]; int wanted; }, its ints the kernel's, and a function
/// bpfcheck_module_call.
btf::BtfPtr module_btf(const btf::BtfPtr& base) {
  const u32 int_id = *base->find("int", btf::Kind::Int), first = base->type_count(), strings = base->strings_end();
  const std::string names = std::string("\0bpfcheck_module_thing\0wanted\0bpfcheck_module_call\0", 51);
  std::vector<u8> types;
  put(types, {strings + 1, 4u << 24 | 1, 28, strings + 23, int_id, 24 * 8});  // STRUCT
  put(types, {0, 13u << 24, 0});                                              // FUNC_PROTO: void (void)
  put(types, {strings + 30, 12u << 24 | 1, first + 1});                       // FUNC, global
  std::vector<u8> data;
  put(data, {0x0001eb9f, 24, 0, static_cast<u32>(types.size()), static_cast<u32>(types.size()),
             static_cast<u32>(names.size())});
  data.insert(data.end(), types.begin(), types.end());
  data.insert(data.end(), names.begin(), names.end());
  auto btf = btf::Btf::parse(Blob::own(std::move(data)), {.origin = "module", .base = base});
  if (!btf) throw std::runtime_error(btf.error().text());
  return *btf;
}

TEST(Module, FieldsAndFunctionsAreFoundThere) {
  if (!test::have_clang()) GTEST_SKIP() << "no clang for BPF";
  auto path = test::compile_bpf(R"(
struct bpfcheck_module_thing { int wanted; } __attribute__((preserve_access_index));
struct task_struct { int pid; } __attribute__((preserve_access_index));
extern void bpfcheck_module_call(void) __attribute__((section(".ksyms")));
__attribute__((section("tc"), used)) int prog(void *ctx)
{
	struct bpfcheck_module_thing *t = 0;
	struct task_struct *k = 0;
	bpfcheck_module_call();
	return (int)(long)&t->wanted + (int)(long)&k->pid;
}
char _license[] __attribute__((section("license"))) = "GPL";
)");
  ASSERT_TRUE(path) << path.error().text();
  auto objects = loader::open_file(*path);
  ASSERT_TRUE(objects) << objects.error().text();
  auto kernel = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(kernel) << kernel.error().text();
  Target target = make_target(*kernel);
  const loader::ObjectProgram& prog = objects->front().programs.front();
  EXPECT_FALSE(judge::link(objects->front(), prog, target)) << "the function is in no BTF";

  target.modules.push_back({"thing", module_btf(*kernel)});
  auto linked = judge::link(objects->front(), prog, target);
  ASSERT_TRUE(linked) << linked.error().text();
  EXPECT_TRUE(linked->poisons.empty());
  bool call = false, field = false;
  for (const Insn& i : linked->insns) {
    field |= (i.cls() == bpf::ALU || i.cls() == bpf::ALU64) && i.imm == 24;
    if (i.code != (bpf::JMP | bpf::CALL)) continue;
    call = true;
    EXPECT_EQ(i.src, bpf::PSEUDO_KFUNC_CALL);
    EXPECT_EQ(i.off, 1) << "the module's place among the BTFs";
    EXPECT_EQ(static_cast<u32>(i.imm), (*kernel)->type_count() + 2);
  }
  EXPECT_TRUE(call);
  EXPECT_TRUE(field) << "the offset of wanted";
}

TEST(Module, IsNamedAsItsFile) {
  EXPECT_EQ(loader::module_name("/lib/modules/6.18/nf-conntrack.ko.xz"), "nf_conntrack");
  EXPECT_EQ(loader::module_name("tun"), "tun");
}

}  // namespace
}  // namespace bpfcheck
