// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A file's contents, mapped where the file can be mapped and read into memory where it cannot (/sys/kernel/btf, pipes).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bpfcheck {

/// Bytes with shared ownership of whatever keeps them alive: a mapping, a buffer, a decompressed payload.
struct Blob {
  Bytes bytes;
  std::shared_ptr<const void> owner;

  Blob part(size_t at, size_t n) const { return {bytes.subspan(at, n), owner}; }
  static Blob own(std::vector<u8> data);
};

/// Maps a file read-only. Errors: the path and the system's words (errnum is the errno); a directory is refused.
Result<Blob> map_file(const std::string& path);

}  // namespace bpfcheck
