// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See flow_keys.h.
#include "verifier_sim/memory/flow_keys.h"

namespace bpfcheck::sim {
namespace {

constexpr u64 flow_keys_size = 56;  // struct bpf_flow_keys, include/uapi/linux/bpf.h

}  // namespace

int check_flow_keys_access(Env& env, int off, int size) {
  if (size < 0 || off < 0 || static_cast<u64>(off) + static_cast<u64>(size) > flow_keys_size)
    return env.reject(Msg::FlowKeysBounds, off, size);
  return 0;
}

}  // namespace bpfcheck::sim
