// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A rejection explained: reason, place, causal path, suggestion - in the order in which Linux 7.3 prints them. A value;
// text, HTML and SARIF render it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "judge/judge.h"
#include "report/source.h"
#include "report/trace.h"

namespace bpfcheck::report {

struct PathEntry {
  SourceLine at;
  u32 insn = 0;                    ///< the first of those that this entry tells of
  std::vector<u32> steps;          ///< indices into the trace
  std::vector<std::string> words;  ///< sentences without full stops
};

struct Diagnostic {
  std::string code;  ///< of the catalogue, "" where the kernel gives no words
  Topic topic = Topic::None_;
  std::string title;          ///< "packet access without a bounds check"
  std::string kernel_words;   ///< the kernel's last line
  std::string earlier_words;  ///< the line that tells why, where a state or a hint follows it
  std::string reason;         ///< plain words, whole sentences
  std::string suggestion;     ///< the same
  // Where.
  std::optional<u32> insn;
  std::string insn_words;  ///< the instruction in the kernel's notation
  std::vector<std::pair<u32, std::string>>
      neighbours;  ///< instructions around it, where the source line does not tell which it is
  std::string function;
  SourceLine at;
  Excerpt excerpt;
  std::vector<std::string> values;  ///< "r1 is a packet pointer ..."
  // How it came to that.
  std::vector<PathEntry> path;
  size_t path_left_out = 0;  ///< entries between the first and the others
  size_t trace_length = 0;   ///< steps of the trace that `steps` are of
};

/// Explains a rejection by the verifier; simulates the program again, watched.
Diagnostic diagnose(const loader::LinkedProgram& prog, const Target& target, const sim::Verdict& verdict,
                    const std::string& object_path, const std::string& kernel_words);
/// Of a judgement: nothing where it was not the verifier that refused.
std::optional<Diagnostic> diagnose(const judge::Judgement& judgement, const loader::Object& object,
                                   const loader::ObjectProgram& program, const Target& target);
/// The same where the path is already there.
Diagnostic diagnose(const loader::LinkedProgram& prog, const Trace& trace, const std::string& object_path,
                    const std::string& kernel_words);

}  // namespace bpfcheck::report
