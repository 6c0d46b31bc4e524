// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tables of small programs and what kernels say of them, a line for the program and one for each answer:
//
//   # What it is about.
//   socket_filter: r0 = 1; r0 <<= 64; exit
//     6.12 6.18: EINVAL: invalid shift 64
//     7.2: accepted: 1: R0=1 | !safe
//
// In front of the program its type, behind that "+freq" where states are kept at every instruction where they may be
// (BPF_F_TEST_STATE_FREQ). An answer: the kernels that give it, "accepted" or the errno, and between bars what their
// logs hold at level 2, in this order, whole words, blanks counted as one; "7: R0=1" and "from 2 to 4: R0=1" stand in a
// line that begins so, and what follows a '!' stands nowhere.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "differential/outcome.h"

namespace bpfcheck::differential {

struct Answer {
  std::vector<std::string> kernels;  ///< as the table calls them: "6.18"
  int errnum = 0;                    ///< 0: accepted
  std::vector<std::string> words;
};

struct TableCase {
  std::string text;  ///< the program's line
  Program program;
  std::vector<Answer> answers;
};

Result<std::vector<TableCase>> read_table(const std::string& path);

/// What is not as `answer` says; "" where all is.
std::string contradiction(const Answer& answer, const Outcome& outcome);

}  // namespace bpfcheck::differential
