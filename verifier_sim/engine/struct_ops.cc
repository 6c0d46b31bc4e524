// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See struct_ops.h.
#include "verifier_sim/engine/struct_ops.h"

namespace bpfcheck::sim {

int check_struct_ops_btf_id(Env& env) { return env.unsupported("struct_ops programs"); }

}  // namespace bpfcheck::sim
