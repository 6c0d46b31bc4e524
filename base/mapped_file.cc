// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See mapped_file.h.
#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bpfcheck {
namespace {

constexpr size_t largest_stream = size_t{1} << 30;  ///< bytes read from something that cannot be mapped

constexpr size_t read_at_once = 16 << 20;  ///< bytes; a larger file is read where it is looked at

struct Mapping {
  void* at;
  size_t size;
  ~Mapping() { munmap(at, size); }
};

struct Descriptor {
  int fd;
  ~Descriptor() { close(fd); }
};

Result<Blob> read_all(int fd, const std::string& path) {
  std::vector<u8> data;
  u8 chunk[1 << 16];
  for (;;) {
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(path, std::strerror(errno), errno);
    if (n == 0) return Blob::own(std::move(data));
    data.insert(data.end(), chunk, chunk + n);
    if (data.size() > largest_stream) return fail(path, "larger than 1 GiB", EFBIG);
  }
}

}  // namespace

Blob Blob::own(std::vector<u8> data) {
  auto owner = std::make_shared<const std::vector<u8>>(std::move(data));
  return {Bytes(*owner), owner};
}

Result<Blob> map_file(const std::string& path) {
  Descriptor d{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (d.fd < 0) return fail(path, std::strerror(errno), errno);
  struct stat st;
  if (fstat(d.fd, &st) != 0) return fail(path, std::strerror(errno), errno);
  if (S_ISDIR(st.st_mode)) return fail(path, "is a directory", EISDIR);
  if (S_ISREG(st.st_mode) && st.st_size > 0) {
    auto size = static_cast<size_t>(st.st_size);
    void* at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | (size <= read_at_once ? MAP_POPULATE : 0), d.fd, 0);
    if (at != MAP_FAILED) {
      auto owner = std::shared_ptr<const Mapping>(new Mapping{at, size});
      return Blob{Bytes(static_cast<const u8*>(at), size), owner};
    }
  }
  return read_all(d.fd, path);
}

}  // namespace bpfcheck
