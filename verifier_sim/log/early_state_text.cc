// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See early_state_text.h.
#include "verifier_sim/log/early_state_text.h"

#include <fmt/format.h>

#include "kernel_db/intervals.h"
#include "verifier_sim/log/state_text.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {
namespace {

bool may_be_refcounted(u32 type) {
  const u32 base = base_type(type);
  return base == PTR_TO_SOCKET || base == PTR_TO_TCP_SOCK || base == PTR_TO_MEM;
}

/// Attributes of a register apart by commas.
class Attributes {
 public:
  template <class T>
  void put(bool shown, std::string_view name, T value) {
    if (!shown) return;
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : ",", name, value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Names of bounds lost their "_value" where states came to stand beside instructions.
void put_bounds(Attributes& out, const Reg& r, const TypeNames& names, bool beside) {
  const auto put = [&](bool shown, std::string name, auto value) {
    out.put(shown, beside ? name : name + "_value", value);
  };
  put(r.smin() != static_cast<s64>(r.umin()) && r.smin() != S64_MIN, "smin", r.smin());
  put(r.smax() != static_cast<s64>(r.umax()) && r.smax() != S64_MAX, "smax", r.smax());
  put(r.umin() != 0, "umin", r.umin());
  put(r.umax() != U64_MAX, "umax", r.umax());
  out.put(!r.var_off().is_unknown(), "var_off", names.of(tnum_strn(r.var_off())));
  put(r.s32_min() != r.smin() && r.s32_min() != S32_MIN, "s32_min", r.s32_min());
  put(r.s32_max() != r.smax() && r.s32_max() != S32_MAX, "s32_max", r.s32_max());
  // Unsigned bounds are printed as if they had a sign.
  put(r.u32_min() != r.umin() && r.u32_min() != 0, "u32_min", static_cast<s32>(r.u32_min()));
  put(r.u32_max() != r.umax() && r.u32_max() != U32_MAX, "u32_max", static_cast<s32>(r.u32_max()));
}

/// The type's name and P where it is precise: a scalar's is left out where states stand beside instructions.
std::string type_text(const Reg& r, const TypeNames& names, bool beside) {
  std::string out = r.type == SCALAR_VALUE && beside ? "" : names.of(r.type);
  if (r.type == SCALAR_VALUE && r.precise) out += 'P';
  return out;
}

}  // namespace

/// Of the frame pointer, which is never written, nothing is kept.
std::string mark_text(const ReadMarks& marks, u32 at) {
  const u8 live = at < marks.size() ? marks[at].live : 0;
  std::string out;
  if (live & ReadMark::Read) out += 'r';
  if (live & ReadMark::Written) out += 'w';
  return out.empty() ? out : "_" + out;
}

std::string early_reg_text(const Env& env, const Reg& r) {
  const TypeNames& names = env.target.wording.types();
  const bool beside = env.target.has(Feature::states_beside_insns);
  std::string out = type_text(r, names, beside);
  if ((r.type == SCALAR_VALUE || r.type == PTR_TO_STACK) && r.is_const())
    return out + std::to_string(static_cast<s64>(r.var_off().value) + (r.type == PTR_TO_STACK ? r.off : 0));
  if (r.type == SCALAR_VALUE && beside) out += names.of(r.type);
  if (r.base() == PTR_TO_BTF_ID && r.u.btf) out += r.u.btf->type(r.u.btf_id).name();
  Attributes a;
  a.put(r.id || !beside, "id", r.id);
  a.put(beside ? r.ref_obj_id != 0 : may_be_refcounted(r.type), "ref_obj_id", r.ref_obj_id);
  a.put(r.type != SCALAR_VALUE, "off", r.off);
  a.put(r.is_pkt(), "r", r.u.range);
  if (r.base() == CONST_PTR_TO_MAP || r.base() == PTR_TO_MAP_KEY || r.base() == PTR_TO_MAP_VALUE) {
    a.put(true, "ks", r.u.map->def->key_size);
    a.put(true, "vs", r.u.map->def->value_size);
  }
  if (r.is_const())
    a.put(true, "imm", fmt::format("{:x}", r.var_off().value));
  else
    put_bounds(a, r, names, beside);
  return out + "(" + a.text() + ")";
}

std::string early_slot_text(const Env& env, const StackSlot& s) {
  if (!s.is_spilled_reg()) return slot_types(s);
  const Reg& r = s.spilled;
  const std::string out = type_text(r, env.target.wording.types(), env.target.has(Feature::states_beside_insns));
  return r.type == SCALAR_VALUE && r.is_const() ? out + std::to_string(static_cast<s64>(r.var_off().value)) : out;
}

std::string refs_text(const Env& env, const State& st) {
  static constexpr Intervals locks_among_them("6.14");
  const bool all = holds_at_end(locks_among_them, env.target);
  if (all && !st.refs.empty() && !st.refs[0].id) return "";  // the kernel asks the first alone whether there are any
  std::string out;
  for (const Reference& ref : st.refs)
    if (ref.id && (all || ref.type == RefType::Ptr)) out += (out.empty() ? " refs=" : ",") + std::to_string(ref.id);
  return out;
}

}  // namespace bpfcheck::sim
