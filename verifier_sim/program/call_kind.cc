// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See call_kind.h.
#include "verifier_sim/program/call_kind.h"

#include "kernel_db/helper_ids.h"

namespace bpfcheck::sim {
namespace {

bool calls(const Program& prog, const Insn& i, u16 helper_trait, u16 kfunc_trait) {
  if (kfunc::does(special_kfunc_of(prog, &i), kfunc_trait)) return true;
  return i.code == (bpf::JMP | bpf::CALL) && i.src == 0 && func::does(static_cast<u32>(i.imm), helper_trait);
}

}  // namespace

bool is_sync_callback_calling_insn(const Program& prog, const Insn* i) {
  return calls(prog, *i, func::calls_back, kfunc::calls_back);
}

bool is_async_callback_calling_insn(const Program& prog, const Insn* i) {
  return calls(prog, *i, func::calls_back_later, kfunc::calls_back_later);
}

}  // namespace bpfcheck::sim
