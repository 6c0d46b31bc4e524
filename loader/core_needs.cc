// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See core_needs.h (btfgen_record_obj, btfgen_record_field_relo: tools/bpf/bpftool/gen.c, 6.12).
#include "loader/core_needs.h"

#include "core_reloc/fixup.h"
#include "loader/core_listing.h"

namespace bpfcheck::loader {
namespace {

using btf::Subset;

/// The way that a field's access takes, from its root.
void keep_field(const core_reloc::Spec& spec, Subset& subset) {
  const btf::Btf& btf = *spec.btf;
  subset.keep(spec.root_type_id, Subset::Pointers::stop);
  u32 id = spec.root_type_id;
  for (size_t i = 1; i < spec.raw.size(); i++) {
    id = btf.skip_mods_and_typedefs(id);
    const btf::Type t = btf.type(id);
    if (t.is(btf::Kind::Array)) {
      id = t.array().elem_type;
    } else if (t.is_composite() && spec.raw[i] < t.member_count()) {
      subset.keep_member(id, spec.raw[i]);
      id = t.member(spec.raw[i]).type;
    } else {
      return;
    }
    subset.keep(id, Subset::Pointers::stop);
  }
}

}  // namespace

Result<void> keep_core_needs(const Object& object, const btf::Btf& kernel, Subset& subset) {
  using core_reloc::Kind;
  if (object.endian != kernel.endian())
    return fail(object.path, "is of the other byte order than " + kernel.origin(), EINVAL);
  BPFCHECK_ASSIGN(const auto uses, core_uses(object));
  core_reloc::Candidates candidates(kernel);
  for (const CoreUse& use : uses) {
    if (use.local.kind == Kind::TypeIdLocal) continue;
    BPFCHECK_ASSIGN(const core_reloc::Fixup fixup,
                    core_reloc::calculate(use.local, candidates, kernel.endian() == Endian::little));
    if (!fixup.target) continue;
    if (core_reloc::is_field_based(use.local.kind))
      keep_field(*fixup.target, subset);
    else if (use.local.kind == Kind::TypeMatches)
      subset.keep_whole(fixup.target->root_type_id);
    else
      subset.keep(fixup.target->root_type_id,
                  core_reloc::is_type_based(use.local.kind) ? Subset::Pointers::follow : Subset::Pointers::stop);
  }
  return {};
}

}  // namespace bpfcheck::loader
