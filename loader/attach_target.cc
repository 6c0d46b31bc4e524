// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See attach_target.h.
#include "loader/attach_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "loader/externs_in_kernel.h"

namespace bpfcheck::loader {
namespace {

constexpr size_t max_attach_name = 128;  ///< with its NUL (BTF_MAX_NAME_SIZE)

/// The kernel's structure whose member the program implements.
Result<void> find_struct_ops(const Object& obj, const ObjectProgram& prog, std::span<const StructOpsSlot> slots,
                             LinkedProgram& out) {
  auto slot = std::ranges::find(slots, prog.name, &StructOpsSlot::prog);
  if (slot == slots.end())
    return fail(place_of(obj, prog), "SEC(\"struct_ops\") program isn't referenced anywhere, did you forget to use it?",
                EINVAL);
  const btf::Type t = slot->kern_btf->type(slot->kern_type_id);
  out.attach_btf = slot->kern_btf;
  out.attach_btf_id = slot->kern_type_id;
  out.attach_name = t.name();
  out.struct_ops_member_idx = static_cast<s32>(slot->kern_member_idx);
  out.struct_ops_member = t.member(slot->kern_member_idx).name;
  out.expected_attach_type = slot->kern_member_idx;
  return {};
}

}  // namespace

Result<void> find_attach_target(const Object& obj, const ObjectProgram& prog, const Target& target,
                                std::span<const StructOpsSlot> slots, LinkedProgram& out) {
  auto bad = [&](std::string what, int errnum) { return fail(place_of(obj, prog), std::move(what), errnum); };
  if (prog.type == ProgType::UNSPEC)
    return bad(fmt::format("missing BPF prog type, check ELF section name '{}'", prog.section), EINVAL);
  if (prog.type == ProgType::STRUCT_OPS) return find_struct_ops(obj, prog, slots, out);
  if (!prog.needs_attach_btf) return {};
  if (prog.attach_name.empty())
    return bad("no BTF-based attach target is specified, use bpf_program__set_attach_target()", EINVAL);
  if (prog.type == ProgType::EXT) return bad("attach program FD is not set", EINVAL);
  std::string_view name = prog.attach_name, module;
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    module = name.substr(0, colon);
    name.remove_prefix(colon + 1);
  }
  std::string prefix;
  btf::Kind kind = btf::Kind::Func;
  switch (static_cast<AttachType>(prog.expected_attach_type)) {
    case AttachType::TRACE_RAW_TP:
      prefix = "btf_trace_", kind = btf::Kind::Typedef;
      break;
    case AttachType::LSM_MAC:
    case AttachType::LSM_CGROUP:
      prefix = "bpf_lsm_";
      break;
    case AttachType::TRACE_ITER:
      prefix = "bpf_iter_";
      break;
    default:
      break;
  }
  const std::string full = prefix.append(name);
  for (u32 i = 0; i < out.btfs.size() && full.size() < max_attach_name; i++) {
    const bool asked = i == 0 ? std::string_view("vmlinux").starts_with(module)
                              : module.empty() || target.modules[i - 1].name.starts_with(module);
    const auto id = asked && out.btfs[i] ? out.btfs[i]->find(full, kind) : std::nullopt;
    if (!id) continue;
    out.attach_btf_id = *id;
    out.attach_btf = out.btfs[i];
    out.attach_name = full;
    return {};
  }
  const bool too_long = full.size() >= max_attach_name;
  return bad(fmt::format("failed to find kernel BTF type ID of '{}': {}", prog.attach_name,
                         too_long ? "-ENAMETOOLONG" : "-ESRCH"),
             too_long ? ENAMETOOLONG : ESRCH);
}

}  // namespace bpfcheck::loader
