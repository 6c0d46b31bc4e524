// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See retval_range.h.
#include "verifier_sim/program/retval_range.h"

#include "kernel_db/lsm_hooks.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

bool returns_void(const Program& prog) { return !prog.attach_btf->type(prog.attach_func_proto).type(); }

bool is_lsm_mac(const Program& prog) {
  return prog.type == ProgType::LSM && prog.expected_attach_type == static_cast<u32>(AttachType::LSM_MAC);
}

bool get_func_retval_range(const Program& prog, RetvalRange* range) {
  if (!is_lsm_mac(prog) || returns_void(prog) || !prog.target.has(Feature::lsm_result_ranges)) return false;
  *range = lsm_hook_has(prog.target, prog.attach_func_name, LsmHook::boolean) ? RetvalRange{0, 1}
                                                                              : RetvalRange{-MAX_ERRNO, 0};
  return true;
}

}  // namespace bpfcheck::sim
