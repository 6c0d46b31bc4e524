// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What `bpfcheck relocs` says of the corpus: where each field stands, what is missing, and what is like it.
#include "report/relocs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "btf/source.h"

namespace bpfcheck {
namespace {

using report::RelocReport;

class Relocs : public testing::Test {
 protected:
  void SetUp() override {
    auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    ASSERT_TRUE(btf) << btf.error().text();
    target_ = make_target(*btf);
    auto objects = loader::open_file(CORPUS_DIR "/objects/core.bpf.o");
    ASSERT_TRUE(objects) << objects.error().text();
    object_ = std::move(objects->front());
    auto uses = loader::core_uses(object_);
    ASSERT_TRUE(uses) << uses.error().text();
    report_ = {&object_, std::move(*uses), {}};
    for (const char* name : {"one", "two"})
      report_.targets.push_back({name, loader::core_outcomes(object_, report_.uses, target_)});
  }

  const loader::CoreOutcome* find(std::string_view path, core_reloc::Kind kind, std::string_view prog) const {
    for (size_t i = 0; i < report_.uses.size(); i++)
      if (core_reloc::path_words(report_.uses[i].local) == path && report_.uses[i].local.kind == kind &&
          report_.uses[i].prog->name == prog)
        return &report_.targets[0].outcomes[i];
    return nullptr;
  }

  Target target_;
  loader::Object object_;
  RelocReport report_;
};

TEST_F(Relocs, OffsetIsWhereTheTargetHasTheField) {
  const loader::CoreOutcome* o = find("struct task_struct.start_time", core_reloc::Kind::FieldByteOffset, "fields");
  o = o ? o : find("struct task_struct[1].start_time", core_reloc::Kind::FieldByteOffset, "fields");
  ASSERT_TRUE(o);
  const btf::Type task = target_.btf->type(*target_.btf->find("task_struct", btf::Kind::Struct));
  u64 expected = task.size();  // of the second one
  for (u32 i = 0; i < task.member_count(); i++)
    if (task.member(i).name == "start_time") expected += task.member(i).bit_offset / 8;
  EXPECT_EQ(o->value, expected);
  EXPECT_EQ(o->size, 8u);
  EXPECT_FALSE(o->poisoned);
}

TEST_F(Relocs, MissingFieldIsNamedAndPoisoned) {
  const loader::CoreOutcome* o =
      find("struct task_struct___gone.no_such_field", core_reloc::Kind::FieldByteOffset, "missing_field");
  ASSERT_TRUE(o);
  EXPECT_TRUE(o->poisoned);
  EXPECT_FALSE(o->found);
  EXPECT_EQ(o->missing.what, "struct task_struct has no member 'no_such_field'");
  EXPECT_EQ(o->after.front().imm, core_reloc::poison_imm);
}

TEST_F(Relocs, ClosestMembersOfTheTarget) {
  auto spec = core_reloc::parse_spec(*object_.btf, *object_.btf->find("bpf_map", btf::Kind::Struct), "0:1",
                                     core_reloc::Kind::FieldByteOffset);
  ASSERT_TRUE(spec) << spec.error().text();
  ASSERT_EQ(core_reloc::path_words(*spec), "struct bpf_map.max_entries");
  EXPECT_EQ(core_reloc::why_missing(*spec, *target_.btf).what, "");
  spec->accessors.back().name = "max_entriez";
  const core_reloc::Missing m = core_reloc::why_missing(*spec, *target_.btf);
  EXPECT_EQ(m.what, "struct bpf_map has no member 'max_entriez'");
  ASSERT_FALSE(m.closest.empty());
  EXPECT_EQ(m.closest.front(), "max_entries");
}

TEST_F(Relocs, TextHasSourceFieldPatchAndTable) {
  const std::string text = report::to_text(report_, report::palette(false));
  for (const char* words :
       {"fields: byte offset of struct task_struct.pid (int)\n  ./core.bpf.c:45: probe_read_kernel(&v, 4, &t->pid);\n",
        "becomes  (85) call unknown#195896080", "missing: struct task_struct has no member 'no_such_field'",
        "poisoned: the field is of another size there (4 bytes)",
        "\nfield                                         asked                    local"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\nin\n" << text;
}

TEST_F(Relocs, WhatAsksTheSameAndIsAnsweredAlikeIsSaidOnce) {
  const std::string once = report::to_text(report_, report::palette(false));
  report::RelocReport twice = report_;
  for (size_t i = 0; i < report_.uses.size(); i++) {
    twice.uses.push_back(report_.uses[i]);
    twice.uses.back().insn += 1000;
    for (auto& t : twice.targets) t.outcomes.push_back(t.outcomes[i]);
  }
  const std::string text = report::to_text(twice, report::palette(false));
  auto paragraphs = [](const std::string& s) {
    size_t n = 0;
    for (size_t at = s.find("\n  local "); at != std::string::npos; at = s.find("\n  local ", at + 1)) n++;
    return n;
  };
  EXPECT_EQ(paragraphs(text), paragraphs(once));
  EXPECT_LT(paragraphs(text), twice.uses.size());
  EXPECT_NE(text.find(fmt::format("the same in {}, instruction", report_.uses[0].prog->name)), std::string::npos)
      << text;
  EXPECT_NE(text.find(fmt::format("{}", report_.uses[0].insn + 1000)), std::string::npos) << text;
}

TEST_F(Relocs, JsonHoldsEachRelocationByTarget) {
  const auto all = nlohmann::json::parse(report::to_json({&report_, 1}));
  ASSERT_EQ(all.size(), report_.uses.size());
  for (const auto& r : all) EXPECT_EQ(r["targets"].size(), 2u);
  EXPECT_EQ(std::ranges::count_if(all, [](const auto& r) { return r["targets"][0]["poisoned"].template get<bool>(); }),
            3);
}

}  // namespace
}  // namespace bpfcheck
