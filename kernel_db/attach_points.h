// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known of kernel functions as attach targets (attach_points.def), of raw tracepoints' arguments and of
// iterators.
#pragma once

#include <span>
#include <string_view>

#include "kernel_db/target.h"
#include "kernel_db/types.h"

namespace bpfcheck {

enum class AttachPoint : u8 { denied, noreturn, injectable, unsleepable, modifiable, modifiable_sleepable, d_path };

bool attach_point_is(const Target& target, std::string_view function, AttachPoint property);
/// The entry of a system call, by the names that each architecture gives it.
bool is_system_call(std::string_view function);
/// within_error_injection_list: system calls and the functions that are listed, where the kernel has error injection.
bool error_injectable(const Target& target, std::string_view function);

/// Pointer arguments of a raw tracepoint that may be no valid pointer (raw_tp_null_args: kernel/bpf/btf.c, 6.18).
struct RawTpArg {
  bool maybe_null = false, maybe_error = false;
};
RawTpArg raw_tp_arg(std::string_view tracepoint, u32 arg);
bool raw_tp_listed(std::string_view tracepoint);

/// An argument of an iterator's program that is not simply a trusted pointer (ctx_arg_info of struct bpf_iter_reg).
struct IterArg {
  std::string_view target;
  u32 arg;
  u32 reg_type;
  std::string_view btf_struct;
};
bool iter_target_known(std::string_view target);
std::span<const IterArg> iter_args();

}  // namespace bpfcheck
