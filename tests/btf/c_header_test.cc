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

/// Flavours that the header had to make, "foo___2", with "struct " or the like before them; "" before others' names.
std::set<std::string> flavours(const std::string& header) {
  auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  std::set<std::string> found;
  for (size_t at = header.find("___"); at != std::string::npos; at = header.find("___", at + 3)) {
    size_t begin = at, end = at;
    while (begin > 0 && word(header[begin - 1])) begin--;
    while (end < header.size() && word(header[end])) end++;
    found.insert(header.substr(begin, end - begin));
    for (const char* keyword : {"struct ", "union ", "enum "})
      if (const std::string_view k = keyword; begin >= k.size() && header.compare(begin - k.size(), k.size(), k) == 0)
        found.insert(keyword + header.substr(begin, end - begin));
  }
  return found;
}

const char* keyword_of(Type t) { return t.is_any_enum() ? "enum " : t.is(Kind::Union) ? "union " : t.is(Kind::Struct) ? "struct " : ""; }

bool is_checked(Type t) { return !t.name().empty() && (t.is_composite() || (t.is_any_enum() && t.vlen()) || t.is(Kind::Typedef)); }

/// A pointer to each named type, so that clang describes it.
std::string uses_of_all(const Btf& btf, const std::string& header) {
  const auto made = flavours(header);
  std::set<std::string> used;
  for (u32 id = 1; id < btf.type_count(); id++) {
    Type t = btf.type(id);
    if (!is_checked(t) || !btf.has(id)) continue;
    const std::string plain = keyword_of(t) + std::string(t.name());
    if (t.name() != "__builtin_va_list") used.insert(plain);
    for (int n = 2; n < 200; n++)
      if (std::string other = fmt::format("{}___{}", plain, n); made.contains(other)) used.insert(other);
      else if (n > 4) break;
  }
  std::string text;
  int n = 0;
  for (const std::string& name : used) text += fmt::format("{} *v{};\n", name, n++);
  return text;
}

/// Lone anonymous enums get a variable, which they need to be described.
std::string with_variables(std::string header) {
  int n = 0;
  for (size_t at = header.find("\nenum {"); at != std::string::npos; at = header.find("\nenum {", at + 1))
    header.insert(header.find(";\n", header.find("\n}", at)), fmt::format(" e{}", n++));
  return header;
}

void expect_same(const Btf& original) {
  auto header = c_header(original);
  ASSERT_TRUE(header) << header.error().text();
  auto char_id = original.find("char", Kind::Int);
  const bool plain_char_unsigned = char_id && !original.type(*char_id).int_is_signed();
  const std::string text = with_variables(*header) + uses_of_all(original, *header);
  auto object = compile_bpf(text, std::string("-g -O0 -Werror ") + (plain_char_unsigned ? "-funsigned-char" : "") +
                                      (original.endian() == Endian::big ? " -target bpfeb" : " -target bpfel"));
  ASSERT_TRUE(object) << object.error().text();
  auto compiled = open(*object);
  ASSERT_TRUE(compiled) << compiled.error().text();
  int compared = 0, wrong = 0;
  for (u32 id = 1; id < original.type_count(); id++) {
    Type t = original.type(id);
    if (!is_checked(t)) continue;
    compared++;
    std::string why = "not there";
    bool found = false;
    const std::string name(t.name());
    std::vector<u32> candidates = (*compiled)->find_all(name);
    for (int n = 2; n < 200; n++) {
      auto more = (*compiled)->find_all(fmt::format("{}___{}", name, n));
      if (more.empty() && n > 4) break;
      candidates.insert(candidates.end(), more.begin(), more.end());
    }
    for (u32 c : candidates) {
      SameTypes same(original, **compiled);
      if ((found = same.same(id, c))) break;
      why = same.difference();
    }
    if (!found && ++wrong < 20) ADD_FAILURE() << original.origin() << ": [" << id << "] " << kind_name(t.kind()) << " " << name << ": " << why;
  }
  EXPECT_EQ(wrong, 0) << "of " << compared;
}

TEST(CHeader, EveryTypeOfAKernelComesBackFromTheCompiler) {
  if (!test::have_clang()) GTEST_SKIP() << "no clang";
  auto btf = open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(btf);
  expect_same(**btf);
}

TEST(CHeader, EveryTypeOfFurtherKernels) {
  const char* files = std::getenv("BPFCHECK_TEST_BTF");
  if (!files || !test::have_clang()) GTEST_SKIP() << "BPFCHECK_TEST_BTF names no file";
  for (std::string_view rest = files; !rest.empty();) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    auto btf = open(std::string(rest.substr(0, colon)));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    ASSERT_TRUE(btf) << btf.error().text();
    expect_same(**btf);
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
)", "-g -O0 -Wno-unused-command-line-argument");
  ASSERT_TRUE(object) << object.error().text();
  auto btf = open(*object);
  ASSERT_TRUE(btf) << btf.error().text();
  expect_same(**btf);
}

}  // namespace
}  // namespace bpfcheck::btf
