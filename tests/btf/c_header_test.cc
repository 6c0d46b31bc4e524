// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BTF to C and back through clang: every named type must come back as it was. More kernels than the corpus holds are
// taken from the files that BPFCHECK_TEST_BTF names, colons between.
#include "btf/c_header.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "btf/same_types.h"
#include "btf/source.h"
#include "support/compile.h"

namespace bpfcheck::btf {
namespace {

using test::compile_bpf;

/// "struct foo", "enum bar___2": what the header defines with a tag.
std::set<std::string> tags_defined(const std::string& header) {
  std::set<std::string> found;
  for (size_t at = 0, end; at < header.size(); at = end + 1) {
    end = std::min(header.find('\n', at), header.size());
    const std::string_view line(header.data() + at, end - at);
    if ((line.starts_with("struct ") || line.starts_with("union ") || line.starts_with("enum ")) &&
        line.ends_with(" {") && line.find(' ') != line.size() - 2)
      found.emplace(line.substr(0, line.size() - 2));
  }
  return found;
}

/// Names with a flavour that the header had to make, "foo___2".
std::set<std::string> flavours(const std::string& header) {
  auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  std::set<std::string> found;
  for (size_t at = header.find("___"); at != std::string::npos; at = header.find("___", at + 3)) {
    size_t begin = at, end = at;
    while (begin > 0 && word(header[begin - 1])) begin--;
    while (end < header.size() && word(header[end])) end++;
    found.insert(header.substr(begin, end - begin));
  }
  return found;
}

bool is_checked(Type t) {
  return !t.name().empty() && (t.is_composite() || (t.is_any_enum() && t.vlen()) || t.is(Kind::Typedef));
}

/// A pointer to each named type, so that clang describes it.
std::vector<std::string> uses_of_all(const Btf& btf, const std::string& header) {
  const auto made = flavours(header);
  std::set<std::string> used = tags_defined(header);
  for (u32 id = 1; id < btf.type_count(); id++) {
    Type t = btf.type(id);
    if (!t.is(Kind::Typedef)) continue;
    const std::string plain(t.name());
    if (plain != "__builtin_va_list") used.insert(plain);
    for (int n = 2; made.contains(fmt::format("{}___{}", plain, n)); n++) used.insert(fmt::format("{}___{}", plain, n));
  }
  return {used.begin(), used.end()};
}

/// Lone anonymous enums get a variable, which they need to be described.
std::string with_variables(std::string header) {
  int n = 0;
  for (size_t at = header.find("\nenum {"); at != std::string::npos; at = header.find("\nenum {", at + 1))
    header.insert(header.find(";\n", header.find("\n}", at)), fmt::format(" e{}", n++));
  return header;
}

struct Compiled {
  std::vector<BtfPtr> parts;
  std::set<std::string> flavours;
};

/// What the compiler makes of the header, in parts: clang's time grows with the square of the types it describes.
Compiled compile_in_parts(const Btf& original, size_t parts) {
  Compiled compiled;
  auto header = c_header(original);
  EXPECT_TRUE(header) << header.error().text();
  if (!header) return compiled;
  auto char_id = original.find("char", Kind::Int);
  const bool plain_char_unsigned = char_id && !original.type(*char_id).int_is_signed();
  const std::string flags = fmt::format("-g -O0 -Werror{} -target {}", plain_char_unsigned ? " -funsigned-char" : "",
                                        original.endian() == Endian::big ? "bpfeb" : "bpfel");
  compiled.flavours = flavours(*header);
  const std::vector<std::string> uses = uses_of_all(original, *header);
  for (size_t part = 0; part < parts; part++) {
    std::string text = part ? *header : with_variables(*header);
    for (size_t i = uses.size() * part / parts; i < uses.size() * (part + 1) / parts; i++)
      text += fmt::format("{} *v{};\n", uses[i], i);
    auto object = compile_bpf(text, flags);
    EXPECT_TRUE(object) << object.error().text();
    if (!object) return compiled;
    auto btf = open(*object);
    EXPECT_TRUE(btf) << btf.error().text();
    if (!btf) return compiled;
    compiled.parts.push_back(*btf);
  }
  return compiled;
}

/// Why no compiled type of that name, or of a flavour of it, is the same; "" where one is.
std::string difference(const Btf& original, Type t, const Compiled& compiled) {
  std::vector<std::string> names = {std::string(t.name())};
  for (int n = 2; n < 300; n++)
    if (std::string flavour = fmt::format("{}___{}", t.name(), n); compiled.flavours.contains(flavour))
      names.push_back(flavour);
    else if (n > 9)
      break;
  std::string why = "not there";
  for (const BtfPtr& btf : compiled.parts)
    for (const std::string& name : names)
      for (u32 c : btf->find_all(name)) {
        SameTypes same(original, *btf);
        if (same.same(t.id(), c)) return "";
        why = same.difference();
      }
  return why;
}

void expect_same(const Btf& original, size_t parts = 1) {
  const auto compiled = compile_in_parts(original, parts);
  int compared = 0, wrong = 0;
  for (u32 id = 1; id < original.type_count(); id++) {
    Type t = original.type(id);
    if (!is_checked(t)) continue;
    compared++;
    const std::string why = difference(original, t, compiled);
    if (!why.empty() && ++wrong < 20)
      ADD_FAILURE() << original.origin() << ": [" << id << "] " << kind_name(t.kind()) << " " << t.name() << ": "
                    << why;
  }
  EXPECT_EQ(wrong, 0) << "of " << compared;
}

TEST(CHeader, EveryTypeOfAKernelComesBackFromTheCompiler) {
  if (!test::have_clang()) GTEST_SKIP() << "no clang";
  auto btf = open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(btf);
  expect_same(**btf, 12);
}

TEST(CHeader, EveryTypeOfFurtherKernels) {
  const char* files = std::getenv("BPFCHECK_TEST_BTF");
  if (!files || !test::have_clang()) GTEST_SKIP() << "BPFCHECK_TEST_BTF names no file";
  for (std::string_view rest = files; !rest.empty();) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    auto btf = open(std::string(rest.substr(0, colon)));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    ASSERT_TRUE(btf) << btf.error().text();
    expect_same(**btf, 12);
  }
}

/// What kernels have little of: each must come back, too.
TEST(CHeader, LayoutsThatNeedMoreThanMembers) {
  if (!test::have_clang()) GTEST_SKIP() << "no clang";
  auto object = compile_bpf(R"(
typedef unsigned int u32; typedef unsigned long long u64; typedef unsigned char u8;
struct bits { u32 a:3; u32 :2; u32 b:7; u64 c:40; u8 d:1; u32 :0; u8 e; };
struct packed_bits { u8 a; u64 b:61; u32 c:5; u64 d; } __attribute__((packed));
struct holes { u8 a; u32 b __attribute__((aligned(64))); u8 c; } __attribute__((aligned(128)));
union wide { u32 a; u8 b[5]; } __attribute__((aligned(32)));
struct of_wide { u8 a; union wide w; u8 b; union { struct { u32 x; u32 y; }; u64 z; } __attribute__((packed)); } __attribute__((packed));
struct odd { u32 a; u8 b; } __attribute__((packed));
struct with_odd { u8 a; struct odd o[3]; u64 b; };
struct i128 { u8 a; __int128 b; _Bool c; };
struct empty {}; struct has_empty { struct empty e; u32 x; };
struct flexible { u32 n; struct odd items[]; };
struct node; typedef struct node *node_ptr; typedef int (*visit_fn)(node_ptr, const struct node *const restrict, ...);
struct node { node_ptr next; visit_fn visit; void (*(*table[4])(int, u8 (*)[7]))(struct node **); const volatile char *const name; };
typedef struct { struct node n; enum { RED, BLACK = 7 } colour; } coloured; coloured *cycle;
enum small { S1 = 1, S2 } __attribute__((packed)); enum negative { N = -1 }; enum big { B = 0x100000000ULL }; enum lowest { L = -0x100000000LL };
enum later; struct uses_later { enum later *l; enum small s; enum negative n; enum big b; enum lowest w; };
typedef int matrix[3][5]; struct m { matrix a; matrix *p; const int k[2]; };
#define user __attribute__((btf_type_tag("user")))
#define tag(x) __attribute__((btf_decl_tag(x)))
struct tagged { int user *p; const char user *user *q; int m tag("first") tag("second"); int b:3 tag("bits"); } tag("whole");
typedef struct tagged tag_t tag("named");
float f; double d; struct float_pair { float a; double b; };
struct bits *v1; struct packed_bits *v2; struct holes *v3; struct of_wide *v4; struct with_odd *v5; struct i128 *v6; struct has_empty *v7;
struct flexible *v8; struct node *v9; struct uses_later *v10; struct m *v11; tag_t *v12; struct float_pair *v13;
int use(void *x) { return 0; }
)",
                            "-g -O0 -Wno-unused-command-line-argument");
  ASSERT_TRUE(object) << object.error().text();
  auto btf = open(*object);
  ASSERT_TRUE(btf) << btf.error().text();
  expect_same(**btf);
}

}  // namespace
}  // namespace bpfcheck::btf
