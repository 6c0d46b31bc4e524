// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See names.h.
#include "verifier_sim/notes/names.h"

#include <fmt/format.h>

namespace bpfcheck::sim {
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

}  // namespace

std::string reg_type_str(u32 type) {
  std::string s;
  for (const FlagName& f : flag_names)
    if (type & f.flag) s += f.name;
  const u32 base = base_type(type);
  s += base < std::size(base_names) ? base_names[base] : "?";
  if (type & PTR_MAYBE_NULL) s += base == PTR_TO_BTF_ID ? "or_null_" : "_or_null";
  return s;
}

std::string_view dynptr_type_str(DynptrType type) {
  constexpr std::string_view names[] = {"<invalid>", "local", "ringbuf", "skb", "xdp", "skb_meta"};
  return names[static_cast<size_t>(type)];
}

std::string iter_type_str(const btf::Btf& btf, u32 btf_id) {
  std::string_view name = btf.type(btf_id).name();
  return name.starts_with(iter_prefix) ? std::string(name.substr(iter_prefix.size())) : "<invalid>";
}

std::string tnum_strn(Tnum t) {
  constexpr u64 largest_decimal = 0xffff;
  if (t.mask == 0) return t.value <= largest_decimal ? fmt::format("{}", t.value) : fmt::format("{:#x}", t.value);
  return fmt::format("({}; {:#x})", t.value ? fmt::format("{:#x}", t.value) : "0x0", t.mask);
}

}  // namespace bpfcheck::sim
