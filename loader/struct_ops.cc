// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See struct_ops.h.
#include "loader/struct_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "core_reloc/flavour.h"

namespace bpfcheck::loader {
namespace {

using btf::Kind;
using btf::Type;

/// The structure that a struct_ops map's value wraps, and the value itself (find_struct_ops_kern_types).
struct KernelTypes {
  btf::BtfPtr btf;
  u32 type_id, value_id;
};

Result<KernelTypes> find_kernel_types(std::string_view local_name, KernelBtfs kernel) {
  const std::string name = core_reloc::essential_name(local_name), value_name = "bpf_struct_ops_" + name;
  auto missing = [](std::string_view what) {
    return fail("struct_ops init_kern", fmt::format("struct {} is not found in kernel BTF", what), ESRCH);
  };
  for (const btf::BtfPtr& b : kernel) {
    const auto value = b ? b->find(value_name, Kind::Struct) : std::nullopt;
    if (!value || (b != kernel.front() && *value < b->first_id())) continue;
    const auto type = b->find(name, Kind::Struct);
    if (!type) return missing(name);
    const Type v = b->type(*value);
    for (u32 i = 0; i < v.member_count(); i++)
      if (v.member(i).type == *type) return KernelTypes{b, *type, *value};
    return fail("struct_ops init_kern", fmt::format("struct {} data is not found in struct {}", name, value_name),
                EINVAL);
  }
  return missing(value_name);
}

class Initialiser {
 public:
  Initialiser(const btf::Btf& local, MapDef& map, KernelTypes types, std::vector<StructOpsSlot>& slots)
      : local_(local), map_(map), kern_(std::move(types)), slots_(slots) {}

  Result<void> run() {
    const Type type = local_.type(map_.btf_value_type_id), kern_type = kern_.btf->type(kern_.type_id);
    for (u32 i = 0; i < type.member_count(); i++) BPFCHECK_TRY(member(type, i, kern_type));
    map_.value_size = kern_.btf->type(kern_.value_id).size();
    map_.btf_vmlinux_value_type_id = kern_.value_id;
    return {};
  }

 private:
  std::unexpected<Error> bad(std::string what, int errnum = ENOTSUP) const {
    return fail(fmt::format("struct_ops init_kern {}", map_.elf_name), std::move(what), errnum);
  }

  const std::string* program_of(std::string_view member) const {
    for (const auto& [name, prog] : map_.struct_ops_progs)
      if (name == member) return &prog;
    return nullptr;
  }

  /// No program and no value stands there.
  bool is_zero(const btf::Member& m, u64 size) const {
    if (program_of(m.name)) return false;
    const size_t at = m.bit_offset / 8;
    if (at > map_.initial.size() || size > map_.initial.size() - at) return false;
    return std::all_of(map_.initial.begin() + static_cast<std::ptrdiff_t>(at),
                       map_.initial.begin() + static_cast<std::ptrdiff_t>(at + size), [](u8 b) { return b == 0; });
  }

  Result<void> member(const Type& type, u32 i, const Type& kern_type) {
    const btf::Member m = type.member(i);
    const auto size = local_.size_of(m.type);
    if (!size) return bad(fmt::format("failed to resolve the size of member {}", m.name), EINVAL);
    u32 k = 0;
    while (k < kern_type.member_count() && kern_type.member(k).name != m.name) k++;
    if (k == kern_type.member_count())
      return is_zero(m, *size) ? Result<void>{} : bad(fmt::format("Cannot find member {} in kernel BTF", m.name));
    const btf::Member km = kern_type.member(k);
    if (m.bitfield_size || km.bitfield_size) return bad(fmt::format("bitfield {} is not supported", m.name));
    const Type mt = local_.type(local_.skip_mods_and_typedefs(m.type)),
               kt = kern_.btf->type(kern_.btf->skip_mods_and_typedefs(km.type));
    if (mt.kind() != kt.kind())
      return bad(fmt::format("Unmatched member type {} {} != {}(kernel)", m.name, static_cast<int>(mt.kind()),
                             static_cast<int>(kt.kind())));
    if (mt.is(Kind::Ptr)) return pointer(m.name, kt, k);
    const auto kern_size = kern_.btf->size_of(kt.id());
    if (!kern_size || *kern_size != *size)
      return bad(fmt::format("Error in size of member {}: {} != {}(kernel)", m.name, *size,
                             kern_size ? static_cast<s64>(*kern_size) : -EINVAL));
    return {};
  }

  Result<void> pointer(std::string_view name, const Type& kern_ptr, u32 kern_idx) {
    const std::string* prog = program_of(name);
    if (!prog) return {};
    if (!kern_.btf->type(kern_.btf->skip_mods_and_typedefs(kern_ptr.type())).is(Kind::FuncProto))
      return bad(fmt::format("kernel member {} is not a func ptr", name));
    auto used = std::ranges::find(slots_, *prog, &StructOpsSlot::prog);
    if (used == slots_.end()) {
      slots_.push_back({*prog, kern_.type_id, kern_idx, kern_.btf});
    } else if (used->kern_type_id != kern_.type_id) {
      return bad(fmt::format("func ptr {}: invalid reuse of prog {}: attach_btf_id {} != kern_type_id {}", name, *prog,
                             used->kern_type_id, kern_.type_id),
                 EINVAL);
    } else if (used->kern_member_idx != kern_idx) {
      return bad(fmt::format("func ptr {}: invalid reuse of prog {}: expected_attach_type {} != kern_member_idx {}",
                             name, *prog, used->kern_member_idx, kern_idx),
                 EINVAL);
    }
    return {};
  }

  const btf::Btf& local_;
  MapDef& map_;
  const KernelTypes kern_;
  std::vector<StructOpsSlot>& slots_;
};

}  // namespace

Result<void> init_kern_struct_ops(const btf::Btf& local, MapDef& map, KernelBtfs kernel,
                                  std::vector<StructOpsSlot>& slots) {
  BPFCHECK_ASSIGN(KernelTypes types, find_kernel_types(map.struct_ops_type, kernel));
  return Initialiser(local, map, std::move(types), slots).run();
}

}  // namespace bpfcheck::loader
