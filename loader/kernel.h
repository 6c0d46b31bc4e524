// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel as libbpf meets it before a program is loaded: the calls of bpf() by which it loads types and creates
// maps. What answers decides as a kernel does (verifier_sim/maps); nothing in this room does.
#pragma once

#include <memory>

#include "base/result.h"
#include "loader/map.h"
#include "loader/record.h"

namespace bpfcheck::loader {

/// A program's BTF as the kernel holds it.
struct LoadedBtf {
  btf::BtfPtr btf;                           ///< null: none was taken
  std::shared_ptr<const StructMetas> metas;  ///< what the program may allocate
};

class Kernel {
 public:
  Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  virtual ~Kernel() = default;

  /// BPF_BTF_LOAD of types that are well formed; without any where the kernel refuses them.
  virtual LoadedBtf load_btf(const btf::BtfPtr& btf) const = 0;
  /// BPF_MAP_CREATE, with types and, where the kernel takes none of them, without: sets has_btf and record. An error
  /// carries the kernel's errno.
  virtual Result<void> create_map(MapDef& map, const LoadedBtf& btf) const = 0;
};

}  // namespace bpfcheck::loader
