// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Programs for another machine's kernel: oracle/loads.h tells the format, oracle/vmrecord has a guest judge them.
#pragma once

#include <iosfwd>
#include <string>

#include "differential/outcome.h"

namespace bpfcheck::differential {

/// What the programs of a file share: types and maps.
void write_scene(std::ostream& out);
/// One program; calls of kernel functions get the numbers of this kernel.
void write_program(std::ostream& out, const Program& p, const btf::Btf& vmlinux);

/// A line as oracle/record writes it, for oracle/parity; with a log (not what record has under that name: whole).
std::string row(const std::string& file, const Program& p, const Outcome& o);

}  // namespace bpfcheck::differential
