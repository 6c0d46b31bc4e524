// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known of a value. Everybody may read its bounds; only a kernel's ranges law (ranges.h) moves them.
#pragma once

#include "verifier_sim/domain/bounds.h"

namespace bpfcheck::sim {

class Scalar {
 public:
  bool operator==(const Scalar&) const = default;

  Tnum var_off() const { return b_.var_off; }
  s64 smin() const { return b_.smin; }
  s64 smax() const { return b_.smax; }
  u64 umin() const { return b_.wraps & Bounds::wraps64 ? 0 : b_.umin; }
  u64 umax() const { return b_.wraps & Bounds::wraps64 ? U64_MAX : b_.umax; }
  s32 s32_min() const { return b_.s32_min; }
  s32 s32_max() const { return b_.s32_max; }
  u32 u32_min() const { return b_.wraps & Bounds::wraps32 ? 0 : b_.u32_min; }
  u32 u32_max() const { return b_.wraps & Bounds::wraps32 ? U32_MAX : b_.u32_max; }

  bool is_const() const { return b_.var_off.is_const(); }
  bool subreg_is_const() const { return tnum_subreg(b_.var_off).is_const(); }
  u64 const_value() const { return b_.var_off.value; }

  void set_known(u64 v) { b_.set_known(v); }      ///< ___mark_reg_known
  void set_known32(u64 v) { b_.set_known32(v); }  ///< __mark_reg32_known: the lower half only
  void set_unbounded() { b_.set_unbounded(); }    ///< __mark_reg_unbounded: var_off stays
  void set_unbounded32() { b_.set_unbounded32(); }
  void set_unknown() { b_.set_unknown(); }

 private:
  friend class Ranges;
  [[no_unique_address]] Bounds b_;  // what derives may use its last, empty bytes
};

}  // namespace bpfcheck::sim
