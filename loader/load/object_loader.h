// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Linked programs into the kernel: descriptors put where the linker left indices, the object's BTF and maps beside them
// (bpf_object_load_prog: libbpf 1.7). Whatever fails, nothing of it stays in the kernel.
#pragma once

#include "loader/load/kernel_maps.h"
#include "loader/program.h"
#include "loader/syscall/prog_load.h"

namespace bpfcheck::loader {

class ObjectLoader {
 public:
  ObjectLoader(const Object& object, const Target& target, const KernelHandles& kernel)
      : object_(object), target_(target), kernel_(kernel) {}

  /// The object's maps, for programs that share them. Errors carry the kernel's errno.
  Result<std::vector<KernelMap>> create_maps(const LinkedProgram& prog);
  /// The kernel's answer; log levels as in bpf(2).
  sys::ProgAnswer load(const LinkedProgram& prog, std::span<const KernelMap> maps, u32 log_level);
  Result<void> fill_program_arrays(const LinkedProgram& prog, std::span<const KernelMap> maps,
                                   const std::function<int(const std::string&)>& fd_of);

 private:
  int btf_fd();
  /// For a kernel that does not know the tag: BTF of the program's own, with `funcs` that name its functions there.
  sys::Fd typed_ctx_args(const LinkedProgram& prog, std::vector<FuncInfo>& funcs) const;
  MapsRequest request(const LinkedProgram& prog) { return {object_, prog.maps, target_, kernel_, btf_fd()}; }

  const Object& object_;
  const Target& target_;
  const KernelHandles& kernel_;
  bool asked_btf_ = false;
  sys::Fd btf_;
};

}  // namespace bpfcheck::loader
