// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An object's programs and maps in the running kernel.
#include "loader/load/object_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "btf/source.h"
#include "judge/judge.h"
#include "kernel_db/kernel_facts.h"
#include "loader/running_kernel.h"
#include "loader/syscall/obj_info.h"
#include "support/kernel.h"

namespace bpfcheck::loader {
namespace {

Target running() {
  auto btf = btf::open(running_kernel_btf);
  if (!btf) throw std::runtime_error(btf.error().text());
  Target t = make_target(*btf);
  t.facts = std::make_shared<KernelFacts>(gather_facts());
  return t;
}

const ObjectProgram& program(const Object& object, std::string_view name) {
  auto it = std::ranges::find(object.programs, name, &ObjectProgram::name);
  if (it == object.programs.end()) throw std::runtime_error("no program " + std::string(name));
  return *it;
}

TEST(ObjectLoader, ConstantsAreBoundToAProgramThatReadsNone) {
  NEEDS_BPF();
  const Target target = running();
  const KernelHandles kernel = open_kernel(target);
  auto objects = open_file(CORPUS_DIR "/objects/maps.bpf.o");
  ASSERT_TRUE(objects) << objects.error().text();
  const Object& object = objects->front();
  auto linked = judge::link(object, program(object, "counts"), target);
  ASSERT_TRUE(linked) << linked.error().text();
  ObjectLoader loader(object, target, kernel);
  auto maps = loader.create_maps(*linked);
  ASSERT_TRUE(maps) << maps.error().text();

  auto at = std::ranges::find(linked->maps, ".rodata", [](const auto& m) { return m->elf_name; });
  ASSERT_NE(at, linked->maps.end());
  const auto index = at - linked->maps.begin();
  for (const Insn& i : linked->insns)
    EXPECT_FALSE(i.code == bpf::LD_IMM64 && i.src == bpf::PSEUDO_MAP_VALUE && i.imm == index)
        << "counts reads constants";

  auto answer = loader.load(*linked, *maps, 0);
  ASSERT_TRUE(answer.accepted()) << answer.errnum;
  const auto info = sys::prog_info(answer.fd);
  ASSERT_TRUE(info) << info.error().text();
  const auto constants = sys::map_info((*maps)[static_cast<size_t>(index)].fd);
  ASSERT_TRUE(constants) << constants.error().text();
  EXPECT_NE(std::ranges::find(info->map_ids, constants->id), info->map_ids.end());
}

TEST(ObjectLoader, ObjectThatIsDroppedLeavesNoMap) {
  NEEDS_BPF();
  const Target target = running();
  const KernelHandles kernel = open_kernel(target);
  auto objects = open_file(CORPUS_DIR "/objects/maps.bpf.o");
  ASSERT_TRUE(objects);
  auto linked = judge::link(objects->front(), program(objects->front(), "counts"), target);
  ASSERT_TRUE(linked);
  std::vector<u32> ids;
  {
    ObjectLoader loader(objects->front(), target, kernel);
    auto maps = loader.create_maps(*linked);
    ASSERT_TRUE(maps);
    for (const KernelMap& m : *maps)
      if (m.fd) ids.push_back(sys::map_info(m.fd)->id);
  }
  ASSERT_FALSE(ids.empty());
  auto is_there = [](u32 id) { return sys::next_map_id(id - 1) == id; };  // without opening it
  for (u32 id : ids) {  // whoever lists maps just now holds each for a moment
    for (int i = 0; i < 100 && is_there(id); i++) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(is_there(id)) << id;
  }
}

}  // namespace
}  // namespace bpfcheck::loader
