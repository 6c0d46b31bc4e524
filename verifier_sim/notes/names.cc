// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See names.h.
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {

std::string_view dynptr_type_str(DynptrType type) {
  constexpr std::string_view names[] = {"<invalid>", "local", "ringbuf", "skb", "xdp", "skb_meta"};
  return names[static_cast<size_t>(type)];
}

std::string iter_type_str(const btf::Btf& btf, u32 btf_id) {
  std::string_view name = btf.type(btf_id).name();
  return name.starts_with(iter_prefix) ? std::string(name.substr(iter_prefix.size())) : "<invalid>";
}

}  // namespace bpfcheck::sim
