// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One program's results on several kernels, held against each other.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "judge/judge.h"
#include "report/result.h"

namespace bpfcheck::cli {

/// By defect: the newest kernel that it concerns, as an index into `targets`.
std::map<std::string, size_t> newest_by_defect(const std::vector<const Target*>& targets,
                                               const std::vector<report::ProgramResult*>& results);

/// Of each defect that some kernel does not have: what makes the difference. Not of programs that take long to judge;
/// what libbpf refuses is the object's, and looked into once (`compared`).
void compare_kernels(const loader::Object& object, const loader::ObjectProgram& prog,
                     const std::vector<const Target*>& targets, const std::vector<report::ProgramResult*>& results,
                     const judge::Options& judging, std::set<std::string>& compared);

}  // namespace bpfcheck::cli
