// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Calls of helper functions (check_helper_call and its checks of arguments, maps and results:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "kernel_db/helper_ids.h"
#include "verifier_sim/memory/call_meta.h"

namespace bpfcheck::sim {

/// The instruction that comes next: behind a tail call it is the caller's.
Expected<u32> check_helper_call(Env& env, const Insn* insn);
Stop check_func_arg(Env& env, u32 arg, CallMeta* meta, const HelperProto* fn);
/// The register's type is one that this argument takes; `wanted_id`: the structure of vmlinux, for kernel objects.
Stop check_reg_type(Env& env, u32 regno, u32 arg_type, u32 wanted_id, const CallMeta& meta);
/// The register's offset is one with which this argument may be passed.
Stop check_func_arg_reg_off(Env& env, const Reg* reg, u32 regno, u32 arg_type);
/// The helper may be called with this map; 0 or the refusal.
Stop check_map_func_compatibility(Env& env, const Map* map, u32 func_id);

/// The index of a tail call cannot be masked against speculation where paths come with different maps (do_misc_fixups).
Stop check_tail_call_maps(Env& env);

}  // namespace bpfcheck::sim
