// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A log as people paste it, with what other tools wrote before each line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpfcheck::report {

/// The lines of a verifier's log without what stands before most of them: journald's and syslog's "host name[12]: ",
/// dmesg's "[ 12.345678] ", the line numbers of a browser or an editor. Line ends written as letters, as JSON does, are
/// line ends; blanks at a line's end are left out.
std::vector<std::string> pasted_lines(std::string_view text);

}  // namespace bpfcheck::report
