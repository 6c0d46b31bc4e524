// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See early_state_text.h.
#include "verifier_sim/log/early_state_text.h"

#include <fmt/format.h>

#include "verifier_sim/log/state_text.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {
namespace {

/// Of the frame pointer, which is never written, nothing is kept.
std::string mark_text(const ReadMarks& marks, u32 at) {
  const u8 live = at < marks.size() ? marks[at].live : 0;
  std::string out;
  if (live & ReadMark::Read) out += 'r';
  if (live & ReadMark::Written) out += 'w';
  return out.empty() ? out : "_" + out;
}

bool may_be_refcounted(u32 type) {
  const u32 base = base_type(type);
  return base == PTR_TO_SOCKET || base == PTR_TO_TCP_SOCK || base == PTR_TO_MEM;
}

void put_bounds(std::string& out, const Reg& r, const TypeNames& names) {
  const auto put = [&](bool shown, const char* name, auto value) {
    if (shown) out += fmt::format(",{}={}", name, value);
  };
  put(r.smin() != static_cast<s64>(r.umin()) && r.smin() != S64_MIN, "smin_value", r.smin());
  put(r.smax() != static_cast<s64>(r.umax()) && r.smax() != S64_MAX, "smax_value", r.smax());
  put(r.umin() != 0, "umin_value", r.umin());
  put(r.umax() != U64_MAX, "umax_value", r.umax());
  if (!r.var_off().is_unknown()) out += ",var_off=" + names.of(tnum_strn(r.var_off()));
  put(r.s32_min() != r.smin() && r.s32_min() != S32_MIN, "s32_min_value", r.s32_min());
  put(r.s32_max() != r.smax() && r.s32_max() != S32_MAX, "s32_max_value", r.s32_max());
  // Unsigned bounds are printed as if they had a sign.
  put(r.u32_min() != r.umin() && r.u32_min() != 0, "u32_min_value", static_cast<s32>(r.u32_min()));
  put(r.u32_max() != r.umax() && r.u32_max() != U32_MAX, "u32_max_value", static_cast<s32>(r.u32_max()));
}

std::string value_text(const Reg& r, const TypeNames& names) {
  std::string out = names.of(r.type);
  if (r.type == SCALAR_VALUE && r.precise) out += 'P';
  if ((r.type == SCALAR_VALUE || r.type == PTR_TO_STACK) && r.is_const())
    return out + std::to_string(static_cast<s64>(r.var_off().value) + (r.type == PTR_TO_STACK ? r.off : 0));
  if (r.base() == PTR_TO_BTF_ID && r.u.btf) out += r.u.btf->type(r.u.btf_id).name();
  out += fmt::format("(id={}", r.id);
  if (may_be_refcounted(r.type)) out += fmt::format(",ref_obj_id={}", r.ref_obj_id);
  if (r.type != SCALAR_VALUE) out += fmt::format(",off={}", r.off);
  if (r.is_pkt()) out += fmt::format(",r={}", r.u.range);
  if (r.base() == CONST_PTR_TO_MAP || r.base() == PTR_TO_MAP_KEY || r.base() == PTR_TO_MAP_VALUE)
    out += fmt::format(",ks={},vs={}", r.u.map->def->key_size, r.u.map->def->value_size);
  if (r.is_const())
    out += fmt::format(",imm={:x}", r.var_off().value);
  else
    put_bounds(out, r, names);
  return out + ")";
}

/// A slot that is not all of a register has its eight bytes.
std::string bytes_text(const StackSlot& s, const TypeNames& names) {
  std::string types;
  for (const SlotType t : s.slot) types += slot_type_char(t);
  if (!s.is_spilled_reg()) return types;
  const Reg& r = s.spilled;
  std::string out = names.of(r.type);
  if (r.type == SCALAR_VALUE && r.precise) out += 'P';
  return r.type == SCALAR_VALUE && r.is_const() ? out + std::to_string(static_cast<s64>(r.var_off().value)) : out;
}

}  // namespace

std::string early_state_text(const Env& env, const State& st, u32 frameno) {
  const Frame& f = *st.frame[frameno];
  const TypeNames& names = env.target.wording.types();
  std::string out;
  if (f.frameno) out += fmt::format(" frame{}:", f.frameno);
  for (u32 i = 0; i < bpf::MAX_REG; i++) {
    if (f.regs[i].type == NOT_INIT) continue;
    const std::string marks = i < bpf::REG_FP ? mark_text(f.marks, i) : "";
    out += fmt::format(" R{}{}={}", i, marks, value_text(f.regs[i], names));
  }
  for (u32 i = 0; i < f.stack.size(); i++) {
    const StackSlot& s = f.stack[i];
    bool valid = false;
    for (const SlotType t : s.slot) valid |= t != SlotType::Invalid;
    if (!valid) continue;
    out += fmt::format(" fp-{}{}={}", (i + 1) * bpf::REG_SIZE, mark_text(f.marks, ReadMarks::of_slot(i)),
                       bytes_text(s, names));
  }
  const char* sep = " refs=";  // locks are none of them
  for (const Reference& ref : st.refs) {
    if (ref.type != RefType::Ptr || !ref.id) continue;
    out += sep + std::to_string(ref.id);
    sep = ",";
  }
  if (f.in_callback_fn) out += " cb";
  if (f.in_async_callback_fn) out += " async_cb";
  env.notes.mark_clean();
  return out;
}

}  // namespace bpfcheck::sim
