// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Global constants (`const volatile`) given a value before the object is loaded, as programs do through a skeleton's
// rodata.
#pragma once

#include <string_view>

#include "loader/object.h"

namespace bpfcheck::loader {

/// Sets a constant in a read-only data section. `name` may lead on into it: "config.mode", "table[3]". `value` is a
/// number, true, false or a character in quotes ('x'), or text for an array of char. False where the object has no such
/// variable. Errors: a variable that is no constant, a member that is none, a value that does not fit.
Result<bool> set_constant(Object& object, std::string_view name, std::string_view value);

}  // namespace bpfcheck::loader
