// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What tests of reports share: corpus objects, the corpus target, and what the real kernel said.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "btf/source.h"
#include "judge/judge.h"
#include "kernel_db/kernel_facts.h"
#include "kernel_db/target.h"
#include "loader/object.h"

namespace bpfcheck::tests {

inline const Target& corpus_target() {
  static const Target target = make_target(*btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz"), "6.18.44");
  return target;
}

/// The corpus target with a list of symbols and, where it is given, a configuration.
inline Target corpus_target_with(const char* symbols, std::optional<Kconfig> config = std::nullopt) {
  Target t = corpus_target();
  auto facts = std::make_shared<KernelFacts>(t.facts ? *t.facts : KernelFacts{});
  facts->symbols = std::make_shared<SymbolTable>([=]() -> Result<std::string> { return symbols; });
  facts->config = std::move(config);
  t.facts = std::move(facts);
  return t;
}

inline const loader::Object& corpus_object(const std::string& name) {
  static std::map<std::string, std::vector<loader::Object>> opened;
  auto& o = opened[name];
  if (o.empty()) o = std::move(*loader::open_file(CORPUS_DIR "/objects/" + name));
  return o[0];
}

inline loader::LinkedProgram corpus_program(const std::string& object, const std::string& name,
                                            const Target& target = corpus_target()) {
  const loader::Object& o = corpus_object(object);
  for (const auto& p : o.programs)
    if (p.name == name) return std::move(*judge::link(o, p, target));
  ADD_FAILURE() << object << " has no program " << name;
  return {};
}

struct Said {
  std::string object, prog, verdict, msg;
};

/// Linux 6.18.44's word on every corpus program.
inline const std::vector<Said>& kernel_said() {
  static const std::vector<Said> rows = [] {
    std::vector<Said> v;
    for (const char* path : {CORPUS_DIR "/truth/6.18.44.jsonl", CORPUS_DIR "/truth/6.18.44.ksyms.jsonl"}) {
      std::ifstream in(path);
      for (std::string line; std::getline(in, line);) {
        auto j = nlohmann::json::parse(line);
        if (j.contains("prog")) v.push_back({j["object"], j["prog"], j["verdict"], j["msg"]});
      }
    }
    return v;
  }();
  return rows;
}

inline const Said* kernel_said(const std::string& object, std::string_view prog) {
  for (const Said& s : kernel_said())
    if (s.object == object && s.prog == prog) return &s;
  return nullptr;
}

}  // namespace bpfcheck::tests
