// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See state_text.h.
#include "verifier_sim/log/state_text.h"

#include <fmt/format.h>

#include <iterator>

#include "verifier_sim/log/early_state_text.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {
namespace {

std::string signed_text(s64 v) {
  return v >= INT16_MIN && v <= INT16_MAX ? fmt::format("{}", v) : fmt::format("{:#x}", static_cast<u64>(v));
}
std::string unsigned_text(u64 v) { return v <= UINT16_MAX ? fmt::format("{}", v) : fmt::format("{:#x}", v); }

struct Bound {
  const char* name;
  u64 value;
  bool omit;
};

/// 32-bit bounds are widened only where they are printed in decimal.
u64 widened(s32 v) { return v >= INT16_MIN && v <= INT16_MAX ? static_cast<u64>(s64{v}) : static_cast<u32>(v); }

void put_ranges(std::string& out, const Scalar& r, const char*& sep) {
  Bound b[] = {{"smin", static_cast<u64>(r.smin()), r.smin() == S64_MIN},
               {"smax", static_cast<u64>(r.smax()), r.smax() == S64_MAX},
               {"umin", r.umin(), r.umin() == 0},
               {"umax", r.umax(), r.umax() == U64_MAX},
               {"smin32", widened(r.s32_min()), r.s32_min() == S32_MIN},
               {"smax32", widened(r.s32_max()), r.s32_max() == S32_MAX},
               {"umin32", r.u32_min(), r.u32_min() == 0},
               {"umax32", r.u32_max(), r.u32_max() == U32_MAX}};
  auto negative = [](const Bound& x) { return x.name[0] == 's' && static_cast<s64>(x.value) < 0; };
  for (size_t i = 0; i < std::size(b); i++) {
    if (b[i].omit) continue;
    out += std::string(sep) + b[i].name + "=";
    sep = ",";
    for (size_t k = i + 2; k < std::size(b); k += 2) {
      if (b[k].omit || b[k].value != b[i].value || negative(b[k]) != negative(b[i])) continue;
      b[k].omit = true;
      out += std::string(b[k].name) + "=";
    }
    out += b[i].name[0] == 's' ? signed_text(static_cast<s64>(b[i].value)) : unsigned_text(b[i].value);
  }
}

std::string reg_text(const Frame& frame, const Reg& r, const TypeNames& names) {
  std::string out;
  if (r.type == SCALAR_VALUE && r.precise) out += 'P';
  if (r.type == SCALAR_VALUE && r.is_const()) return out + signed_text(static_cast<s64>(r.var_off().value));
  out += names.of(r.type);
  if (r.type == PTR_TO_ARENA) return out;
  if (r.type == PTR_TO_STACK) {
    if (frame.frameno != r.frameno) out += fmt::format("[{}]", r.frameno);
    if (r.is_const()) return out + signed_text(static_cast<s64>(r.var_off().value) + r.off);
  }
  if (r.base() == PTR_TO_BTF_ID && r.u.btf) out += r.u.btf->type(r.u.btf_id).name();
  out += '(';
  const char* sep = "";
  auto put = [&](std::string s) {
    out += sep + s;
    sep = ",";
  };
  if (r.id) put(fmt::format("id={}", r.id & ~ADD_CONST));
  if (r.id & ADD_CONST) out += fmt::format("{:+}", r.off);
  if (r.ref_obj_id) put(fmt::format("ref_obj_id={}", r.ref_obj_id));
  if (r.base() == PTR_TO_BTF_ID && (r.type & MEM_ALLOC) && (r.type & NON_OWN_REF)) put("non_own_ref");
  if (r.base() == CONST_PTR_TO_MAP || r.base() == PTR_TO_MAP_KEY || r.base() == PTR_TO_MAP_VALUE) {
    if (!r.u.map->name.empty()) put("map=" + std::string(r.u.map->name));
    put(fmt::format("ks={},vs={}", r.u.map->def->key_size, r.u.map->def->value_size));
  }
  if (r.type != SCALAR_VALUE && r.off) put("off=" + signed_text(r.off));
  if (r.is_pkt()) put("r=" + unsigned_text(static_cast<u64>(s64{r.u.range})));
  if (r.base() == PTR_TO_MEM) put("sz=" + unsigned_text(r.u.mem_size));
  if (r.type == CONST_PTR_TO_DYNPTR) put(fmt::format("type={}", dynptr_type_str(r.u.dynptr_type)));
  if (r.is_const()) {
    if (r.var_off().value) put("imm=" + signed_text(static_cast<s64>(r.var_off().value)));
  } else {
    put_ranges(out, r, sep);
    if (!r.var_off().is_unknown()) put("var_off=" + names.of(tnum_strn(r.var_off())));
  }
  return out + ")";
}

/// A dynptr, by its first slot. The kernel has "first slot" and a slice's dynptr in the same place, hence the last
/// figure.
std::string dynptr_text(const Reg& r) {
  std::string ids;
  auto put = [&](std::string_view name, u32 id) {
    if (id) ids += fmt::format("{}{}={}", ids.empty() ? "" : ",", name, id);
  };
  put("id", r.id);
  put("ref_id", r.ref_obj_id);
  put("dynptr_id", r.u.dynptr_first_slot ? 1 : 0);
  return fmt::format("dynptr_{}({})", dynptr_type_str(r.u.dynptr_type), ids);
}

/// The same before 6.8: its type and its reference.
std::string early_dynptr_text(const Reg& r) {
  const std::string ref = r.ref_obj_id ? fmt::format("(ref_id={})", r.ref_obj_id) : "";
  return fmt::format("dynptr_{}{}", dynptr_type_str(r.u.dynptr_type), ref);
}

std::string iter_text(const Reg& r) {
  constexpr std::string_view states[] = {"<invalid>", "active", "drained"};
  return fmt::format("iter_{}(ref_id={},state={},depth={})", iter_type_str(*r.u.btf, r.u.btf_id), r.ref_obj_id,
                     states[static_cast<size_t>(r.u.iter_state)], r.u.iter_depth);
}

}  // namespace

