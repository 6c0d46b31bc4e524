// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the files of advice share: operands read out of a rejection, and phrases for places and values. A file a family
// of topics; each function gives what is known of this very program, and leaves empty what the topic's own words say as
// well.
#pragma once

#include <optional>
#include <string_view>

#include "kernel_db/explanations.h"
#include "report/advice.h"

namespace bpfcheck::report {

bool is_memory_access(const Insn& i);
u32 bytes_moved(const Insn& i);
/// The failing instruction; nullptr where none is known.
const Insn* failing_insn(const Facts& f);
bool fails_at_call(const Facts& f);

/// "line 12", or "instruction 7" without line info.
std::string line_words(const loader::LinkedProgram& prog, u32 insn);
/// The variable that a line of C assigns to: "v" of "struct value *v = lookup(...)"; `fallback` where that is not
/// plain.
std::string assigned_variable(const SourceLine& line, const char* fallback);
const Event* last_of(const Facts& f, Event::Kind kind);
/// The call that made the value; nullptr where no call did.
const Event* made_by_call(const Facts& f);
/// "bpf_spin_unlock() in line 7", or where it is no call "line 7".
std::string event_words(const Facts& f, const Event& e);
/// "Argument 2 of bpf_map_update_elem()"; "" where the failing instruction passes no such argument.
std::string argument_words(const Facts& f);
/// The same with the argument's value: "Argument 1 of bpf_obj_drop() (r1) is the number 0".
std::string argument_value_words(const Facts& f);
/// Where the value came from: "bpf_get_listener_sock() in line 7", "the program's arguments"; "" where that is not
/// plain.
std::string origin_words(const Facts& f);

/// Where in the current frame a pointer to the stack points; nothing where that is not one known place.
std::optional<s64> stack_offset(const Facts& f, const sim::Reg& r);

// advice_memory.cc
Advice packet_bounds(const Facts& f);
Advice null_pointer(const Facts& f);
Advice out_of_bounds(const Facts& f);
Advice pointer_arithmetic(const Facts& f);
Advice number_as_pointer(const Facts& f);
Advice uninitialised(const Facts& f);
Advice alignment(const Facts& f);
Advice forbidden_by_map(const Facts& f);
// advice_calls.cc
Advice helper_argument(const Facts& f);
Advice kfunc_argument(const Facts& f);
Advice subprogram_argument(const Facts& f);
Advice special_field(const Facts& f);
Advice not_for_program(const Facts& f);
Advice return_value(const Facts& f);
Advice reference_leak(const Facts& f);
Advice reference_misuse(const Facts& f);
Advice lock_misuse(const Facts& f);
Advice stack_object(const Facts& f);
Advice untrusted(const Facts& f);
// advice_context.cc
Advice context_access(const Facts& f);
// advice_stack.cc
Advice uninitialised_stack(const Facts& f);
Advice stack_bounds(const Facts& f);
// advice_program.cc
u32 hottest_insn(const Trace& t);
Advice license(const Facts& f);
Advice stack_depth(const Facts& f);
Advice too_complex(const Facts& f);
Advice poisoned(const Facts& f);
Advice missing_kfunc(const Facts& f);
Advice missing_helper(const Facts& f);
Advice endless_loop(const Facts& f);

}  // namespace bpfcheck::report
