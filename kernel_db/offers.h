// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a kernel offers to whoever loads programs, as its BTF lists it: a type that the enumeration of that kernel lacks
// cannot be loaded there, whatever any table of ours says.
//
// Program types: enum bpf_prog_type, and struct bpf_ctx_convert, which has a member for each type whose code is built
// in (include/linux/bpf_types.h as the kernel's configuration cuts it). Map and attach types: their enumerations alone.
// Flags of BPF_PROG_LOAD are no enumerators: the member of the verifier's structures that a flag sets tells.
#pragma once

#include <bitset>

#include "btf/btf.h"
#include "kernel_db/uapi.h"

namespace bpfcheck {

struct Offers {
  static constexpr size_t most_types = 128;
  using Types = std::bitset<most_types>;

  Types prog_types = Types{}.set(), map_types = Types{}.set(), attach_types = Types{}.set();
  u32 prog_flags = ~u32{0};          ///< ProgFlag bits that BPF_PROG_LOAD knows
  bool prog_types_built_in = false;  ///< prog_types says what is built in, not only what is numbered

  bool has(ProgType t) const { return in(prog_types, static_cast<u32>(t)); }
  bool has(MapType t) const { return in(map_types, static_cast<u32>(t)); }
  bool has(AttachType t) const { return in(attach_types, static_cast<u32>(t)); }

 private:
  static bool in(const Types& types, u32 number) { return number < most_types && types[number]; }
};

/// What a BTF does not list at all (it was stripped) is taken as offered.
Offers offers_of(const btf::Btf& vmlinux);

}  // namespace bpfcheck
