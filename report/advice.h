// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a rejection means for this very program and what to change in it: a function a topic, fed with the facts of the
// failing path; the topic's own words (kernel_db/topics.def) where nothing more is known.
#pragma once

#include <string>

#include "report/cause.h"
#include "report/source.h"

namespace bpfcheck::report {

struct Facts {
  const loader::LinkedProgram& prog;
  const Trace& trace;
  const sim::Reject& reject;
  Topic topic;
  std::optional<u32> insn;    ///< where it failed
  int reg = -1;               ///< the register that it is about
  std::vector<Event> events;  ///< causal path

  /// Operands of the rejection by the names of their places (kernel_db/messages/).
  std::optional<s64> number(std::string_view operand) const {
    return number_operand(reject.code, reject.operands, operand);
  }
  std::string text(std::string_view operand) const { return text_operand(reject.code, reject.operands, operand); }
  /// The register types of such an operand as the kernel names them.
  std::string types(std::string_view operand) const {
    const Operand* o = find_operand(reject.code, reject.operands, operand);
    auto t = o ? std::get_if<RegTypes>(o) : nullptr;
    return t ? trace.wording.types().of(*t) : "";
  }
  bool on_path() const { return insn && !trace.empty() && trace.last().insn == *insn; }
  const sim::Reg* value() const {
    return reg >= 0 && on_path() ? &trace.last().regs[static_cast<size_t>(reg)] : nullptr;
  }
};

struct Advice {
  std::string reason, suggestion;
};

/// The topic that explains best: a code's own, or a closer one that the operands show (a NULL not ruled out, a failed
/// relocation).
Topic topic_of(const loader::LinkedProgram& prog, const sim::Reject& reject);
/// The words that reject and stand before the last ones, where those only follow from them ("R1 is not a scalar" before
/// "Caller passes invalid args into func#1"); nullptr where the last words say it themselves.
const std::pair<Msg, Operands>* said_before(const Trace& trace, const sim::Reject& reject);
/// The register that the words name ("R{}"), or that the failing instruction is about; -1 where none is.
int subject_of(const loader::LinkedProgram& prog, const Trace& trace, const sim::Reject& reject,
               std::optional<u32> insn);
/// The instruction that the words name, or at which exploration stopped.
std::optional<u32> place_of(const loader::LinkedProgram& prog, const Trace& trace, const sim::Reject& reject);

Advice advise(const Facts& facts);

}  // namespace bpfcheck::report
