// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See type_names.h. Up to 5.16 a type was one of a list that held the combinations in use; then base types with flags
// came, of which up to 6.1 the last one alone was shown.
#include "kernel_db/type_names.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string_view>

#include "kernel_db/intervals.h"
#include "kernel_db/target.h"
#include "kernel_db/types.h"

namespace bpfcheck {
namespace {

constexpr std::string_view base_names[] = {"?",           "scalar",   "ctx",       "map_ptr",   "map_value", "map_key",
                                           "fp",          "pkt_meta", "pkt",       "pkt_end",   "flow_keys", "sock",
                                           "sock_common", "tcp_sock", "tp_buffer", "xdp_sock",  "ptr_",      "mem",
                                           "arena",       "buf",      "func",      "dynptr_ptr"};
struct FlagName {
  u32 flag;
  std::string_view name;
};
constexpr FlagName flag_names[] = {{MEM_RDONLY, "rdonly_"},  {MEM_RINGBUF, "ringbuf_"}, {MEM_USER, "user_"},
                                   {MEM_PERCPU, "percpu_"},  {MEM_RCU, "rcu_"},         {PTR_UNTRUSTED, "untrusted_"},
                                   {PTR_TRUSTED, "trusted_"}};
/// Flags of types that came with the spelling of all flags.
constexpr u32 unknown_to_older = PTR_TRUSTED | MEM_RCU;
/// Of which the last is shown: the memory of a ring buffer was the only one that is allocated.
constexpr FlagName older_flag_names[] = {{MEM_RDONLY, "rdonly_"},
                                         {MEM_RINGBUF, "alloc_"},
                                         {MEM_USER, "user_"},
                                         {MEM_PERCPU, "percpu_"},
                                         {PTR_UNTRUSTED, "untrusted_"}};

constexpr Intervals all_flags("6.2"), one_flag("5.17 5.15.37"), scalar_named("5.18"), plain_constants("6.8"),
    signed_constants("7.1");

std::string listed_prefix(u32 type) {
  if (base_type(type) == PTR_TO_BUF) return type & MEM_RDONLY ? "rdonly_" : "rdwr_";
  return base_type(type) == PTR_TO_BTF_ID && (type & MEM_PERCPU) ? "percpu_" : "";
}

}  // namespace

TypeNames::TypeNames(const Target& target)
    : prefixes_(holds_at_end(all_flags, target)  ? Prefixes::all
                : holds_at_end(one_flag, target) ? Prefixes::last
                                                 : Prefixes::listed),
      inv_(!holds_at_end(scalar_named, target)),
      constants_(holds_at_end(signed_constants, target)  ? Constants::number
                 : holds_at_end(plain_constants, target) ? Constants::unsigned_number
                                                         : Constants::bits) {}

std::string TypeNames::of(u32 type) const {
  std::string s;
  if (prefixes_ == Prefixes::all) {
    for (const FlagName& f : flag_names)
      if (type & f.flag) s += f.name;
  } else if (prefixes_ == Prefixes::last) {
    for (const FlagName& f : older_flag_names)
      if (type & f.flag) s = f.name;
  } else {
    s = listed_prefix(type);
  }
  const u32 base = base_type(type);
  s += base >= std::size(base_names) ? "?" : base == SCALAR_VALUE && inv_ ? "inv" : base_names[base];
  if (type & PTR_MAYBE_NULL) s += base == PTR_TO_BTF_ID ? "or_null_" : "_or_null";
  return s;
}

std::string TypeNames::of(const RegTypes& types) const {
  if (types.types.size() == 1) return of(types.types[0]);
  std::string s;
  auto put = [&](const std::string& name) {
    if (!name.empty()) s += (s.empty() ? "" : ", ") + name;
  };
  for (const u32 t : types.types) {
    if (prefixes_ == Prefixes::listed && (t == PTR_TO_MAP_KEY || (t & MEM_RINGBUF))) continue;
    if (prefixes_ == Prefixes::listed && t == PTR_TO_BUF) put(of(PTR_TO_BUF | MEM_RDONLY));
    if (prefixes_ == Prefixes::all || !(t & unknown_to_older)) put(of(t));
  }
  return s;
}

std::string TypeNames::of(const TrackedBits& bits) const {
  constexpr u64 largest_decimal = UINT16_MAX;
  const auto number = static_cast<s64>(bits.value);
  if (bits.mask == 0 && constants_ == Constants::number && number < 0 && number >= INT16_MIN)
    return fmt::format("{}", number);
  if (bits.mask == 0 && constants_ != Constants::bits)
    return bits.value <= largest_decimal ? fmt::format("{}", bits.value) : fmt::format("{:#x}", bits.value);
  return fmt::format("({:#x}; {:#x})", bits.value, bits.mask);
}

}  // namespace bpfcheck
