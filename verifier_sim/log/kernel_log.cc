// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_log.h.
#include "verifier_sim/log/kernel_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "verifier_sim/log/state_text.h"
#include "verifier_sim/program/insn_text.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::sim {
namespace {

/// Before 5.17 a state is shown whole, before the instruction.
bool shows_whole_states(const Env& env) { return !env.target.has(Feature::states_beside_insns); }

std::string whole_state(const Env& env, const State& st, u32 frameno) { return state_text(env, st, frameno, true); }

}  // namespace

std::string KernelLog::last_line() const {
  std::string_view log(text_);
  log = log.substr(0, stats_at_);
  while (!log.empty()) {
    if (log.back() == '\n') log.remove_suffix(1);
    auto nl = log.rfind('\n');
    std::string_view line = nl == std::string_view::npos ? log : log.substr(nl + 1);
    if (!line.empty() && line.front() != ';') return std::string(line);
    if (nl == std::string_view::npos) break;
    log = log.substr(0, nl + 1);
  }
  return "";
}

void KernelLog::on_note(const Env& env, Msg m, const Operands& o) {
  const std::string_view words = env.target.wording.words(m, o);
  text_ += format_message(m, o, env.target.wording);
  if (!words.empty() && !words.ends_with('\\')) text_ += '\n';
}

void KernelLog::on_detail(const Env& env, Msg m, const Operands& o) {
  if (level_ & 2) on_note(env, m, o);
}

void KernelLog::on_enter(const Env&, u32) { prev_line_ = nullptr; }

