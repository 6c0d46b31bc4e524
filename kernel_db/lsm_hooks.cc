// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See lsm_hooks.h.
#include "kernel_db/lsm_hooks.h"

#include <algorithm>

#include "kernel_db/when.h"

namespace bpfcheck {
namespace {

struct HookRow {
  std::string_view function;
  LsmHook property;
  When when;
};
constexpr HookRow hooks[] = {
#define LSM_HOOK(function, property, ...) {#function, LsmHook::property, When{__VA_ARGS__}},
#include "kernel_db/lsm_hooks.def"
#undef LSM_HOOK
};

}  // namespace

bool lsm_hook_has(const Target& target, std::string_view function, LsmHook property) {
  return std::ranges::any_of(hooks, [&](const HookRow& h) {
    return h.property == property && h.function == function && h.when.holds(target);
  });
}

}  // namespace bpfcheck
