// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The maps of an object in the kernel (bpf_object__create_maps: libbpf 1.7). They go away with their owner.
#pragma once

#include <functional>
#include <span>

#include "loader/load/kernel_handles.h"
#include "loader/object.h"
#include "loader/syscall/map_create.h"

namespace bpfcheck::loader {

/// A mapping of an arena into this process: the verifier wants its address settled before it takes a program that uses
/// it.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* at, size_t size) : at_(at), size_(size) {}
  Mapping(Mapping&& o) noexcept : at_(std::exchange(o.at_, nullptr)), size_(o.size_) {}
  Mapping& operator=(Mapping&& o) noexcept {
    std::swap(at_, o.at_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~Mapping();

 private:
  void* at_ = nullptr;
  size_t size_ = 0;
};

struct KernelMap {
  sys::Fd fd;  ///< none where the object does not have it created
  Mapping mapping;
};

struct MapsRequest {
  const Object& object;
  std::span<const std::shared_ptr<const MapDef>> maps;  ///< as linked: sizes settled, kconfig filled in
  const Target& target;
  const KernelHandles& kernel;
  int btf_fd = -1;  ///< the object's BTF; -1 where the kernel refused it
};

/// What BPF_MAP_CREATE is asked for by the definition alone: no BTF, no other map.
sys::MapCreate plain_request(const MapDef& def);
/// One for each of the object's maps, filled and frozen. Errors carry the kernel's errno; then none is left.
Result<std::vector<KernelMap>> create_maps(const MapsRequest& request);

/// Puts programs into the slots of program arrays; `fd_of` gives a program's descriptor, or -1 where it is not loaded.
Result<void> fill_program_arrays(std::span<const KernelMap> maps, const MapsRequest& request,
                                 const std::function<int(const std::string&)>& fd_of);

}  // namespace bpfcheck::loader
