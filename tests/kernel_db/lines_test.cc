// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What each kernel is called. witnesses.txt has what the BTFs of packaged kernels show of kernel_db/lines.def and
// releases.def (oracle/witnesses recorded it); a small BTF with just that stands for each here.
#include "kernel_db/lines.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <set>

#include "btf/source.h"
#include "kernel_db/target.h"

namespace bpfcheck {
namespace {

/// Raw BTF with structures, enums and functions that have names and nothing else.
class SmallBtf {
 public:
  SmallBtf() {
    put_type("int", 1u << 24, 4);
    put(types_, 32);
    put_type("", 13u << 24, 0);
  }
  void function(const std::string& name) { put_type(name, 12u << 24 | 1, 2); }
  void structure(const std::string& name, const std::set<std::string>& members) {
    put_type(name, 4u << 24 | static_cast<u32>(members.size()), 4 * static_cast<u32>(members.size()));
    for (u32 bit = 0; const std::string& m : members) {
      for (const u32 word : {string(m), 1u, bit}) put(types_, word);
      bit += 32;
    }
  }
  void enumeration(const std::string& name, const std::set<std::string>& enumerators) {
    put_type(name, 6u << 24 | static_cast<u32>(enumerators.size()), 4);
    for (u32 value = 0; const std::string& e : enumerators)
      for (const u32 word : {string(e), value++}) put(types_, word);
  }
  btf::BtfPtr open(const std::string& origin = "small.btf") const {
    std::string out;
    const auto size = [](const std::string& s) { return static_cast<u32>(s.size()); };
    for (const u32 word : {0x0001eb9fu, 24u, 0u, size(types_), size(types_), size(strings_)}) put(out, word);
    out += types_ + strings_;
    auto opened = btf::open_bytes(Blob::own({out.begin(), out.end()}), origin);
    if (!opened) ADD_FAILURE() << opened.error().text();
    return *opened;
  }

