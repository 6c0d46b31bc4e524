// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Programs whose verdict may hang on what a target does not tell: each is judged with every value that such a fact may
// have.
#pragma once

#include <functional>

#include "judge/judge.h"

namespace bpfcheck::judge {

/// Most combinations of values with which one program is judged.
inline constexpr size_t most_tries = 64;

/// Judges for a target of which something is supposed.
using JudgeOnce = std::function<Judgement(const Target&)>;

/// `first` is the program's judgement for `target`, of which it asks what nothing tells (asks_unknown). Where it is the
/// same with all values, that is the verdict, with the figures of the commonest values; else it is Unsupported, and
/// names the fact that decides. `shown` gives the judgement that is shown, `tried` the others.
Judgement judge_with_values(Judgement first, const Target& target, const JudgeOnce& shown, const JudgeOnce& tried);

/// Facts that this judgement hangs on and that nothing tells.
bool asks_unknown(const Judgement& judgement, const Target& target);

}  // namespace bpfcheck::judge
