// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_handles.h (load_module_btfs: libbpf 1.7).
#include "loader/load/kernel_handles.h"

#include <algorithm>

#include "kernel_db/kernel_facts.h"
#include "loader/load/ctx_args.h"
#include "loader/syscall/map_create.h"
#include "loader/syscall/obj_info.h"

namespace bpfcheck::loader {
namespace {

void open_modules(const Target& target, std::vector<sys::Fd>& to) {
  to.resize(target.modules.size());
  if (to.empty()) return;
  for (u32 id = 0;;) {
    auto next = sys::next_btf_id(id);
    if (!next || !*next) return;
    id = **next;
    auto fd = sys::btf_by_id(id);
    if (!fd) continue;
    auto info = sys::btf_info(*fd, false);
    if (!info || !info->kernel) continue;
    auto module = std::ranges::find(target.modules, info->name, &ModuleBtf::name);
    if (module != target.modules.end()) to[static_cast<size_t>(module - target.modules.begin())] = std::move(*fd);
  }
}

}  // namespace

KernelHandles open_kernel(const Target& target) {
  KernelHandles kernel;
  if (target.facts) kernel.version = target.facts->version;
  open_modules(target, kernel.module_btfs);
  kernel.btf = probe_btf_support();
  kernel.ctx_tag = kernel_knows_ctx_tag();
  kernel.mmapable_arrays = sys::map_create({.name = "probe",
                                            .type = MapType::ARRAY,
                                            .key_size = 4,
                                            .value_size = 4,
                                            .max_entries = 1,
                                            .flags = F_MMAPABLE})
                               .has_value();
  return kernel;
}

}  // namespace bpfcheck::loader
