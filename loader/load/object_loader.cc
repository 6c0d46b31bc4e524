// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See object_loader.h.
#include "loader/load/object_loader.h"

#include <algorithm>
#include <cerrno>

#include "loader/load/ctx_args.h"
#include "loader/syscall/btf_load.h"

namespace bpfcheck::loader {
namespace {

/// Descriptors of module BTF by their place in LinkedProgram::btfs; vmlinux, at place 0, needs none.
int btf_descriptor(const KernelHandles& kernel, size_t index) {
  return index > 0 && index - 1 < kernel.module_btfs.size() ? kernel.module_btfs[index - 1].get() : 0;
}

void put_descriptors(Insns& insns, std::span<const KernelMap> maps, const KernelHandles& kernel) {
  for (size_t i = 0; i < insns.size(); i++) {
    Insn& insn = insns[i];
    if (insn.code != bpf::LD_IMM64 || i + 1 >= insns.size()) continue;
    if (insn.src == bpf::PSEUDO_MAP_FD || insn.src == bpf::PSEUDO_MAP_VALUE)
      insn.imm = insn.imm >= 0 && static_cast<size_t>(insn.imm) < maps.size()
                     ? maps[static_cast<size_t>(insn.imm)].fd.get()
                     : -1 - insn.imm;
    else if (insn.src == bpf::PSEUDO_BTF_ID)
      insns[i + 1].imm = btf_descriptor(kernel, static_cast<u32>(insns[i + 1].imm));
    i++;
  }
}

bool holds_constants(const MapDef& m) { return m.is_global_data && m.frozen && m.elf_name != ".kconfig"; }

/// So that whoever looks at the program finds its constants, though no instruction of it may read them. Kernels
/// before 5.10 cannot, and nothing depends on it.
void bind_constants(const sys::Fd& fd, const LinkedProgram& prog, std::span<const KernelMap> maps) {
  for (size_t i = 0; i < prog.maps.size() && i < maps.size(); i++)
    if (maps[i].fd && holds_constants(*prog.maps[i])) (void)sys::prog_bind_map(fd, maps[i].fd);
}

}  // namespace

int ObjectLoader::btf_fd() {
  if (!asked_btf_ && object_.btf && (object_.endian == Endian::little) == host_is_little)
    if (auto raw = btf_for_kernel(object_)) btf_ = sys::btf_load(sanitize_btf(std::move(*raw), kernel_.btf)).fd;
  asked_btf_ = true;
  return btf_.get();
}

sys::Fd ObjectLoader::typed_ctx_args(const LinkedProgram& prog, std::vector<FuncInfo>& funcs) const {
  if (kernel_.ctx_tag || prog.func_info.empty()) return {};
  auto typed = type_ctx_args(object_, prog.type, target_.arch, prog.object_func_info());
  if (!typed) return {};
  funcs = std::move(typed->func_info);
  return sys::btf_load(sanitize_btf(std::move(typed->btf), kernel_.btf)).fd;
}

Result<std::vector<KernelMap>> ObjectLoader::create_maps(const LinkedProgram& prog) {
  // Programs go without BTF where the kernel refuses it; operations of a kernel structure cannot (kernel_needs_btf:
  // libbpf 1.7).
  const bool needs_btf = std::ranges::any_of(prog.maps, [](const auto& m) { return m->type == MapType::STRUCT_OPS; });
  if (needs_btf && btf_fd() < 0)
    return fail(object_.path, "the kernel refuses its BTF, which struct_ops cannot do without", EINVAL);
  return loader::create_maps(request(prog));
}

Result<void> ObjectLoader::fill_program_arrays(const LinkedProgram& prog, std::span<const KernelMap> maps,
                                               const std::function<int(const std::string&)>& fd_of) {
  return loader::fill_program_arrays(maps, request(prog), fd_of);
}

sys::ProgAnswer ObjectLoader::load(const LinkedProgram& prog, std::span<const KernelMap> maps, u32 log_level) {
  Insns insns = prog.insns;
  put_descriptors(insns, maps, kernel_);
  sys::ProgLoad q;
  q.name = prog.name;
  q.type = prog.type;
  q.expected_attach_type = prog.expected_attach_type;
  q.flags = prog.flags;
  q.license = prog.license;
  q.insns = insns;
  if (kernel_.btf.func) q.btf_fd = btf_fd();
  q.func_info = prog.object_func_info();
  std::vector<FuncInfo> typed_funcs;
  const sys::Fd typed_btf = typed_ctx_args(prog, typed_funcs);
  if (typed_btf) {
    q.btf_fd = typed_btf.get();
    q.func_info = typed_funcs;
  }
  q.line_info = prog.line_info;
  q.attach_btf_id = prog.attach_btf_id;
  if (prog.attach_btf_id) {
    auto at = std::ranges::find(prog.btfs, prog.attach_btf);
    if (const int fd = btf_descriptor(kernel_, static_cast<size_t>(at - prog.btfs.begin()))) q.attach_btf_obj_fd = fd;
  }
  if (!kernel_.module_btfs.empty())
    for (size_t i = 0; i <= kernel_.module_btfs.size(); i++) q.fd_array.push_back(btf_descriptor(kernel_, i));
  q.kern_version = kernel_.version;
  q.log_level = log_level;
  sys::ProgAnswer answer = sys::prog_load(q);
  if (answer.accepted()) bind_constants(answer.fd, prog, maps);
  return answer;
}

}  // namespace bpfcheck::loader
