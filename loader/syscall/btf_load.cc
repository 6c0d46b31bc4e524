// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_load.h (btf_new_fd: kernel/bpf/btf.c, 6.18).
#include "loader/syscall/btf_load.h"

#include <cerrno>

namespace bpfcheck::loader::sys {
namespace {

BtfLoadAttr attributes(Bytes raw) {
  BtfLoadAttr attr{};
  attr.btf = address(raw.data());
  attr.btf_size = static_cast<u32>(raw.size());
  return attr;
}

}  // namespace

BtfAnswer btf_load(Bytes raw) {
  BtfAnswer answer;
  BtfLoadAttr attr = attributes(raw);
  int r = bpf(Cmd::BTF_LOAD, attr);
  // Once more for its words. A log that does not fit would itself be an error, hence the size.
  if (r < 0) {
    std::string buffer(size_t{1} << 24, '\0');
    attr = attributes(raw);
    attr.btf_log_level = 1;
    attr.btf_log_buf = address(buffer.data());
    attr.btf_log_size = static_cast<u32>(buffer.size());
    if (const int with_log = bpf(Cmd::BTF_LOAD, attr); with_log != -ENOSPC) r = with_log;
    answer.log.assign(buffer.c_str());
  }
  if (r >= 0)
    answer.fd = Fd(r);
  else
    answer.errnum = -r;
  return answer;
}

}  // namespace bpfcheck::loader::sys
