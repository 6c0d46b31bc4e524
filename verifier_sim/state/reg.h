// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A register's state (struct bpf_reg_state, include/linux/bpf_verifier.h, 6.18).
#pragma once

#include "btf/btf.h"
#include "kernel_db/types.h"
#include "verifier_sim/domain/scalar.h"

namespace bpfcheck::sim {

struct Map;

// Upper bits of Reg::id: the register is the linked scalar of that id plus the constant Reg::off.
inline constexpr u32 ADD_CONST64 = 1u << 31, ADD_CONST32 = 1u << 30, ADD_CONST = ADD_CONST64 | ADD_CONST32;

enum class IterState : u8 { Invalid, Active, Drained };
enum class IrqClass : u8 { Native, Lock };

struct Reg : Scalar {
  u32 type = NOT_INIT;  ///< RegType | TypeFlag
  s32 off = 0;          ///< fixed part of a pointer's offset, or a linked scalar's delta
  u32 id = 0;
  u32 ref_obj_id = 0;
  u32 frameno = 0;  ///< PTR_TO_STACK
  bool precise = false;
  // The kernel's union of per-type facts. Every member is plain data; clear() zeroes all.
  struct Facts {
    union {
      int range;            ///< PTR_TO_PACKET*
      const Map* map;       ///< CONST_PTR_TO_MAP, PTR_TO_MAP_VALUE, PTR_TO_MAP_KEY
      const btf::Btf* btf;  ///< PTR_TO_BTF_ID; also an iterator slot's
      u32 subprogno;        ///< PTR_TO_FUNC
      u32 mem_size;         ///< PTR_TO_MEM
      u64 raw1 = 0;
    };
    union {
      u32 map_uid;
      u32 btf_id;     ///< PTR_TO_BTF_ID; also an iterator slot's
      u32 dynptr_id;  ///< PTR_TO_MEM that is a dynptr slice
      u32 raw2 = 0;
    };
    DynptrType dynptr_type = DynptrType::Invalid;  ///< dynptr slots and CONST_PTR_TO_DYNPTR
    bool dynptr_first_slot = false;
    IterState iter_state = IterState::Invalid;
    IrqClass irq_class = IrqClass::Native;
    int iter_depth = 0;
    bool operator==(const Facts& o) const {
      return raw1 == o.raw1 && raw2 == o.raw2 && dynptr_type == o.dynptr_type &&
             dynptr_first_slot == o.dynptr_first_slot && iter_state == o.iter_state && irq_class == o.irq_class &&
             iter_depth == o.iter_depth;
    }
  } u;

  u32 base() const { return base_type(type); }
  u32 flags() const { return type_flag(type); }
  bool is_scalar() const { return type == SCALAR_VALUE; }
  bool maybe_null() const { return type & PTR_MAYBE_NULL; }
  bool is_pkt() const { return base() == PTR_TO_PACKET || base() == PTR_TO_PACKET_META; }
  bool is_pkt_any() const { return is_pkt() || base() == PTR_TO_PACKET_END; }
  bool is_null() const { return type == SCALAR_VALUE && var_off().equals_const(0); }  ///< register_is_null
};

}  // namespace bpfcheck::sim
