// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One verification under way (struct bpf_verifier_env, 6.18), put together of its parts: where paths are followed,
// nearly all of them are needed. What is known before takes the parts that it needs (flow/, program/, state/).
// A check returns a Stop, or a value or a Stop (notes/stop.h).
#pragma once

#include <memory>

#include "verifier_sim/kernel/laws.h"
#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/path.h"

namespace bpfcheck::sim {

inline constexpr u32 COMPLEXITY_LIMIT_INSNS = 1000000, COMPLEXITY_LIMIT_JMP_SEQ = 8192, COMPLEXITY_LIMIT_STATES = 64;

struct Explorer;  // search/explorer.h: stack of states to explore, explored states, SCC visits
struct Liveness;  // search/stack_liveness.h
struct StackUse;  // flow/stack_use.h

class Env {
 public:
  Env(const Target& target, const loader::LinkedProgram& prog, u32 expected_attach_type, Observer* observer);
  ~Env();

  const Target& target;
  Program prog;
  Path path;
  Notes notes;
  const Laws laws;
  Stats stats;
  std::unique_ptr<Explorer> explorer;
  std::unique_ptr<Liveness> liveness;   ///< what is live of stacks is learnt on the way, ...
  std::unique_ptr<StackUse> stack_use;  ///< ... or known before; only one of the two is there

  template <class... A>
  [[gnu::cold, gnu::noinline]] Stop reject(Msg m, A&&... operands) {
    return notes.reject(m, std::forward<A>(operands)...);
  }
  [[gnu::cold, gnu::noinline]] Stop unsupported(std::string_view what) { return notes.unsupported(what); }

  InsnAux* cur_aux() { return &prog.aux[path.insn_idx]; }
  bool in_sleepable() const {
    const State* st = path.cur_state;
    return st && target.has(Feature::sleepable_by_state) ? st->in_sleepable
                                                         : prog.sleepable || (st && st->in_sleepable);
  }
};

inline bool is_pointer_value(Env& env, u32 regno) {
  return is_pointer_value_raw(env.prog.may.allow_ptr_leaks, env.path.reg_state(regno));
}
inline bool is_ctx_reg(Env& env, u32 regno) { return env.path.reg_state(regno)->type == PTR_TO_CTX; }

}  // namespace bpfcheck::sim
