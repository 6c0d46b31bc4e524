// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Flavours: struct task_struct___old stands for task_struct (bpf_core_essential_name_len, libbpf 1.7).
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace bpfcheck::core_reloc {

/// The name without its flavour: up to the last triple underscore that stands between other characters.
inline std::string essential_name(std::string_view name) {
  if (name.size() < 5) return std::string(name);
  for (size_t i = name.size() - 4; i-- > 0;) {
    std::string_view s = name.substr(i, 5);
    if (s[0] != '_' && s[1] == '_' && s[2] == '_' && s[3] == '_' && s[4] != '_')
      return std::string(name.substr(0, i + 1));
  }
  return std::string(name);
}

}  // namespace bpfcheck::core_reloc
