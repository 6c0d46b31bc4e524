// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See struct_ops.h.
#include "kernel_db/struct_ops.h"

#include <algorithm>

namespace bpfcheck {
namespace {

constexpr bool sleepable = true, unsleepable = false;
constexpr StructOpsStub stubs[] = {
#define STUB(type, member, function, sleep) {#type, #member, #function, sleep},
#include "kernel_db/struct_ops.def"
#undef STUB
};

constexpr bool exact = true, inside = false;
constexpr WritableMember writable[] = {
#define WRITABLE(owner, object, path, how) {#owner, #object, path, how, std::nullopt},
#define WRITABLE_SINCE(feature, owner, object, path, how) {#owner, #object, path, how, Feature::feature},
#include "kernel_db/writable_members.def"
#undef WRITABLE_SINCE
#undef WRITABLE
};

}  // namespace

const StructOpsStub* struct_ops_stub(std::string_view type, std::string_view member) {
  auto it = std::ranges::find_if(stubs, [&](const StructOpsStub& s) { return s.type == type && s.member == member; });
  return it == std::end(stubs) ? nullptr : &*it;
}

bool struct_ops_type_known(std::string_view type) {
  return std::ranges::find(stubs, type, &StructOpsStub::type) != std::end(stubs);
}

std::span<const WritableMember> writable_members() { return writable; }

}  // namespace bpfcheck
