// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See prog_load.h (bpf_prog_load, bpf_prog_bind_map: kernel/bpf/syscall.c; log buffer: bpf_vlog_init,
// kernel/bpf/log.c, 6.18).
#include "loader/syscall/prog_load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bpfcheck::loader::sys {
namespace {

constexpr size_t log_max = size_t{256} << 20;  // bytes; a longer log is given up, its end kept

u32 fd_or_zero(int fd) { return fd >= 0 ? static_cast<u32>(fd) : 0; }

}  // namespace

ProgAnswer prog_load(const ProgLoad& q) {
  std::vector<FuncInfoRec> funcs;
  std::vector<LineInfoRec> lines;
  for (const FuncInfo& f : q.func_info) funcs.push_back({f.insn_off, f.type_id});
  for (const LineInfo& l : q.line_info)
    lines.push_back({l.insn_off, l.file_name_off, l.line_off, (l.line << 10) | (l.col & 0x3ff)});

  ProgAnswer answer;
  std::string buffer;
  for (size_t size = std::clamp<size_t>(q.log_size, 4096, log_max);;) {
    ProgLoadAttr attr{};
    attr.prog_type = static_cast<u32>(q.type);
    attr.expected_attach_type = q.expected_attach_type;
    attr.prog_flags = q.flags;
    attr.insn_cnt = static_cast<u32>(q.insns.size());
    attr.insns = address(q.insns.data());
    attr.license = address(q.license.c_str());
    attr.kern_version = q.kern_version;
    copy_name(attr.prog_name, q.name);
    if (q.btf_fd >= 0) {
      attr.prog_btf_fd = static_cast<u32>(q.btf_fd);
      attr.func_info_rec_size = sizeof(FuncInfoRec);
      attr.func_info_cnt = static_cast<u32>(funcs.size());
      attr.func_info = address(funcs.data());
      attr.line_info_rec_size = sizeof(LineInfoRec);
      attr.line_info_cnt = static_cast<u32>(lines.size());
      attr.line_info = address(lines.data());
    }
    attr.attach_btf_id = q.attach_btf_id;
    attr.attach_fd = q.attach_prog_fd >= 0 ? static_cast<u32>(q.attach_prog_fd) : fd_or_zero(q.attach_btf_obj_fd);
    if (!q.fd_array.empty()) attr.fd_array = address(q.fd_array.data());
    if (q.log_level) {
      buffer.assign(size, '\0');
      attr.log_level = q.log_level;
      attr.log_size = static_cast<u32>(size);
      attr.log_buf = address(buffer.data());
    }
    int r = bpf(Cmd::PROG_LOAD, attr);
    // A log that does not fit is an error in place of the verdict. Since 6.4 the kernel says how long it is.
    if (r == -ENOSPC && q.log_level) {
      if (size < log_max) {
        size = std::min(std::max<size_t>(attr.log_true_size, size * 4), log_max);
        continue;
      }
      answer.log_cut = true;
      attr.log_level = attr.log_size = 0;
      attr.log_buf = 0;
      r = bpf(Cmd::PROG_LOAD, attr);
    }
    if (r >= 0)
      answer.fd = Fd(r);
    else
      answer.errnum = -r;
    answer.log.assign(buffer.c_str());
    return answer;
  }
}

Result<void> prog_bind_map(const Fd& prog, const Fd& map) {
  ProgBindMapAttr attr{static_cast<u32>(prog.get()), static_cast<u32>(map.get()), 0};
  if (const int r = bpf(Cmd::PROG_BIND_MAP, attr); r < 0) return failed("binding a map", r);
  return {};
}

}  // namespace bpfcheck::loader::sys
