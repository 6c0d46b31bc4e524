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
  for (__u32 i = 0; i < count; i++) std::memcpy(&out[i], reinterpret_cast<const char*>(at) + size_t{i} * size, sizeof(Rec));
  return out;
}

int load_program(const bpf_attr& a) {
  LoadedProgram p{reinterpret_cast<const void*>(a.insns), {}, {}, {}, a.prog_type, a.expected_attach_type, a.prog_flags, a.attach_btf_id};
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
      const size_t page = 4096, unit = attr.map_type == BPF_MAP_TYPE_ARENA ? page : (size_t{attr.value_size} + 7) / 8 * 8;
      return object((unit * attr.max_entries + page - 1) / page * page);
    }
    case BPF_PROG_LOAD: return load_program(attr);
    case BPF_BTF_LOAD: return object(0);
    case BPF_BTF_GET_NEXT_ID: return refuse(ENOENT);
    case BPF_TOKEN_CREATE: return refuse(ENOENT);
    case BPF_LINK_CREATE: return create_link(attr);
    case BPF_MAP_UPDATE_ELEM: case BPF_MAP_FREEZE: case BPF_PROG_BIND_MAP: return 0;
    default: return refuse(EINVAL);
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
  if (number == SYS_bpf) return bpfcheck::test::bpf(static_cast<int>(arg[0]), reinterpret_cast<bpf_attr*>(arg[1]), static_cast<size_t>(arg[2]));
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
