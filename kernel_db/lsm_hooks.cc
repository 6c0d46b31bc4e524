// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See lsm_hooks.h.
#include "kernel_db/lsm_hooks.h"

#include <algorithm>
#include <utility>

namespace bpfcheck {
namespace {

constexpr std::pair<std::string_view, LsmHook> hooks[] = {
#define LSM_HOOK(function, property) {#function, LsmHook::property},
#include "kernel_db/lsm_hooks.def"
#undef LSM_HOOK
};

}  // namespace

bool lsm_hook_has(std::string_view function, LsmHook property) {
  return std::ranges::find(hooks, std::pair(function, property)) != std::end(hooks);
}

bool lsm_hook_sleepable(const Target& target, std::string_view function) {
  return lsm_hook_has(function, LsmHook::sleepable) ||
         (lsm_hook_has(function, LsmHook::once_sleepable) && !target.has(Feature::sleepable_hooks_fixed));
}

}  // namespace bpfcheck