void KernelLog::on_source_line(const Env& env, u32 insn_idx) {
  if (!prints() || !env.prog.linked.btf) return;
  const loader::LineInfo* line = nullptr;
  for (const auto& l : env.prog.linked.line_info)
    if (l.insn_off <= insn_idx) line = &l;
  if (!line || line == prev_line_) return;
  static constexpr Intervals places("6.9");
  const bool named = holds_at_end(places, env.target);  // by file and line
  // Records of one line that differ in their column alone say nothing new.
  if (named && prev_line_ && line->file_name_off == prev_line_->file_name_off && line->line == prev_line_->line) return;
  prev_line_ = line;
  std::string_view text = env.prog.linked.btf->string(line->line_off),
                   file = env.prog.linked.btf->string(line->file_name_off);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  if (auto slash = file.find_last_of('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  if (named)
    fmt::format_to(std::back_inserter(text_), "; {} @ {}:{}\n", text, file, line->line);
  else
    fmt::format_to(std::back_inserter(text_), "; {}\n", text);
}

void KernelLog::print_insn_state(const Env& env, const State& st, u32 frameno) {
  if (insn_end_ && insn_end_ == text_.size()) {
    constexpr size_t column = 40, step = 8;  // states stand at column 40, or eight by eight further
    text_.pop_back();
    const size_t wanted = std::max(insn_width_ + step / 2, column);
    text_.append((wanted + step - 1) / step * step - insn_width_ - 1, ' ');
    text_ += ';';
  } else {
    text_ += std::to_string(env.path.insn_idx) + ":";
  }
  text_ += state_text(env, st, frameno, false) + "\n";
}

void KernelLog::on_detail_state(const Env& env, const State& st, u32 frameno) {
  if (level_ & 2) text_ += whole_state(env, st, frameno) + "\n";
}

void KernelLog::on_loop_states(const Env& env, const State& cur, const State& old) {
  static constexpr Intervals shown("6.7 6.6.57");  // of 6.6.y the earliest release whose word was recorded
  if (!holds_at_end(shown, env.target)) return;
  text_ += "cur state:" + whole_state(env, cur, cur.curframe) + "\n";
  text_ += "old state:" + whole_state(env, old, cur.curframe) + "\n";
}

void KernelLog::on_state(const Env& env, const State& st, u32 frameno, bool all) {
  if (!prints()) return;
  if (all || shows_whole_states(env))
    text_ += whole_state(env, st, frameno) + "\n";
  else
    print_insn_state(env, st, frameno);
}

void KernelLog::on_call(const Env& env, const State& st) {
  if (!prints()) return;
  text_ +=
      "caller:\n" + whole_state(env, st, st.curframe - 1) + "\ncallee:\n" + whole_state(env, st, st.curframe) + "\n";
}

void KernelLog::on_return(const Env& env, const State& st, u32 insn_idx) {
  if (!prints()) return;
  text_ += "returning from callee:\n" + whole_state(env, st, st.curframe) + "\nto caller at " +
           std::to_string(insn_idx) + ":\n" + whole_state(env, st, st.curframe - 1) + "\n";
}

void KernelLog::on_insn(const Env& env, u32 insn_idx, const State& st, bool resumed) {
  if (!prints()) return;
  const bool whole = shows_whole_states(env);
  if (whole && (level_ & 2))
    text_ += std::to_string(insn_idx) + ":" + whole_state(env, st, st.curframe) + "\n";
  else if (resumed && (whole || (level_ & 2)))
    fmt::format_to(std::back_inserter(text_), "\nfrom {} to {}{}:{}\n", static_cast<s32>(env.path.prev_insn_idx),
                   insn_idx, st.speculative ? " (speculative execution)" : "", whole_state(env, st, st.curframe));
  if (!whole && (env.notes.scratched_regs || env.notes.scratched_stack_slots)) print_insn_state(env, st, st.curframe);
  on_source_line(env, insn_idx);
  const size_t begin = text_.size();
  fmt::format_to(std::back_inserter(text_), "{}: {}\n", insn_idx, insn_text(env.prog, insn_idx));
  insn_end_ = text_.size();
  insn_width_ = insn_end_ - begin;
}

void KernelLog::on_prune(const Env& env, u32 prev, u32 insn, bool resumed) {
  if (!prints()) return;
  if (resumed)
    fmt::format_to(std::back_inserter(text_), "\nfrom {} to {}{}: safe\n", static_cast<s32>(prev), insn,
                   env.path.cur_state->speculative ? " (speculative execution)" : "");
  else
    fmt::format_to(std::back_inserter(text_), "{}: safe\n", insn);
}

void KernelLog::on_push(const Env&) { pushed_at_.push_back(text_.size()); }

void KernelLog::on_resume(const Env&) {
  if (pushed_at_.empty()) return;
  if (!(level_ & 2)) text_.resize(std::min(text_.size(), pushed_at_.back()));
  pushed_at_.pop_back();
}

void KernelLog::on_rewind(const Env&) {
  if (!(level_ & 2)) text_.clear();
  pushed_at_.clear();
}

void KernelLog::on_end(const Env& env, const Verdict& v) {
  if (!text_.empty() && text_.back() != '\n') text_ += '\n';  // the kernel's statistics would follow in the same line
  stats_at_ = text_.size();
  if (v.kind == Verdict::Kind::Unsupported) return;
  if (level_ & 4) {
    text_ += "stack depth ";
    for (size_t i = 0; i < v.stats.stack_depth.size(); i++)
      text_ += (i ? "+" : "") + std::to_string(v.stats.stack_depth[i]);
    text_ += '\n';
  }
  (void)env;
  fmt::format_to(std::back_inserter(text_),
                 "processed {} insns (limit {}) max_states_per_insn {} total_states {} peak_states {} mark_read {}\n",
                 v.stats.processed, COMPLEXITY_LIMIT_INSNS, v.stats.max_states_per_insn, v.stats.total_states,
                 v.stats.peak_states, v.stats.mark_read);
}

std::string last_words(const loader::LinkedProgram& prog, const Target& target, const Verdict& v) {
  if (const std::string words = v.reject.text(target.wording); !words.empty() && v.reject.code != Msg::InfiniteLoop)
    return words;
  KernelLog log(1);
  verify(prog, target, &log);
  std::string line = log.last_line();
  return line.empty() ? v.reject.text(target.wording) : line;
}

}  // namespace bpfcheck::sim
