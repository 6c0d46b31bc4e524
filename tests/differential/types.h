// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The BTF that generated programs carry: the prototypes that their functions may have, and the types of map values.
#pragma once

#include <span>

#include "btf/btf.h"

namespace bpfcheck::differential {

/// What a function is, by its BTF. Names and prototypes: types.cc.
enum class Func : u8 {
  main,
  subprog_1,
  subprog_2,
  subprog_3,
  loop_callback,
  element_callback,
  global_number,
  global_object,
  global_context,
  count
};

/// Raw BTF, as BPF_BTF_LOAD takes it.
std::span<const u8> raw_types();
const btf::BtfPtr& types();
/// Type id of the FUNC.
u32 func_type_id(Func f);

/// Types of the map "locked": its key and its value, which begins with a spin lock.
u32 key_type_id();
u32 locked_type_id();
inline constexpr u32 locked_size = 24, object_size = 16;

}  // namespace bpfcheck::differential