 private:
  static void put(std::string& to, u32 word) {
    char bytes[4];
    std::memcpy(bytes, &word, 4);
    to.append(bytes, 4);
  }
  u32 string(const std::string& s) {
    if (s.empty()) return 0;
    const u32 at = static_cast<u32>(strings_.size());
    strings_ += s + '\0';
    return at;
  }
  void put_type(const std::string& name, u32 info, u32 size) {
    for (const u32 word : {string(name), info, size}) put(types_, word);
  }
  std::string types_, strings_ = std::string(1, '\0');
};

struct Recorded {
  std::string name;
  SmallBtf btf;
};

/// The table's kernels; the facts that it has, in `facts`.
std::vector<Recorded> recorded(std::set<std::string>* facts = nullptr) {
  std::vector<std::string> asked;
  std::vector<Recorded> out;
  std::ifstream in(TEST_DIR "/kernel_db/witnesses.txt");
  for (std::string first, second; in >> first >> second;) {
    if (first == "#") {
      asked.push_back(second);
      if (facts) facts->insert(second);
      continue;
    }
    EXPECT_EQ(second.size(), asked.size()) << first;
    std::map<std::string, std::set<std::string>> types;
    Recorded r{first, {}};
    for (size_t i = 0; i < asked.size(); i++) {
      const std::string& fact = asked[i];
      const auto dot = fact.find('.');
      if (second[i] == '1' && dot == std::string::npos) r.btf.function(fact.substr(5));
      if (second[i] == '-' || dot == std::string::npos) continue;
      auto& inner = types[fact.substr(0, dot)];
      if (second[i] == '1') inner.insert(fact.substr(dot + 1));
    }
    for (const auto& [name, inner] : types)
      name.starts_with("enum:") ? r.btf.enumeration(name.substr(5), inner) : r.btf.structure(name.substr(7), inner);
    out.push_back(std::move(r));
  }
  return out;
}

TEST(KernelName, EveryPackagedKernelIsCalledWhatItIs) {
  const auto kernels = recorded();
  EXPECT_GT(kernels.size(), 130u);
  for (const Recorded& r : kernels) {
    SCOPED_TRACE(r.name);
    const Target target = make_target(r.btf.open());
    const auto is = parse_release(r.name);
    ASSERT_TRUE(is);
    EXPECT_EQ(line_text(target.line), line_text(is->line));
    EXPECT_EQ(target.version, target.line);
    EXPECT_EQ(target.simulated_as, "");
    if (!is->patch) continue;
    EXPECT_LE(target.levels.least, *is->patch);
    EXPECT_GE(target.levels.most, *is->patch);
  }
}

TEST(KernelName, EveryWitnessIsRecorded) {
  std::set<std::string> known;
  recorded(&known);
  constexpr std::string_view rows[] = {
#define LINE(major, minor, witness) witness,
#define KNOWN(name, enumerators)
#include "kernel_db/lines.def"
#undef KNOWN
#undef LINE
#define RELEASE(major, minor, after, by, witness) witness,
#include "kernel_db/releases.def"
#undef RELEASE
  };
  for (std::string_view row : rows)
    while (!row.empty()) {
      const auto end = row.find_first_of(" |");
      std::string_view fact = row.substr(0, end);
      if (fact.starts_with('!')) fact.remove_prefix(1);
      EXPECT_TRUE(known.contains(std::string(fact))) << fact << ": run oracle/witnesses anew";
      row.remove_prefix(end == std::string_view::npos ? row.size() : end + 1);
    }
}

/// Whole BTFs, too: the release is the one that the file is named after.
TEST(KernelName, OfTheCorpus) {
  for (const char* name : {"5.10.262", "6.1.192", "6.12.117", "6.18.15", "7.0.13", "7.2.12", "7.3.4"}) {
    const Target target = make_target(*btf::open(std::string(CORPUS_DIR "/btf/") + name + "-amd64.btf.xz"));
    const auto is = parse_release(name);
    EXPECT_EQ(target.name, line_text(is->line) + " (x86-64)");
    EXPECT_LE(target.levels.least, *is->patch) << name;
    EXPECT_GE(target.levels.most, *is->patch) << name;
    EXPECT_EQ(target.simulated_as, "") << name;
  }
}

/// The recorded kernel of this name.
btf::BtfPtr small(std::string_view name, const std::string& origin = "small.btf") {
  for (const Recorded& r : recorded())
    if (r.name == name) return r.btf.open(origin);
  ADD_FAILURE() << name;
  return nullptr;
}

TEST(KernelName, OlderAndNewerThanAllThatAreKnown) {
  const Target older = make_target(small("5.10.262-amd64"), "5.4");
  EXPECT_EQ(older.name, "5.4 (other)");
  EXPECT_EQ(older.simulated_as, "5.10");
  EXPECT_EQ(older.version, 0x050au);
  const Target newer = make_target(small("7.3.4-amd64"), "9.9");
  EXPECT_EQ(newer.name, "9.9 (other)");
  EXPECT_EQ(newer.simulated_as, "7.3");
  const Target own_word = make_target(small("7.3.4-amd64"), {}, Release{0x0704, 1});
  EXPECT_EQ(own_word.name, "7.4 (other)");
  EXPECT_EQ(own_word.simulated_as, "7.3");
  SmallBtf nothing;
  EXPECT_EQ(make_target(nothing.open()).name, "unknown kernel (other)");
  EXPECT_NE(make_target(nothing.open()).simulated_as, "");
}

/// A line has more commands than the newest that is known: it is newer, whatever else it shows.
TEST(KernelName, GrownEnumsTellANewerLine) {
  SmallBtf btf;
  btf.structure("bpf_verifier_env", {"diag"});
  btf.enumeration("bpf_arg_type", {"ARG_MEM_SIZE"});
  EXPECT_EQ(make_target(btf.open()).simulated_as, "");
  std::set<std::string> commands;
  for (int i = 0; i < 43; i++) commands.insert("COMMAND_" + std::to_string(i));
  btf.enumeration("bpf_cmd", commands);
  const Target newer = make_target(btf.open());
  EXPECT_EQ(newer.name, "newer than 7.3 (other)");
  EXPECT_EQ(newer.simulated_as, "7.3");
  EXPECT_EQ(newer.evidence, "its BTF has 43 enumerators in bpf_cmd, 42 in 7.3");
}

TEST(KernelName, AnEnterpriseKernelHasTheVerifierThatItShows) {
  const Target told = make_target(small("6.12.117-amd64"), "5.14.0-570.12.1.el9_6.x86_64");
  EXPECT_EQ(told.name, "5.14, verifier of 6.12 (other)");
  EXPECT_EQ(told.version, 0x060cu);
  EXPECT_EQ(told.line, 0x050eu);
  EXPECT_EQ(told.simulated_as, "");
  EXPECT_EQ(told.levels.most, PatchLevels::unbounded);
  EXPECT_TRUE(told.has(Feature::fastcall));
  EXPECT_EQ(make_target(small("6.12.117-amd64", "/btf/5.14.0-570.el9.x86_64.btf")).name, told.name);
}

TEST(KernelName, NoLineThatNeverWas) {
  EXPECT_TRUE(read_release("6.19.14"));
  EXPECT_TRUE(read_release("4.15"));
  EXPECT_TRUE(read_release("9.9"));
  for (const char* bad : {"6.20", "5.20.1", "4.21"}) {
    ASSERT_FALSE(read_release(bad)) << bad;
    EXPECT_NE(read_release(bad).error().what.find("there never was"), std::string::npos) << bad;
  }
  EXPECT_FALSE(read_release("six"));
  EXPECT_FALSE(parse_release("6.1.0-57-amd64")->patch);
}

}  // namespace
}  // namespace bpfcheck
