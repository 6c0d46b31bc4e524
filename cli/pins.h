// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Programs and maps pinned in a BPF file system: all that a run was asked for, or none.
#pragma once

#include <string>
#include <vector>

#include "loader/syscall/bpf.h"

namespace bpfcheck::cli {

/// Folders and files made so far, taken away again unless they are to stay.
class Pins {
 public:
  Pins() = default;
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;
  ~Pins();
  /// Makes the folder where there is none. Errors: not in a BPF file system.
  Result<void> folder(const std::string& path);
  Result<void> pin(const loader::sys::Fd& fd, const std::string& folder, std::string name);
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;
};

}  // namespace bpfcheck::cli
