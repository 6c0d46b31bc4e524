// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See helper_protos.h. A prototype that names no helper, or a row that names no prototype, does not compile.
#include "kernel_db/helper_protos.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernel_db/when.h"

namespace bpfcheck {
namespace {

enum ProtoFlag : u32 { gpl_only = 1, pkt_access = 2, might_sleep = 4, allow_fastcall = 8, allowed = 16 };

consteval HelperProto make_proto(std::string_view symbol, u32 id, u32 flags, u32 ret, std::string_view ret_btf,
                                 std::initializer_list<u32> args, std::initializer_list<u32> sizes,
                                 std::initializer_list<std::string_view> btfs) {
  HelperProto p;
  p.id = id;
  p.symbol = symbol;
  p.gpl_only = flags & gpl_only;
  p.pkt_access = flags & pkt_access;
  p.might_sleep = flags & might_sleep;
  p.allow_fastcall = flags & allow_fastcall;
  p.has_allowed_check = flags & allowed;
  p.ret = ret;
  p.ret_btf = ret_btf;
  std::ranges::copy(args, p.arg.begin());
  std::ranges::copy(sizes, p.arg_size.begin());
  std::ranges::copy(btfs, p.arg_btf.begin());
  return p;
}

constexpr HelperProto protos[] = {
#define BRACED(...) {__VA_ARGS__}
#define PROTO(symbol, helper, flags, ret, ret_btf, args, sizes, btfs) \
  make_proto(#symbol, func::helper, flags, ret, ret_btf, BRACED args, BRACED sizes, BRACED btfs),
#include "kernel_db/helpers.def"
#undef PROTO
#undef BRACED
};
constexpr size_t proto_count = static_cast<size_t>(ProtoId::count);
static_assert(std::size(protos) == proto_count);

consteval bool sizes_are_of_fixed_memory() {
  for (const HelperProto& p : protos)
    for (size_t i = 0; i < p.arg.size(); i++)
      if (((p.arg[i] & MEM_FIXED_SIZE) != 0) != (p.arg_size[i] != 0)) return false;
  return true;
}
static_assert(sizes_are_of_fixed_memory(), "fixed memory has a size, and nothing else has");

consteval bool takes(const HelperProto& p, u32 type) {
  return std::ranges::any_of(p.arg, [=](u32 arg) { return base_type(arg) == type; });
}
consteval bool traits_have_their_arguments() {
  for (const HelperProto& p : protos) {
    if (func::does(p.id, func::records_map) && !takes(p, ARG_CONST_MAP_PTR)) return false;
    if (func::does(p.id, func::writes_map) && !func::does(p.id, func::records_map)) return false;
    if (func::does(p.id, func::calls_back | func::calls_back_later) && !takes(p, ARG_PTR_TO_FUNC)) return false;
    if (func::does(p.id, func::acquires | func::shares_reference) && base_type(p.ret) <= RET_VOID) return false;
  }
  return true;
}
static_assert(traits_have_their_arguments(), "a helper does what its arguments and its result do not allow");

struct OlderArg {
  ProtoId proto;
  size_t number;
  u32 type;
  When when;
};
constexpr OlderArg older_args[] = {
#define OLDER_ARG(proto, number, type, ...) {ProtoId::proto, number, type, __VA_ARGS__},
#define SLEEPS(proto, ...)
#include "kernel_db/older_args.def"
#undef SLEEPS
#undef OLDER_ARG
};
struct Sleeps {
  ProtoId proto;
  When when;
};
constexpr Sleeps sleeping[] = {
#define OLDER_ARG(proto, number, type, ...)
#define SLEEPS(proto, ...) {ProtoId::proto, __VA_ARGS__},
#include "kernel_db/older_args.def"
#undef SLEEPS
#undef OLDER_ARG
};

struct FuncRow {
  ProtoId proto;
  std::string_view function;
};
constexpr FuncRow func_rows[] = {
#define HELPER_FUNC(proto, function) {ProtoId::proto, #function},
#include "kernel_db/helper_funcs.def"
#undef HELPER_FUNC
};

/// The function behind a prototype; "" for the tail call, which has none.
std::string func_of(size_t proto) {
  for (const FuncRow& r : func_rows)
    if (static_cast<size_t>(r.proto) == proto) return std::string(r.function);
  constexpr std::string_view suffix = "_proto";
  std::string name(protos[proto].symbol);
  if (auto at = name.find(suffix); at != std::string::npos) name.erase(at, suffix.size());
  return name;
}

}  // namespace

std::vector<HelperProto> helper_protos_of(const Target& target) {
  std::vector<HelperProto> out(std::begin(protos), std::end(protos));
  for (const OlderArg& o : older_args)
    if (o.when.holds(target)) out[static_cast<size_t>(o.proto)].arg[o.number - 1] = o.type;
  for (const Sleeps& o : sleeping)
    if (o.when.holds(target)) out[static_cast<size_t>(o.proto)].might_sleep = true;
  return out;
}

std::vector<bool> helper_protos_built_in(const Target& target) {
  constexpr std::string_view never_traced = "bpf_spin_lock";
  std::vector<bool> out(proto_count, true);
  if (!target.has_func(never_traced)) return out;
  for (size_t i = 0; i < proto_count; i++) {
    const std::string func = func_of(i);
    out[i] = func.empty() || target.has_func(func);
  }
  return out;
}

}  // namespace bpfcheck
