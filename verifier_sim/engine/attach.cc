// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See attach.h. Program types that attach by BTF are not modelled yet.
#include "verifier_sim/engine/attach.h"

namespace bpfcheck::sim {

int check_attach_btf_id(Env& env) {
  using enum ProgType;
  switch (env.prog.type) {
    case SYSCALL: return env.sleepable ? 0 : env.reject(Msg::SyscallNotSleepable);
    case TRACING: case LSM: case STRUCT_OPS: case EXT: return env.unsupported(std::string(prog_type_name(env.prog.type)) + " programs");
    default: break;
  }
  if (env.sleepable && env.prog.type != KPROBE) return env.reject(Msg::CannotBeSleepable);
  return 0;
}

}  // namespace bpfcheck::sim
