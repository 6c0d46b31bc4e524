// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Facts of a kernel on which a verdict may hang and which neither its BTF nor a file tells: a configuration option that
// a program reads, a symbol's address, the number of CPUs. What each may be is data: kconfig_values.def,
// common_symbols.def.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace bpfcheck {

struct Target;

enum class UnknownKind : u8 {
  option,  ///< of the configuration
  symbol,  ///< whether the kernel has it
  image,   ///< where the kernel lies: all its symbols move together
  cpus     ///< possible CPUs
};

/// A value of a fact: an option's as a configuration file has it, an address, a number; "": the option is not set, the
/// kernel has no such symbol.
using FactValue = std::string;

struct UnknownFact {
  UnknownKind kind;
  std::string name;               ///< "CONFIG_HZ", "init_task", "kernel image", "CPUs"
  std::vector<FactValue> values;  ///< that it may have, the commonest first; none: they cannot be listed
};

/// A value that is taken for the fact's.
struct Supposition {
  UnknownKind kind;
  std::string name;
  FactValue value;
};

/// What is supposed of this fact; null where nothing is.
const FactValue* supposed(const Target& target, UnknownKind kind, std::string_view name);

/// How a program declares a kconfig extern, as far as it matters to what it may be.
enum class OptionType : u8 { boolean, tristate, other };

/// What an option of this target may be. One value where the BTF shows it or all kernels have the same; none where the
/// values of such an option cannot be listed.
std::vector<FactValue> values_of_option(const Target& target, std::string_view option, OptionType declared);

/// "there", and "" where the kernel may lack it.
std::vector<FactValue> values_of_symbol(const Target& target, std::string_view symbol);

/// Where the kernel may lie.
UnknownFact image_fact();

/// An address for a symbol of a kernel that lies at `image`; `number` tells it from other symbols.
u64 address_in(const FactValue& image, u32 number);

/// The numbers of possible CPUs that this target may have.
std::vector<FactValue> values_of_cpus(const Target& target);

/// "250", "not set", "absent"
std::string value_words(UnknownKind kind, const FactValue& value);

/// "give it with --kconfig FILE"
std::string how_to_give(UnknownKind kind);

/// "the target's configuration (extern 'CONFIG_X'): give it with --kconfig FILE"
std::string how_to_tell(UnknownKind kind, std::string_view name);

}  // namespace bpfcheck
