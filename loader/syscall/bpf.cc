// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See bpf.h.
#include "loader/syscall/bpf.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace bpfcheck::loader::sys {
namespace {

constexpr int attempts_on_eagain = 5;  // as libbpf's PROG_LOAD_ATTEMPTS

int call_once(Cmd cmd, void* attr, u32 size) {
  const long r = ::syscall(SYS_bpf, static_cast<int>(cmd), attr, size);
  return r < 0 ? -errno : static_cast<int>(r);
}

/// True where the limit was raised just now.
bool raise_memlock() {
  static bool tried = false;
  if (std::exchange(tried, true)) return false;
  struct rlimit now;
  if (::getrlimit(RLIMIT_MEMLOCK, &now) != 0 || now.rlim_cur == RLIM_INFINITY) return false;
  const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  return ::setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0;
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

int bpf(Cmd cmd, void* attr, u32 size) {
  for (int again = 0;;) {
    const int r = call_once(cmd, attr, size);
    if (r == -EINTR) continue;
    if (r == -EAGAIN && again++ < attempts_on_eagain) continue;
    if (r == -EPERM && raise_memlock()) continue;
    return r;
  }
}

void copy_name(char (&to)[OBJ_NAME_LEN], std::string_view from) {
  std::memset(to, 0, sizeof to);
  const size_t n = std::min<size_t>(from.size(), OBJ_NAME_LEN - 1);
  for (size_t i = 0; i < n; i++) {
    const char c = from[i];
    to[i] = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ? c : '_';
  }
}

std::unexpected<Error> failed(std::string what, int result) {
  return fail(std::move(what), std::strerror(-result), -result);
}

Result<void> pin(const Fd& fd, const std::string& path) {
  ObjPinAttr attr{};
  attr.pathname = address(path.c_str());
  attr.bpf_fd = static_cast<u32>(fd.get());
  if (int r = bpf(Cmd::OBJ_PIN, attr); r < 0) return failed(path, r);
  return {};
}

}  // namespace bpfcheck::loader::sys