std::string reg_text(const Frame& frame, u32 reg, const TypeNames& names) {
  return frame.regs[reg].type == NOT_INIT ? "" : reg_text(frame, frame.regs[reg], names);
}

std::string slot_types(const StackSlot& s) {
  std::string out;
  bool known = false;
  for (SlotType t : s.slot) {
    known |= t != SlotType::Invalid;
    out += "?rm0dif"[static_cast<size_t>(t)];
  }
  return known ? out : "";
}

std::string slot_text(const Frame& frame, u32 slot, const TypeNames& names) {
  const StackSlot& s = frame.stack[slot];
  const std::string types = slot_types(s);
  if (types.empty()) return "";
  if (s.slot[7] == SlotType::Dynptr) return dynptr_text(s.spilled);
  if (s.slot[7] == SlotType::Iter) return s.spilled->ref_obj_id ? iter_text(s.spilled) : "(iterator, continued)";
  return s.is_spilled_reg() ? types.substr(0, types.find('r')) + reg_text(frame, s.spilled, names) : types;
}

std::string state_text(const Env& env, const State& st, u32 frameno, bool all) {
  const Frame& f = *st.frame[frameno];
  const TypeNames& names = env.target.wording.types();
  const bool terse = env.target.has(Feature::terse_states);
  std::string out;
  if (f.frameno) out += fmt::format(" frame{}:", f.frameno);
  for (u32 i = 0; i < bpf::MAX_REG; i++) {
    if (f.regs[i].type == NOT_INIT || (!all && !((env.notes.scratched_regs >> i) & 1))) continue;
    const std::string marks = i < bpf::REG_FP ? mark_text(f.marks, i) : "";
    out += fmt::format(" R{}{}={}", i, marks, terse ? reg_text(f, f.regs[i], names) : early_reg_text(env, f.regs[i]));
  }
  for (u32 i = 0; i < f.stack.size(); i++) {
    const StackSlot& s = f.stack[i];
    if (!all && !((env.notes.scratched_stack_slots >> i) & 1)) continue;
    const std::string types = slot_types(s);
    if (types.empty()) continue;
    std::string what;
    if (s.slot[7] == SlotType::Dynptr && i + 1 < f.stack.size() && env.target.has(Feature::dynptr_overwritten)) {
      const Reg& dynptr = f.stack[++i].spilled;
      what = terse ? dynptr_text(dynptr) : early_dynptr_text(dynptr);
    } else if (s.slot[7] == SlotType::Iter) {
      if (!s.spilled->ref_obj_id) continue;  // the first slot stands for all
      what = iter_text(s.spilled);
    } else if (!terse) {
      what = early_slot_text(env, s);
    } else {
      what = s.is_spilled_reg() ? types.substr(0, types.find('r')) + reg_text(f, s.spilled, names) : types;
    }
    out += fmt::format(" fp-{}{}={}", (i + 1) * bpf::REG_SIZE, mark_text(f.marks, ReadMarks::of_slot(i)), what);
  }
  out += refs_text(env, st);
  if (f.in_callback_fn) out += " cb";
  if (f.in_async_callback_fn) out += " async_cb";
  if (!all) env.notes.mark_clean();
  return out;
}

}  // namespace bpfcheck::sim
