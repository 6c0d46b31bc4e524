// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which fields of a context, or of a socket, may be read and written, how wide, and what they give: the is_valid_access
// functions of the kernel as rows (contexts/*.def), read by verifier_sim/memory/ctx_field.
//
// FIELD(view, range, access, rule, gives, when[, object[, kernels]])
//   view    a way to see a struct, mostly a program type's
//   range   bytes: all(member), start(member) its first byte alone, rest(member) the
//           others, till(a, b) from a to the end of b, from(a, b) up to
//           where b starts, between(a, b) the padding between them, whole the struct
//   access  R, W, RW
//   rule    the sizes, see CtxRule
//   gives   type of the register that such a load fills (and the kernel's struct, for an object)
//   when    always, bpf_capable, kprobe_write, or a set of attach types
//   kernels with(feature) or without(feature) of kernel_db/features.def; else all
// An access starts inside the struct and, where the view wants it, is aligned to its size, or is refused before any
// row. The first row that holds for its first byte decides; where none does, it is refused.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "kernel_db/target.h"
#include "kernel_db/types.h"
#include "kernel_db/uapi.h"
#include "kernel_db/when.h"

namespace bpfcheck {

struct CtxRange {
  u32 from, to;
  constexpr CtxRange(u32 f, u32 t) : from(f), to(t) {}
  constexpr bool holds(u32 off) const { return off >= from && off < to; }
};

enum class CtxView : u8 {
#define VIEW(name, structure, base, aligned) name,
#define VIEW_OF(type, view)
#define ATTACH(name, ...)
#include "kernel_db/contexts/views.def"
#undef VIEW
#undef VIEW_OF
#undef ATTACH
  count
};

enum class CtxRule : u8 {
  refused,
  any_size,
  inside,  ///< any size that does not reach beyond the range
  size8,
  size32,
  size64,
  unsigned32,            ///< 4 bytes, not sign-extended
  narrow16,              ///< 2 bytes or 1
  narrow32,              ///< 4 bytes or fewer
  narrow32_from_16,      ///< 4 bytes or 2
  narrow16_or_32,        ///< 2 bytes or 1, or all 4
  narrow32_or_64,        ///< 4 bytes or fewer, or 8 inside the range
  size32_or_64,          ///< 4 bytes, or 8 inside the range
  not_rewritten,         ///< 4 bytes: the verifier takes it, and then fails to rewrite it
  narrow_not_rewritten,  ///< the same of 4 bytes or fewer
  not_rewritten64,       ///< the same of 8 bytes
  as_base,               ///< as the view's base has it
};

enum class CtxWhen : u8 {
  always,
  bpf_capable,
  kprobe_write,  ///< Feature::kprobe_write_ctx
#define VIEW(name, structure, base, aligned)
#define VIEW_OF(type, view)
#define ATTACH(name, ...) name,
#include "kernel_db/contexts/views.def"
#undef VIEW
#undef VIEW_OF
#undef ATTACH
};

struct CtxField {
  CtxRange range;
  u8 access;  ///< AccessType bits
  CtxRule rule;
  u32 gives;  ///< RegType | TypeFlag
  CtxWhen when;
  std::string_view object = {};  ///< PTR_TO_BTF_ID: the struct
  When kernels = {};
};

/// The rules of a view, in order.
std::span<const CtxField> ctx_fields(CtxView view);
/// Whether an access must be aligned to its size there.
bool ctx_is_aligned(const Target& target, CtxView view);
/// CtxView::none where as_base cannot be.
CtxView ctx_base(CtxView view);
/// Bytes of the view's struct in the target, by its BTF where that has the struct; the largest number where it is none.
u32 ctx_size(const Target& target, CtxView view);
/// Nothing for types whose context is not described by rows.
std::optional<CtxView> ctx_view(ProgType type);
/// Whether the set of attach types has this one (`when` that names one).
bool ctx_when_attach(CtxWhen when, u32 expected_attach_type);
u32 flow_keys_size(const Target& target);

/// For tests: the members that the rules name.
struct CtxMember {
  std::string_view structure, member;
  u32 offset, size;
};
std::span<const CtxMember> ctx_members();

}  // namespace bpfcheck
