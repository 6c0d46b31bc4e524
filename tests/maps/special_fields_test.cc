// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which fields of a map's value each kernel treats by itself, as its btf_parse_fields, or before 6.2 its
// btf_find_spin_lock, btf_find_timer and btf_parse_kptrs, decide (kernel/bpf/btf.c of the version named).
#include "verifier_sim/maps/special_fields.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "report/corpus_object.h"
#include "verifier_sim/maps/system_calls.h"

namespace bpfcheck::sim::maps {
namespace {

using tests::corpus_object;

/// The fields of the first map of the object that has any on the newest kernel that is modelled.
u32 fields(const std::string& object, const std::string& value, const char* version) {
  const loader::Object& o = corpus_object(object);
  const auto id = o.btf->find(value, btf::Kind::Struct);
  if (!id) throw std::out_of_range(value);
  Target target = make_target(nullptr, version);
  target.btf = tests::corpus_target().btf;  // for the types that kptrs point to
  const SystemCalls kernel(target);
  const loader::LoadedBtf loaded = kernel.load_btf(o.btf);
  for (const auto& m : o.maps) {
    if (o.btf->skip_mods_and_typedefs(m->btf_value_type_id) != *id) continue;
    loader::MapDef map = *m;
    EXPECT_TRUE(kernel.create_map(map, loaded));
    return map.record ? map.record->field_mask : 0;
  }
  throw std::out_of_range("no map of " + value);
}

TEST(SpecialFields, ByKernel) {
  struct Row {
    const char *object, *value, *version;
    u32 fields;
  };
  const Row rows[] = {
      {"async.bpf.o", "timed", "5.10", 0},
      {"async.bpf.o", "timed", "5.15", FIELD_TIMER},
      {"async.bpf.o", "timed", "6.18", FIELD_TIMER},
      {"async.bpf.o", "worked", "6.8", 0},
      {"async.bpf.o", "worked", "6.10", FIELD_WORKQUEUE},
      {"async.bpf.o", "tasked", "6.16", 0},
      {"async.bpf.o", "tasked", "6.18", FIELD_TASK_WORK},
      {"owned.bpf.o", "holder", "5.15", 0},
      {"owned.bpf.o", "holder", "6.1", 0},  // kptr_untrusted is no tag that it knows: none is taken
      {"owned.bpf.o", "holder", "6.6", FIELD_KPTR_REF | FIELD_KPTR_UNREF},
      {"owned.bpf.o", "holder", "6.18", FIELD_KPTR_REF | FIELD_KPTR_UNREF},
  };
  for (const Row& r : rows) EXPECT_EQ(fields(r.object, r.value, r.version), r.fields) << r.value << " " << r.version;
}

TEST(SpecialFields, ObjectsOfTheProgramsOwnCameWithLists) {
  const loader::Object& o = corpus_object("owned.bpf.o");
  auto records = [&](const char* version) {
    Target target = make_target(nullptr, version);
    target.btf = tests::corpus_target().btf;
    auto metas = btf_parse_struct_metas(*o.btf, target);
    return metas ? (*metas)->records.size() : 0;
  };
  EXPECT_EQ(records("6.1"), 0u);
  EXPECT_GT(records("6.6"), 0u);
  EXPECT_GT(records("6.12"), records("6.6"));  // with kptrs, too
}

}  // namespace
}  // namespace bpfcheck::sim::maps
