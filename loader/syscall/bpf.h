// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The bpf(2) system call and the file descriptors that it gives. Everything that the kernel made is reached through an
// Fd and goes away with it, unless it was pinned.
#pragma once

#include <string_view>
#include <utility>

#include "base/result.h"
#include "loader/syscall/bpf_attr.h"

namespace bpfcheck::loader::sys {

/// A file descriptor that is closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(Fd&& o) noexcept {
    if (this != &o) {
      reset();
      fd_ = std::exchange(o.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }
  void reset();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// One call; a file descriptor or 0, or the negative errno. Begins again where the kernel asks for it (EINTR; EAGAIN a
/// few times: a verification that a signal interrupted). On a kernel that accounts BPF memory against RLIMIT_MEMLOCK
/// (before 5.11) an EPERM is tried again with the limit raised.
int bpf(Cmd cmd, void* attr, u32 size);

template <class Attr>
int bpf(Cmd cmd, Attr& attr) {
  return bpf(cmd, static_cast<void*>(&attr), static_cast<u32>(sizeof attr));
}

/// A pointer as bpf(2) takes it.
inline u64 address(const void* p) { return reinterpret_cast<u64>(p); }

/// Copies a name as the kernel takes it: at most 15 characters, what is no letter, digit, '_' or '.' replaced by '_'.
void copy_name(char (&to)[OBJ_NAME_LEN], std::string_view from);

/// "what: Operation not permitted"; errnum from a negative result of bpf().
std::unexpected<Error> failed(std::string what, int result);

/// Makes `fd` visible in a BPF file system; the object then outlives the process.
Result<void> pin(const Fd& fd, const std::string& path);

}  // namespace bpfcheck::loader::sys
