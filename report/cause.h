// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How the verifier came to the state in which it refused: a backward slice along the path of a Trace, from the value
// that the rejection is about to where it was made, through copies, the stack and calls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/trace.h"

namespace bpfcheck::report {

/// One thing that happened on the path, in the order of the path.
struct Event {
  enum class Kind : u8 {
    Start,      ///< the value is there at the program's or function's entry
    Made,       ///< assigned, computed, loaded or returned by a call
    Copied,     ///< from another register or the stack, unchanged
    Passed,     ///< as an argument or result between functions
    Forgotten,  ///< a call made it unusable
    Narrowed,   ///< a comparison told more about it
    Branch,     ///< a comparison that decided where the path went
    Acquired,   ///< something that must be released
    Called,     ///< one of the functions that were asked for: of a lock, a critical section
  } kind;
  size_t step = 0;  ///< index in Trace::steps
  u32 insn = 0;
  std::string words;        ///< a sentence without a full stop
  u32 times = 1;            ///< how often this instruction did so on the path: a loop
  bool was_packet = false;  ///< Forgotten: it was a packet pointer
};

struct CauseQuery {
  std::vector<int> regs;   ///< registers of the last step to explain
  std::vector<int> slots;  ///< stack slots of the last step: index of eight bytes below the frame pointer
  bool branches = false;   ///< also every two-way branch of the path
  std::vector<std::string_view>
      calls;                  ///< also calls of these functions; branches before the first of them tell nothing
  bool follow_calls = false;  ///< explain their first arguments, too
  int since_insn = -1;        ///< where >= 0: the path since this instruction last ran, which acquired something
};

/// Functions that end what others of their kind begin: "bpf_spin_unlock".
bool gives_back(std::string_view function);

/// Events in path order, repeated ones folded into their last occurrence.
std::vector<Event> causal_path(const Trace& trace, const loader::LinkedProgram& prog, const CauseQuery& query);

/// Name of what a call instruction calls: "bpf_map_lookup_elem", a kernel function, a subprogram.
std::string callee_name(const loader::LinkedProgram& prog, u32 insn);
/// "r3 > 16", or its opposite where `holds` is false.
std::string condition_text(const Insn& insn, bool holds);
bool is_conditional(const Insn& insn);
bool is_call(const Insn& insn);

}  // namespace bpfcheck::report
