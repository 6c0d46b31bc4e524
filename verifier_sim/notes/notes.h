// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is said while a program is verified: the words that explain a rejection, what is not modelled, and what was
// touched since the state was last shown (verbose, mark_reg_scratched: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "kernel_db/messages.h"
#include "verifier_sim/notes/stop.h"
#include "verifier_sim/verdict.h"

namespace bpfcheck::sim {

class Notes {
 public:
  /// `env` is handed to the observer, `insn_idx` read where words are said: neither is looked into here.
  Notes(Observer* to, const Env& env, const u32& insn_idx, const Wording& wording)
      : observer(to), detailed_(to && to->reads_details()), env_(env), insn_idx_(insn_idx), wording_(wording) {}

  Observer* const observer;
  bool watched() const { return observer != nullptr; }
  bool detailed() const { return detailed_; }  ///< somebody reads details

  /// verbose(): words without a decision.
  template <class... A>
  [[gnu::cold, gnu::noinline]] void note(Msg m, A&&... operands) {
    last.code = m;
    last.insn = insn_idx_;
    last.operands.clear();
    (last.operands.push_back(operand(std::forward<A>(operands))), ...);
    fresh = true;
    if (observer) observer->on_note(env_, m, last.operands);
  }
  /// Words that the kernel prints at log level 2 alone: they explain nothing and are only for an observer.
  template <class... A>
  void detail(Msg m, A&&... operands) {
    if (!detailed_) return;
    Operands o;
    (o.push_back(operand(std::forward<A>(operands))), ...);
    observer->on_detail(env_, m, o);
  }
  /// What is said next is of this instruction: its line of source is shown.
  void source_line(u32 insn) const {
    if (observer) observer->on_source_line(env_, insn);
  }
  /// The words and the catalogue's errno: `return notes.reject(Msg::x, ...)`.
  template <class... A>
  [[gnu::cold, gnu::noinline]] Stop reject(Msg m, A&&... operands) {
    if (msg_info(m).topic == Topic::Impossible) {
      const Operands known{operand(std::forward<A>(operands))...};
      return unsupported("bpfcheck contradicts itself, where a kernel would say \"" +
                         format_message(m, known, wording_) + "\"");
    }
    note(m, std::forward<A>(operands)...);
    return Stop::refused(wording_.errnum(m, last.operands));
  }
  /// What is not modelled: named once, first name wins.
  [[gnu::cold, gnu::noinline]] Stop unsupported(std::string_view what) {
    if (unsupported_name.empty()) unsupported_name = what;
    return Stop::unmodelled();
  }
  Reject last;
  bool fresh = false;  ///< `last` was said since the current instruction began
  std::string unsupported_name;
  bool asked_cpus = false;  ///< the number of CPUs was looked at

  // What has been touched since the state was last shown. Showing it does not change what is decided: mutable.
  mutable u32 scratched_regs = 0;
  mutable u64 scratched_stack_slots = 0;
  bool slot_reads_shown = true;  ///< Feature::slot_reads_shown
  void mark_reg_scratched(u32 regno) { scratched_regs |= 1u << regno; }
  void mark_stack_slot_scratched(u32 spi) { scratched_stack_slots |= 1ull << spi; }
  void mark_stack_slot_read(u32 spi) {
    if (slot_reads_shown) mark_stack_slot_scratched(spi);
  }
  void mark_all_scratched() {
    scratched_regs = ~0u;
    scratched_stack_slots = ~0ull;
  }
  void mark_clean() const {
    scratched_regs = 0;
    scratched_stack_slots = 0;
  }

 private:
  template <class T>
  static Operand operand(T&& v) {
    using D = std::decay_t<T>;
    if constexpr (std::is_same_v<D, bool>)
      return static_cast<s64>(v);
    else if constexpr (std::is_enum_v<D>)
      return static_cast<u64>(v);
    else if constexpr (std::is_integral_v<D> && std::is_signed_v<D>)
      return static_cast<s64>(v);
    else if constexpr (std::is_integral_v<D>)
      return static_cast<u64>(v);
    else if constexpr (std::is_same_v<D, RegTypes> || std::is_same_v<D, TrackedBits>)
      return std::forward<T>(v);
    else
      return std::string(std::string_view(v));
  }

  const bool detailed_;
  const Env& env_;
  const u32& insn_idx_;
  const Wording& wording_;
};

}  // namespace bpfcheck::sim
