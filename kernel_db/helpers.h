// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The helper functions: prototypes, and which program type may call which (helpers.def, availability.def).
#pragma once

#include <array>
#include <string_view>

#include "kernel_db/target.h"
#include "kernel_db/types.h"
#include "kernel_db/uapi.h"

namespace bpfcheck {

/// What struct bpf_func_proto says (include/linux/bpf.h, 6.18).
struct HelperProto {
  u32 id = 0;               ///< BPF_FUNC_x
  std::string_view symbol;  ///< the kernel's proto variable, e.g. "bpf_skb_event_output_proto"
  bool gpl_only = false, pkt_access = false, might_sleep = false, allow_fastcall = false;
  u32 ret = RET_INTEGER;                      ///< RetType | TypeFlag
  std::array<u32, 5> arg{};                   ///< ArgType | TypeFlag
  std::array<u32, 5> arg_size{};              ///< bytes, for MEM_FIXED_SIZE
  std::array<std::string_view, 5> arg_btf{};  ///< struct name, for ARG_PTR_TO_BTF_ID; "" where the kernel gives none
  std::string_view ret_btf;                   ///< struct name, for RET_PTR_TO_BTF_ID and RET_PTR_TO_MEM_OR_BTF_ID
  bool has_allowed_check = false;             ///< .allowed is set (bpf_d_path): checked by symbol
};

/// The facts about a program by which get_func_proto of its type decides.
struct HelperContext {
  ProgType type;  ///< already resolved: an extension has its target's
  u32 expected_attach_type = 0;
  bool sleepable = false;
  std::string_view attach_func;  ///< tracing and LSM: name of the attach target ("" otherwise)
  std::string_view struct_ops;   ///< name of the struct_ops type ("tcp_congestion_ops")
  std::string_view struct_ops_member;
};

/// Name without prefix ("map_lookup_elem"); "" for a number that no known kernel has.
std::string_view helper_name(u32 id);
/// One past the highest helper number known.
u32 helper_count();

/// The tables as they are on one target: built once, into Target::helpers.
std::shared_ptr<const HelperTable> helper_table_of(const Target& target);

/// One past the highest helper number that the target's BTF lists.
u32 helper_count_of(const Target& target);

/// The prototype that this program gets for helper `id` on `target`, as the get_func_proto of its program type answers;
/// nullptr where the kernel would say that the program type cannot use it. A helper that the target's BTF does not list
/// (enum bpf_func_id) has none.
const HelperProto* helper_proto(const Target& target, const HelperContext& ctx, u32 id);

}  // namespace bpfcheck
