// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A file that the build puts into the program (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace bpfcheck::report {

struct EmbeddedFile {
  std::string_view name, text;
};

}  // namespace bpfcheck::report
