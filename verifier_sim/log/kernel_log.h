// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's log, written while a program is verified (kernel/bpf/log.c, kernel/bpf/verifier.c, 6.18).
#pragma once

#include <string>
#include <vector>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

class KernelLog : public Observer {
 public:
  explicit KernelLog(u32 level) : level_(level) {}
  const std::string& text() const { return text_; }
  /// The last line that is no source line, without statistics; "" where there is none.
  std::string last_line() const;

  void on_note(const Env&, Msg, const Operands&) override;
  void on_detail(const Env&, Msg, const Operands&) override;
  void on_enter(const Env&, u32 subprog) override;
  void on_source_line(const Env&, u32 insn_idx) override;
  void on_insn(const Env&, u32 insn_idx, const State&, bool resumed) override;
  bool forgets_branch() const override { return level_ & 2; }
  bool reads_details() const override { return level_ & 2; }
  void on_detail_state(const Env&, const State&, u32 frameno) override;
  void on_loop_states(const Env&, const State& cur, const State& old) override;
  void on_state(const Env&, const State&, u32 frameno, bool all) override;
  void on_call(const Env&, const State&) override;
  void on_return(const Env&, const State&, u32 insn_idx) override;
  void on_prune(const Env&, u32 prev, u32 insn, bool resumed) override;
  void on_push(const Env&) override;
  void on_resume(const Env&) override;
  void on_rewind(const Env&) override;
  void on_end(const Env&, const Verdict&) override;

 private:
  bool prints() const { return level_ & 3; }
  void print_insn_state(const Env& env, const State& st, u32 frameno);
  size_t insn_end_ = 0;    ///< where the last instruction's line ended
  size_t insn_width_ = 0;  ///< and how long it was
  u32 level_;
  std::string text_;
  size_t stats_at_ = std::string::npos;
  std::vector<size_t> pushed_at_;
  const loader::LineInfo* prev_line_ = nullptr;
};

/// The kernel's last line for a rejection: the verdict's own words, or, where those do not hold it (a state follows
/// them, or there are none), what a second simulation logs.
std::string last_words(const loader::LinkedProgram& prog, const Target& target, const Verdict& v);

}  // namespace bpfcheck::sim
