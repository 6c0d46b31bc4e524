// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See pins.h.
#include "cli/pins.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bpfcheck::cli {
namespace {

constexpr long bpf_fs_magic = 0xcafe4a11;

}  // namespace

Pins::~Pins() {
  for (auto it = made_.rbegin(); it != made_.rend(); ++it)
    if (::unlink(it->c_str()) != 0) ::rmdir(it->c_str());
}

Result<void> Pins::folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0)
    made_.push_back(path);
  else if (errno != EEXIST)
    return fail(path, std::strerror(errno), errno);
  struct statfs fs;
  if (::statfs(path.c_str(), &fs) != 0) return fail(path, std::strerror(errno), errno);
  if (fs.f_type != bpf_fs_magic) return fail(path, "is not in a BPF file system (usually /sys/fs/bpf)", EINVAL);
  return {};
}

Result<void> Pins::pin(const loader::sys::Fd& fd, const std::string& folder, std::string name) {
  std::ranges::replace(name, '.', '_');  // the kernel reserves dots
  const std::string path = folder + "/" + name;
  BPFCHECK_TRY(loader::sys::pin(fd, path));
  made_.push_back(path);
  return {};
}

}  // namespace bpfcheck::cli
