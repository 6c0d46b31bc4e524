// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel functions that the verifier treats by themselves, and what they do (special_kfuncs.def).
#pragma once

#include "base/types.h"

namespace bpfcheck {

enum class SpecialKfunc : u8 {
  none,
#define SPECIAL_KFUNC(name, ...) name,
#include "kernel_db/special_kfuncs.def"
#undef SPECIAL_KFUNC
};

/// What such a function does that its flags do not tell (is_sync_callback_calling_kfunc, is_bpf_list_api_kfunc and
/// their like: kernel/bpf/verifier.c, 6.18).
namespace kfunc {
enum Trait : u16 {
  calls_back = 1,        ///< it runs a function of the program before it returns, ...
  calls_back_later = 2,  ///< ... or later
  changes_packet = 4,    ///< pointers into the packet are lost
  of_list = 8,           ///< it works on a list, ...
  of_tree = 16,          ///< ... or on a red-black tree
  gives_away = 32,       ///< an argument goes to such a collection
  allocates = 64,        ///< its result is a new object
  drops = 128,           ///< it frees an object
  locks = 256,           ///< it takes a resilient lock, ...
  unlocks = 512,         ///< ... or gives one back
  saves_irq = 1024,      ///< it keeps interrupts out, ...
  restores_irq = 2048,   ///< ... or lets them in again
  slices = 4096,         ///< its result is a part of a dynptr's memory
};
inline constexpr u16 traits[] = {
    0,
#define SPECIAL_KFUNC(name, ...) u16{0 __VA_OPT__(| (__VA_ARGS__))},
#include "kernel_db/special_kfuncs.def"
#undef SPECIAL_KFUNC
};
constexpr bool does(SpecialKfunc k, u16 trait) { return traits[static_cast<u8>(k)] & trait; }
}  // namespace kfunc

}  // namespace bpfcheck
