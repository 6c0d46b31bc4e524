// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The answer of the simulation, as a value, and the observer through which its course can be followed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/insn.h"
#include "kernel_db/messages.h"

namespace bpfcheck::sim {

/// Counters of print_verification_stats (6.18).
struct Stats {
  u32 processed = 0, max_states_per_insn = 0, total_states = 0, peak_states = 0, mark_read = 0;
  std::vector<u32> stack_depth;  ///< bytes by subprogram
};

/// Why a program is refused. code None: the kernel gives errno without a word.
struct Reject {
  Msg code = Msg::None;
  int errnum = 0;  ///< positive
  u32 insn = 0;
  Operands operands;
  std::string text(const Wording& wording) const { return format_message(code, operands, wording); }
};

struct Verdict {
  enum class Kind : u8 { Accept, Reject, Unsupported } kind = Kind::Accept;
  Reject reject;                 ///< Kind::Reject
  std::string unsupported;       ///< Kind::Unsupported: name of what is not modelled
  u32 insn = 0;                  ///< where it stopped
  bool before_verifier = false;  ///< refused by the system call before the verifier was asked
  bool asked_cpus = false;       ///< the number of CPUs was looked at
  Stats stats;
};

class Env;
struct State;

/// Typed events in the order in which they happen. An implementation reads what it needs from env and state at once:
/// they change after the call. With no observer attached the explorer formats and allocates nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Words that the kernel prints, rejecting or not; `detail`: at log level 2 alone.
  virtual void on_note(const Env&, Msg, const Operands&) {}
  /// True where on_detail and on_detail_state are of use: their words cost more than the verification.
  virtual bool reads_details() const { return false; }
  virtual void on_detail(const Env&, Msg, const Operands&) {}
  virtual void on_detail_state(const Env&, const State&, u32 /*frameno*/) {}  ///< the whole state, ending such words
  virtual void on_source_line(const Env&, u32 /*insn_idx*/) {}  ///< an instruction's source line, out of turn
  virtual void on_loop_states(const Env&, const State& /*cur*/, const State& /*old*/) {}  ///< after Msg::InfiniteLoop
  virtual void on_enter(const Env&, u32 /*subprog*/) {}  ///< a main program or global subprogram begins
  /// An instruction is about to be simulated; `resumed`: it is the first after a branch was resumed or a call returned.
  virtual void on_insn(const Env&, u32 /*insn_idx*/, const State&, bool /*resumed*/) {}
  /// True where on_insn has told the resumed state (log level 2), so that it need not be told again.
  virtual bool forgets_branch() const { return true; }
  virtual void on_prune(const Env&, u32 /*prev*/, u32 /*insn*/, bool /*resumed*/) {}  ///< "safe"
  virtual void on_push(const Env&) {}                                                 ///< a branch was saved
  virtual void on_resume(const Env&) {}  ///< the branch saved last is resumed
  virtual void on_rewind(const Env&) {}  ///< a main program or global subprogram passed
  /// The whole state of a frame (print_verifier_state), or what changed (print_insn_state), out of turn.
  virtual void on_state(const Env&, const State&, u32 /*frameno*/, bool /*all*/) {}
  virtual void on_call(const Env&, const State&) {}                      ///< a static subprogram was entered
  virtual void on_return(const Env&, const State&, u32 /*insn_idx*/) {}  ///< and is about to be left
  virtual void on_end(const Env&, const Verdict&) {}
};

}  // namespace bpfcheck::sim
