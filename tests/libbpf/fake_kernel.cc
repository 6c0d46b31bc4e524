// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See fake_kernel.h. The linker's --wrap sends libbpf's calls here.
#include "fake_kernel.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace bpfcheck::test {

FakeKernel& fake_kernel() {
  static FakeKernel kernel;
  return kernel;
}

namespace {

int refuse(int err) {
  errno = err;
  return -1;
}

/// A file of that size stands for an object of the kernel; libbpf maps some of them into memory.
int object(size_t bytes) {
  const int fd = memfd_create("bpf", MFD_CLOEXEC);
  if (fd >= 0 && ftruncate(fd, static_cast<off_t>(bytes)) != 0) return refuse(ENOMEM);
  return fd;
}

template <class Rec>
std::vector<Rec> records(__u64 at, __u32 count, __u32 size) {
  std::vector<Rec> out(count);
  for (__u32 i = 0; i < count; i++)
    std::memcpy(&out[i], reinterpret_cast<const char*>(at) + size_t{i} * size, sizeof(Rec));
  return out;
}

enum Kind : __u32 {
  INT = 1,
  ARRAY = 3,
  STRUCT,
  UNION,
  ENUM,
  FUNC = 12,
  FUNC_PROTO,
  VAR,
  DATASEC,
  FLOAT,
  DECL_TAG,
  TYPE_TAG,
  ENUM64
};

/// Whether Linux 5.4 would take these types.
bool old_enough(const std::vector<unsigned char>& raw) {
  auto word = [&](size_t at) {
    __u32 v;
    std::memcpy(&v, raw.data() + at, sizeof v);
    return v;
  };
  const size_t begin = 24, end = begin + word(12);
  const char* strings = reinterpret_cast<const char*>(raw.data()) + begin + word(16);
  for (size_t at = begin; at < end;) {
    const __u32 name = word(at), info = word(at + 4), kind = info >> 24 & 0x1f, vlen = info & 0xffff;
    if (kind >= FLOAT || (kind == FUNC && vlen) || (kind == DATASEC && strings[name] == '?')) return false;
    at += 12;
    if (kind == INT || kind == VAR) at += 4;
    if (kind == ARRAY || kind == STRUCT || kind == UNION || kind == DATASEC) at += 12 * (kind == ARRAY ? 1 : vlen);
    if (kind == ENUM || kind == FUNC_PROTO) at += size_t{8} * vlen;
  }
  return true;
}

int load_types(const bpf_attr& a) {
  const auto* from = reinterpret_cast<const unsigned char*>(a.btf);
  std::vector<unsigned char> raw(from, from + a.btf_size);
  if (fake_kernel().old && !old_enough(raw)) return refuse(EINVAL);
  const int fd = object(0);
  if (fd >= 0) fake_kernel().btfs[fd] = std::move(raw);
  return fd;
}

int load_program(const bpf_attr& a) {
  // What libbpf asks with whether a tag makes an argument the context.
  if (fake_kernel().old && std::strcmp(a.prog_name, "det_arg_ctx") == 0) return refuse(EINVAL);
  LoadedProgram p{reinterpret_cast<const void*>(a.insns),
                  {},
                  {},
                  {},
                  {},
                  a.prog_type,
                  a.expected_attach_type,
                  a.prog_flags,
                  a.attach_btf_id};
  if (a.prog_btf_fd) p.btf = fake_kernel().btfs[static_cast<int>(a.prog_btf_fd)];
  const auto* insns = reinterpret_cast<const bpf_insn*>(a.insns);
  p.insns.assign(insns, insns + a.insn_cnt);
  p.func_info = records<FuncRec>(a.func_info, a.func_info_cnt, a.func_info_rec_size);
  p.line_info = records<LineRec>(a.line_info, a.line_info_cnt, a.line_info_rec_size);
  fake_kernel().programs.push_back(std::move(p));
  return object(0);
}

/// The first attempts of libbpf's probe for uprobe_multi end so on a kernel that has it.
int create_link(const bpf_attr& a) { return refuse(a.link_create.uprobe_multi.pid == UINT32_MAX ? EINVAL : EBADF); }

int bpf(int cmd, bpf_attr* a, size_t size) {
  bpf_attr attr{};
  std::memcpy(&attr, a, size < sizeof attr ? size : sizeof attr);
  switch (cmd) {
    case BPF_MAP_CREATE: {
      if (fake_kernel().old && (attr.map_flags & BPF_F_MMAPABLE)) return refuse(EINVAL);
      const size_t page = 4096,
                   unit = attr.map_type == BPF_MAP_TYPE_ARENA ? page : (size_t{attr.value_size} + 7) / 8 * 8;
      return object((unit * attr.max_entries + page - 1) / page * page);
    }
    case BPF_PROG_LOAD:
      return load_program(attr);
    case BPF_BTF_LOAD:
      return load_types(attr);
    case BPF_BTF_GET_NEXT_ID:
      return refuse(ENOENT);
    case BPF_TOKEN_CREATE:
      return refuse(ENOENT);
    case BPF_LINK_CREATE:
      return create_link(attr);
    case BPF_MAP_UPDATE_ELEM:
    case BPF_MAP_FREEZE:
    case BPF_PROG_BIND_MAP:
      return 0;
    default:
      return refuse(EINVAL);
  }
}

}  // namespace
}  // namespace bpfcheck::test

using bpfcheck::test::fake_kernel;

extern "C" {

long __real_syscall(long number, ...);
FILE* __real_fopen64(const char* path, const char* mode);
void* __real_gzopen64(const char* path, const char* mode);
void __real_btf__free(btf* b);

long __wrap_syscall(long number, ...) {
  va_list ap;
  va_start(ap, number);
  long arg[6];
  for (long& a : arg) a = va_arg(ap, long);
  va_end(ap);
  if (number == SYS_bpf)
    return bpfcheck::test::bpf(static_cast<int>(arg[0]), reinterpret_cast<bpf_attr*>(arg[1]),
                               static_cast<size_t>(arg[2]));
  return __real_syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

FILE* __wrap_fopen64(const char* path, const char* mode) {
  return __real_fopen64(std::strcmp(path, "/proc/kallsyms") == 0 ? fake_kernel().kallsyms.c_str() : path, mode);
}

void* __wrap_gzopen64(const char*, const char* mode) { return __real_gzopen64(fake_kernel().kconfig.c_str(), mode); }

btf* __wrap_btf__load_vmlinux_btf() { return fake_kernel().vmlinux; }

void __wrap_btf__free(btf* b) {
  if (b != fake_kernel().vmlinux) __real_btf__free(b);
}
}
