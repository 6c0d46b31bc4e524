// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Timers, work queues and task work: fields of map values that helpers and kernel functions are given by address
// (check_map_field_pointer, process_timer_func, process_wq_func, process_task_work_func: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/memory/call_meta.h"
#include "verifier_sim/program/kfunc_meta.h"

namespace bpfcheck::sim {

/// Remembers the map, so that a map given besides can be held against it.
Stop process_timer_func(Env& env, u32 regno, CallMeta* meta);
/// FIELD_WORKQUEUE or FIELD_TASK_WORK.
Stop process_async_field(Env& env, u32 regno, KfuncMeta* meta, FieldType field);

}  // namespace bpfcheck::sim
