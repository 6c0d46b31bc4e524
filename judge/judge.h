// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The one pipeline: an object read once, one of its programs and a target give a judgement. A function of values: it
// prints nothing, asks no kernel, and may be called as often as one likes, for other targets or with other options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel_db/target.h"
#include "loader/object.h"
#include "verifier_sim/verdict.h"

namespace bpfcheck::judge {

struct Options {
  u32 flags = 0;             ///< ProgFlag that the load has besides the program's own
  u32 log_level = 0;         ///< of the kernel's log that is kept: 1 the last path, 2 all, 4 statistics
  bool needed_caps = false;  ///< find the fewest capabilities that loading an accepted program takes
};

/// A fact that the target does not tell, and with which of its values the program was judged: all alike.
struct Tried {
  std::string name;                 ///< "CONFIG_HZ", "bpf_link_fops", "CPUs"
  std::vector<std::string> values;  ///< "250", "not set"; the figures are of the first
};

/// What became of one program on one target.
struct Judgement {
  enum class Stage : u8 { Open, Maps, Verify } stage = Stage::Verify;  ///< where it ended; Open: the object as a whole
  enum class Kind : u8 { Accept, Reject, Unsupported } kind = Kind::Accept;
  /// A fact that the target does not tell, by which the verdict differs.
  struct Decider {
    std::string name;
    struct Outcome {
      std::string value;  ///< as in Tried
      Kind kind;
      std::string message;
    } outcomes[2];
  };
  std::string object, prog, section, type, target;
  std::string simulated_as;  ///< as Target has it: "" where the target is modelled
  int errnum = 0;
  size_t insns = 0;      ///< after linking, where it got that far
  std::string message;   ///< the kernel's last words, or libbpf's; what is not modelled for Unsupported
  sim::Verdict verdict;  ///< Stage::Verify
  std::optional<loader::LinkedProgram> linked;    ///< what the verifier was given, where it could be linked
  std::string log;                                ///< the kernel's log, where one was asked for
  std::optional<std::vector<std::string>> needs;  ///< the fewest capabilities, where they were asked for
  double usec = 0;                                ///< time that the simulation took
  std::vector<Tried> tried;                       ///< where the target does not tell all that the program asks for
  std::vector<Supposition> supposed;              ///< with which `linked` and the figures are
  std::optional<Decider> decides;                 ///< Unsupported, because verdicts differ by this fact

  bool refused_by_verifier() const { return kind == Kind::Reject && stage == Stage::Verify; }
};

/// What the target's verifier would be given. Errors: what libbpf or the kernel refuses before, with its errno.
Result<loader::LinkedProgram> link(const loader::Object& object, const loader::ObjectProgram& program,
                                   const Target& target);

/// The judgement of a program of `object`.
Judgement judge(const loader::Object& object, const loader::ObjectProgram& program, const Target& target,
                const Options& options = {});

/// The judgement of a file that is no readable object.
Judgement unreadable(const std::string& path, const Error& error);

/// Errors: the object is of the other byte order than the target, which says nothing about its programs.
Result<void> same_byte_order(const loader::Object& object, const Target& target);

/// The program with its BTF and source lines: a process without CAP_BPF loads none, but whoever shows a judgement can
/// show them all the same.
loader::LinkedProgram with_lines(const Judgement& judgement, const loader::Object& object,
                                 const loader::ObjectProgram& program, const Target& target);

}  // namespace bpfcheck::judge
