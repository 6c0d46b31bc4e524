// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/types.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

namespace bpfcheck::differential {
namespace {

using btf::Kind;

struct Blob_ {
  std::vector<u8> raw;
  std::array<u32, static_cast<size_t>(Func::count)> func{};
  u32 key = 0, locked = 0;
};

class Writer {
 public:
  struct Part {
    const char* name;
    u32 type;
    u32 extra;
  };  ///< a member (bits) or a parameter

  u32 type(Kind kind, const char* name, u32 vlen, u32 size_or_type, std::initializer_list<u32> words = {}) {
    put({string(name), (static_cast<u32>(kind) << 24) | vlen, size_or_type});
    put(words);
    return ++last_;
  }
  u32 structure(const char* name, u32 size, std::initializer_list<Part> members) {
    u32 id = type(Kind::Struct, name, static_cast<u32>(members.size()), size);
    for (const Part& m : members) put({string(m.name), m.type, m.extra});
    return id;
  }
  u32 pointer(u32 to) { return type(Kind::Ptr, "", 0, to); }
  u32 function(const char* name, u32 ret, btf::Linkage linkage, std::initializer_list<Part> params) {
    u32 proto = type(Kind::FuncProto, "", static_cast<u32>(params.size()), ret);
    for (const Part& p : params) put({string(p.name), p.type});
    return type(Kind::Func, name, static_cast<u32>(linkage), proto);
  }
  std::vector<u8> finish() {
    const auto types_len = static_cast<u32>(words_.size() * 4), strings_len = static_cast<u32>(strings_.size());
    std::vector<u32> header = {0x0001eb9f, 24, 0, types_len, types_len, strings_len};  // magic 0xeb9f, version 1
    std::vector<u8> raw(24 + types_len + strings_len);
    std::memcpy(raw.data(), header.data(), 24);
    std::memcpy(raw.data() + 24, words_.data(), types_len);
    std::memcpy(raw.data() + 24 + types_len, strings_.data(), strings_len);
    return raw;
  }

 private:
  void put(std::initializer_list<u32> words) { words_.insert(words_.end(), words); }
  u32 string(const char* s) {
    if (!*s) return 0;
    const auto at = static_cast<u32>(strings_.size());
    strings_ += s;
    strings_ += '\0';
    return at;
  }
  std::vector<u32> words_;
  std::string strings_ = std::string(1, '\0');
  u32 last_ = 0;
};

Blob_ build() {
  using btf::Linkage;
  Blob_ b;
  Writer w;
  auto set = [&](Func f, u32 id) { b.func[static_cast<size_t>(f)] = id; };
  const u32 int_ = w.type(Kind::Int, "int", 0, 4, {(u32{btf::int_signed} << 24) | 32});
  const u32 u32_ = w.type(Kind::Int, "unsigned int", 0, 4, {32});
  const u32 u64_ = w.type(Kind::Int, "unsigned long long", 0, 8, {64});
  const u32 any = w.pointer(0);
  const u32 object = w.pointer(w.structure("object", object_size, {{"a", u64_, 0}, {"b", u32_, 64}, {"c", u32_, 96}}));
  const u32 context = w.pointer(w.structure("__sk_buff", 0, {}));
  set(Func::main, w.function("entry", int_, Linkage::Global, {{"ctx", any, 0}}));
  set(Func::subprog_1, w.function("subprog_1", int_, Linkage::Static, {{"a", int_, 0}}));
  set(Func::subprog_2, w.function("subprog_2", u64_, Linkage::Static, {{"a", u64_, 0}, {"b", any, 0}}));
  set(Func::subprog_3, w.function("subprog_3", int_, Linkage::Static,
                                  {{"a", object, 0}, {"b", int_, 0}, {"c", u64_, 0}, {"d", any, 0}, {"e", int_, 0}}));
  set(Func::loop_callback, w.function("loop_callback", int_, Linkage::Static, {{"i", u32_, 0}, {"data", any, 0}}));
  set(Func::element_callback, w.function("element_callback", int_, Linkage::Static,
                                         {{"map", any, 0}, {"key", any, 0}, {"value", any, 0}, {"data", any, 0}}));
  set(Func::global_number, w.function("global_number", int_, Linkage::Global, {{"a", int_, 0}, {"b", u64_, 0}}));
  set(Func::global_object, w.function("global_object", int_, Linkage::Global, {{"a", object, 0}, {"b", int_, 0}}));
  set(Func::global_context, w.function("global_context", int_, Linkage::Global, {{"ctx", context, 0}}));
  b.key = u32_;
  const u32 lock = w.structure("bpf_spin_lock", 4, {{"val", u32_, 0}});
  b.locked =
      w.structure("locked", locked_size, {{"lock", lock, 0}, {"a", u32_, 32}, {"b", u64_, 64}, {"c", u64_, 128}});
  b.raw = w.finish();
  return b;
}

const Blob_& blob() {
  static const Blob_ b = build();
  return b;
}

}  // namespace

std::span<const u8> raw_types() { return blob().raw; }

const btf::BtfPtr& types() {
  static const btf::BtfPtr parsed = [] {
    auto r = btf::Btf::parse(Blob::own(std::vector<u8>(blob().raw)), {.origin = "generated types"});
    if (!r) std::abort();
    return *r;
  }();
  return parsed;
}

u32 func_type_id(Func f) { return blob().func[static_cast<size_t>(f)]; }
u32 key_type_id() { return blob().key; }
u32 locked_type_id() { return blob().locked; }

}  // namespace bpfcheck::differential
