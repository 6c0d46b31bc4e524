// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What makes two kernels judge a program differently: switching just what is named turns the verdict, leaving any of it
// out does not, and for programs whose reason is known from the kernel's history it is that reason.
#include "judge/causes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "btf/source.h"
#include "loader/object.h"

namespace bpfcheck::judge {
namespace {

const Target& kernel(const std::string& name) {
  static std::map<std::string, Target> all;
  auto at = all.find(name);
  if (at == all.end())
    at = all.emplace(name, make_target(*btf::open(CORPUS_DIR "/btf/" + name + "-amd64.btf.xz"))).first;
  return at->second;
}

std::vector<loader::Object> objects(const std::string& name) {
  return *loader::open_file(CORPUS_DIR "/objects/" + name + ".bpf.o");
}

const loader::ObjectProgram& program(const loader::Object& object, const std::string& name) {
  return *std::ranges::find(object.programs, name, &loader::ObjectProgram::name);
}

TEST(Causes, JustTheseTurnTheVerdict) {
  size_t differing = 0;
  for (const char* file : {"subprogs", "locks", "maps", "helpers", "loops", "stack", "core"}) {
    const auto all = objects(file);
    for (const loader::Object& object : all)
      for (const loader::ObjectProgram& prog : object.programs) {
        if (!prog.entry) continue;
        const Target &from = kernel("5.10.262"), &to = kernel("6.12.117");
        const Causes c = causes_of(object, prog, from, to);
        if (c.from.kind == c.to.kind) continue;
        differing++;
        ASSERT_TRUE(c.complete) << file << " " << prog.name << ": " << c.from.message << " / " << c.to.message;
        EXPECT_FALSE(c.causes.empty());
        EXPECT_EQ(judge(object, prog, blended(from, to, c.facts)).kind, c.to.kind) << prog.name;
        for (size_t i = 0; i < c.facts.size(); i++) {
          auto fewer = c.facts;
          fewer.erase(fewer.begin() + static_cast<long>(i));
          EXPECT_NE(judge(object, prog, blended(from, to, fewer)).kind, c.to.kind) << prog.name;
        }
      }
  }
  EXPECT_GT(differing, 10u);
}

/// Each from the kernel's history: the commit's subject stands in features.def, the helper in bpf.h of that version.
TEST(Causes, AreThoseOfTheKernelsHistory) {
  struct Known {
    const char *file, *program, *from, *to, *name, *line;
  };
  for (const Known& k :
       {Known{"locks", "static_function_under_lock", "6.1.192", "6.12.117", "locks_across_calls", "6.9"}}) {
    const auto all = objects(k.file);
    const Causes c = causes_of(all[0], program(all[0], k.program), kernel(k.from), kernel(k.to));
    ASSERT_EQ(c.causes.size(), 1u) << k.program;
    EXPECT_EQ(c.causes[0].name, k.name);
    EXPECT_EQ(c.causes[0].line, k.line);
    EXPECT_TRUE(c.causes[0].wanting);
  }
}

TEST(Causes, OfTheSameVerdictThereAreNone) {
  const auto all = objects("xdp_parser");
  const Causes c = causes_of(all[0], program(all[0], "checked"), kernel("5.10.262"), kernel("6.12.117"));
  EXPECT_FALSE(c.complete);
  EXPECT_TRUE(c.causes.empty());
  EXPECT_EQ(c.trials, 0u);
}

TEST(Causes, HelpersHaveTheLineThatBroughtThem) {
  EXPECT_EQ(helper_line(1), 0u);
  EXPECT_EQ(helper_line(181), 0x0511u);  // bpf_loop, 5.17
  EXPECT_EQ(helper_line(211), 0x0602u);  // bpf_cgrp_storage_delete, 6.2
  EXPECT_EQ(helper_line(212), 0u);
}

}  // namespace
}  // namespace bpfcheck::judge
