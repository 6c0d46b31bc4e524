// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See buffer.h.
#include "verifier_sim/memory/buffer.h"

#include "verifier_sim/log/names.h"

namespace bpfcheck::sim {
namespace {

int check_buffer_access_raw(Env& env, const char* buf_info, const Reg* reg, int regno, int off, int size) {
  if (off < 0) return env.reject(Msg::BufferNegativeOffset, regno, buf_info, off, size);
  if (!reg->var_off.equals_const(0)) return env.reject(Msg::BufferVariableOffset, regno, off, tnum_strn(reg->var_off));
  return 0;
}

void remember_end(u32* max_access, int off, int size) {
  const u32 end = static_cast<u32>(off) + static_cast<u32>(size);
  if (end > *max_access) *max_access = end;
}

}  // namespace

int check_tp_buffer_access(Env& env, const Reg* reg, int regno, int off, int size) {
  if (int err = check_buffer_access_raw(env, "tracepoint", reg, regno, off, size)) return err;
  remember_end(&env.max_tp_access, off, size);
  return 0;
}

int check_buffer_access(Env& env, const Reg* reg, int regno, int off, int size, bool /*zero_size_allowed*/,
                        u32* max_access) {
  const char* buf_info = reg->type & MEM_RDONLY ? "rdonly" : "rdwr";
  if (int err = check_buffer_access_raw(env, buf_info, reg, regno, off, size)) return err;
  remember_end(max_access, off, size);
  return 0;
}

}  // namespace bpfcheck::sim
