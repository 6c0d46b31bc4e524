// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's struct_ops types (struct_ops.def), and members of kernel objects that programs may write
// (writable_members.def).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/types.h"
#include "kernel_db/target.h"

namespace bpfcheck {

struct StructOpsStub {
  std::string_view type, member, function;
  bool sleepable;
};
/// nullptr where programs may not implement this member.
const StructOpsStub* struct_ops_stub(std::string_view type, std::string_view member);
bool struct_ops_type_known(std::string_view type);

/// `path`: a structure, then members; "/S" goes on in structure S that is laid over the member.
struct WritableMember {
  std::string_view owner, object, path;
  bool exact;
  std::optional<Feature> since;  ///< nothing: on every kernel that has the member
};
std::span<const WritableMember> writable_members();

}  // namespace bpfcheck
