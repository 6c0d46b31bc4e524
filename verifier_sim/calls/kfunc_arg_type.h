// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a kernel function's parameter asks for, by its type and by the suffix of its name (get_kfunc_ptr_arg_type,
// is_kfunc_arg_*: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/program/kfunc_meta.h"

namespace bpfcheck::sim {

/// Kinds of pointer arguments (enum kfunc_ptr_arg_type).
enum class KfuncPtrArg : u8 {
  Ctx,
  AllocBtfId,
  RefcountedKptr,
  Dynptr,
  Iter,
  ListHead,
  ListNode,
  BtfId,
  Mem,
  MemSize,
  Callback,
  RbRoot,
  RbNode,
  Null,
  ConstStr,
  MapPtr,
  Workqueue,
  IrqFlag,
  ResSpinLock,
  TaskWork,
};

/// A parameter: its type without modifiers and, of a pointer, what it points to.
struct KfuncParam {
  const btf::Btf* btf;
  std::string_view name;
  btf::Type type, pointee;

  KfuncParam(const KfuncMeta& meta, u32 argno);
  bool has_suffix(std::string_view suffix) const { return name.size() > suffix.size() && name.ends_with(suffix); }
  bool is_scalar() const { return type.is(btf::Kind::Int) || type.is(btf::Kind::Enum); }
  bool is_nullable() const { return has_suffix("__nullable"); }
  bool is_uninit() const { return has_suffix("__uninit"); }
  bool is_optional() const { return has_suffix("__opt"); }
  bool is_const_mem_size() const { return is_scalar() && has_suffix("__szk"); }
};

Expected<KfuncPtrArg> get_kfunc_ptr_arg_type(Env& env, const KfuncMeta* meta, const KfuncParam& param, u32 argno);

/// A structure of scalars, arrays of scalars and such structures.
bool btf_type_is_scalar_struct(Env& env, const btf::Btf& btf, btf::Type t, int depth = 0);

/// The kernel structure that a register type stands for without saying so; "" for every other type (reg2btf_ids).
std::string_view reg2btf_name(u32 reg_type);

}  // namespace bpfcheck::sim
