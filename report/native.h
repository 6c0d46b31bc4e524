// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The program after the verifier and its native code, as text and as JSON.
#pragma once

#include <string>

#include "jit_inspect/native_map.h"
#include "jit_inspect/rewrite_diff.h"
#include "report/text.h"

namespace bpfcheck::report {

/// Three columns, then sizes by function and source line. `diff`: null where the loaded program is not known.
std::string native_text(const jit::ProgramDump& dump, const jit::NativeMap& map, const jit::RewriteDiff* diff,
                        const Palette& p);
/// Loaded against translated, with the reason of each change, then what became of each helper call.
std::string rewrite_text(const jit::ProgramDump& dump, const jit::RewriteDiff& diff, const Palette& p);

/// Either may be null; one document a program.
std::string native_json(const jit::ProgramDump& dump, const jit::NativeMap* map, const jit::RewriteDiff* diff);

}  // namespace bpfcheck::report
