// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Context arguments for kernels that do not know the tag. What libbpf makes of the same object is held beside it in
// tests/libbpf (--old).
#include "loader/load/ctx_args.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "btf/source.h"
#include "judge/judge.h"
#include "kernel_db/kernel_facts.h"
#include "loader/load/object_btf.h"
#include "loader/load/object_loader.h"
#include "loader/running_kernel.h"
#include "support/kernel.h"

namespace bpfcheck::loader {
namespace {

const Object& object() {
  static const Object o = [] {
    auto objects = open_file(TEST_DIR "/libbpf/ctx_args.bpf.o");
    if (!objects) throw std::runtime_error(objects.error().text());
    return std::move(objects->front());
  }();
  return o;
}

LinkedProgram linked(const char* name, const Target& target) {
  auto prog = std::ranges::find(object().programs, name, &ObjectProgram::name);
  auto l = judge::link(object(), *prog, target);
  if (!l) throw std::runtime_error(l.error().text());
  return std::move(*l);
}

const Target& target() {
  static const Target t = [] {
    auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    if (!btf) throw std::runtime_error(btf.error().text());
    return make_target(*btf);
  }();
  return t;
}

std::optional<CtxArgs> typed(const char* name) {
  const LinkedProgram l = linked(name, target());
  return type_ctx_args(object(), l.type, Arch::x86_64, l.func_info);
}

/// "of_any(__sk_buff *, int)" of each function.
std::string prototypes(const CtxArgs& args) {
  auto btf = btf::Btf::parse(Blob::own(std::vector<u8>(args.btf)), {.origin = "test"});
  if (!btf) return btf.error().text();
  std::string out;
  for (const FuncInfo& f : args.func_info) {
    const btf::Type func = (*btf)->type(f.type_id), proto = (*btf)->type(func.type());
    out += std::string(func.name()) + "(";
    for (u32 i = 0; i < proto.vlen(); i++) {
      const btf::Type t = (*btf)->type(proto.param(i).type);
      out += (i ? ", " : "") +
             (t.is(btf::Kind::Ptr) ? std::string((*btf)->type(t.type()).name()) + " *" : std::string(t.name()));
    }
    out += ") ";
  }
  return out;
}

TEST(CtxArgs, ProgramsAreLinkedWithThemForKernelsWithoutTags) {
  auto btf = btf::open(CORPUS_DIR "/btf/6.1.192-amd64.btf.xz");
  ASSERT_TRUE(btf) << btf.error().text();
  const LinkedProgram old = linked("two_functions", make_target(*btf));
  ASSERT_EQ(old.func_info.size(), 3u);
  const btf::Type func = old.btf->type(old.func_info[1].type_id);
  EXPECT_EQ(func.name(), "of_any");
  EXPECT_EQ(old.btf->type(old.btf->type(old.btf->type(func.type()).param(0).type).type()).name(), "__sk_buff");
  // What the object itself says is kept, for who loads it.
  const LinkedProgram tagged = linked("two_functions", target());
  EXPECT_TRUE(tagged.untyped_func_info.empty());
  ASSERT_EQ(old.object_func_info().size(), 3u);
  EXPECT_EQ(old.object_func_info()[1].type_id, tagged.func_info[1].type_id);
}

TEST(CtxArgs, PointersThatAreNotCalledLikeTheContextAreRetyped) {
  ASSERT_TRUE(typed("two_functions"));
  EXPECT_EQ(prototypes(*typed("two_functions")),
            "two_functions(__sk_buff *) of_any(__sk_buff *, int) of_skb(__sk_buff *) ");
  ASSERT_TRUE(typed("probe"));
  EXPECT_EQ(prototypes(*typed("probe")), "probe(pt_regs *) of_registers(bpf_user_pt_regs_t *) ");
  ASSERT_TRUE(typed("raw"));
  EXPECT_NE(prototypes(*typed("raw")).find("of_numbers(bpf_raw_tracepoint_args *)"), std::string::npos);
}

TEST(CtxArgs, AStaticFunctionIsLeftAsItIs) { EXPECT_FALSE(typed("static_function")); }

TEST(CtxArgs, TypesOfTheObjectKeepTheirIds) {
  const auto args = typed("two_functions");
  ASSERT_TRUE(args);
  auto btf = btf::Btf::parse(Blob::own(std::vector<u8>(args->btf)), {.origin = "test"});
  ASSERT_TRUE(btf);
  for (u32 id = 1; id < object().btf->type_count(); id++) {
    EXPECT_EQ((*btf)->type(id).kind(), object().btf->type(id).kind());
    EXPECT_EQ((*btf)->type(id).name(), object().btf->type(id).name());
  }
}

TEST(CtxArgs, RunningKernelTakesProgramsEitherWay) {
  NEEDS_BPF();
  auto btf = btf::open(running_kernel_btf);
  ASSERT_TRUE(btf) << btf.error().text();
  Target running = make_target(*btf);
  running.facts = std::make_shared<KernelFacts>(gather_facts());
  for (const bool knows_tag : {true, false}) {
    if (knows_tag && !kernel_knows_ctx_tag()) continue;
    KernelHandles kernel = open_kernel(running);
    kernel.ctx_tag = knows_tag;
    ObjectLoader loader(object(), running, kernel);
    for (const char* name : {"two_functions", "static_function"}) {
      const auto answer = loader.load(linked(name, running), {}, 1);
      EXPECT_TRUE(answer.accepted()) << name << ' ' << knows_tag << ' ' << answer.log;
    }
  }
}

}  // namespace
}  // namespace bpfcheck::loader
