// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The verifier's type vocabulary: register, argument and return types with their flags (include/linux/bpf.h, 6.18).
// A type is a base type in the low 8 bits and flags above. Numeric values are ours to choose: no kernel exports them.
#pragma once

#include "base/types.h"

namespace bpfcheck {

inline constexpr u32 base_type_mask = 0xff;
constexpr u32 base_type(u32 t) { return t & base_type_mask; }
constexpr u32 type_flag(u32 t) { return t & ~base_type_mask; }

enum TypeFlag : u32 {
  PTR_MAYBE_NULL = 1u << 8,
  MEM_RDONLY = 1u << 9,
  MEM_RINGBUF = 1u << 10,
  MEM_USER = 1u << 11,
  MEM_PERCPU = 1u << 12,
  OBJ_RELEASE = 1u << 13,
  PTR_UNTRUSTED = 1u << 14,
  MEM_UNINIT = 1u << 15,
  DYNPTR_TYPE_LOCAL = 1u << 16,
  DYNPTR_TYPE_RINGBUF = 1u << 17,
  MEM_FIXED_SIZE = 1u << 18,
  MEM_ALLOC = 1u << 19,
  PTR_TRUSTED = 1u << 20,
  MEM_RCU = 1u << 21,
  NON_OWN_REF = 1u << 22,
  DYNPTR_TYPE_SKB = 1u << 23,
  DYNPTR_TYPE_XDP = 1u << 24,
  MEM_ALIGNED = 1u << 25,
  MEM_WRITE = 1u << 26,
  DYNPTR_TYPE_SKB_META = 1u << 27,
};
inline constexpr u32 DYNPTR_TYPE_FLAG_MASK =
    DYNPTR_TYPE_LOCAL | DYNPTR_TYPE_RINGBUF | DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META;

enum RegType : u32 {
  NOT_INIT = 0,
  SCALAR_VALUE,
  PTR_TO_CTX,
  CONST_PTR_TO_MAP,
  PTR_TO_MAP_VALUE,
  PTR_TO_MAP_KEY,
  PTR_TO_STACK,
  PTR_TO_PACKET_META,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_FLOW_KEYS,
  PTR_TO_SOCKET,
  PTR_TO_SOCK_COMMON,
  PTR_TO_TCP_SOCK,
  PTR_TO_TP_BUFFER,
  PTR_TO_XDP_SOCK,
  PTR_TO_BTF_ID,
  PTR_TO_MEM,
  PTR_TO_ARENA,
  PTR_TO_BUF,
  PTR_TO_FUNC,
  CONST_PTR_TO_DYNPTR,
};

enum ArgType : u32 {
  ARG_DONTCARE = 0,
  ARG_CONST_MAP_PTR,
  ARG_PTR_TO_MAP_KEY,
  ARG_PTR_TO_MAP_VALUE,
  ARG_PTR_TO_MEM,
  ARG_CONST_SIZE,
  ARG_CONST_SIZE_OR_ZERO,
  ARG_PTR_TO_CTX,
  ARG_ANYTHING,
  ARG_PTR_TO_SPIN_LOCK,
  ARG_PTR_TO_SOCK_COMMON,
  ARG_PTR_TO_SOCKET,
  ARG_PTR_TO_BTF_ID,
  ARG_PTR_TO_RINGBUF_MEM,
  ARG_CONST_ALLOC_SIZE_OR_ZERO,
  ARG_PTR_TO_BTF_ID_SOCK_COMMON,
  ARG_PTR_TO_PERCPU_BTF_ID,
  ARG_PTR_TO_FUNC,
  ARG_PTR_TO_STACK,
  ARG_PTR_TO_CONST_STR,
  ARG_PTR_TO_TIMER,
  ARG_KPTR_XCHG_DEST,
  ARG_PTR_TO_DYNPTR,
  ARG_PTR_TO_ARENA,
  ARG_SCALAR,
  ARG_TYPE_COUNT,
};

enum RetType : u32 {
  RET_INTEGER = 0,
  RET_VOID,
  RET_PTR_TO_MAP_VALUE,
  RET_PTR_TO_SOCKET,
  RET_PTR_TO_TCP_SOCK,
  RET_PTR_TO_SOCK_COMMON,
  RET_PTR_TO_MEM,
  RET_PTR_TO_MEM_OR_BTF_ID,
  RET_PTR_TO_BTF_ID,
};

/// Special fields of a map value or allocated object (enum btf_field_type).
enum FieldType : u32 {
  FIELD_SPIN_LOCK = 1u << 0,
  FIELD_TIMER = 1u << 1,
  FIELD_KPTR_UNREF = 1u << 2,
  FIELD_KPTR_REF = 1u << 3,
  FIELD_KPTR_PERCPU = 1u << 4,
  FIELD_LIST_HEAD = 1u << 5,
  FIELD_LIST_NODE = 1u << 6,
  FIELD_RB_ROOT = 1u << 7,
  FIELD_RB_NODE = 1u << 8,
  FIELD_REFCOUNT = 1u << 9,
  FIELD_WORKQUEUE = 1u << 10,
  FIELD_UPTR = 1u << 11,
  FIELD_RES_SPIN_LOCK = 1u << 12,
  FIELD_TASK_WORK = 1u << 13,
  FIELD_KPTR = FIELD_KPTR_UNREF | FIELD_KPTR_REF | FIELD_KPTR_PERCPU,
  FIELD_GRAPH_NODE = FIELD_RB_NODE | FIELD_LIST_NODE,
  FIELD_GRAPH_ROOT = FIELD_RB_ROOT | FIELD_LIST_HEAD,
};

constexpr u32 operator|(RegType a, TypeFlag b) { return static_cast<u32>(a) | static_cast<u32>(b); }
constexpr u32 operator|(ArgType a, TypeFlag b) { return static_cast<u32>(a) | static_cast<u32>(b); }
constexpr u32 operator|(RetType a, TypeFlag b) { return static_cast<u32>(a) | static_cast<u32>(b); }
constexpr u32 operator|(TypeFlag a, ArgType b) { return static_cast<u32>(a) | static_cast<u32>(b); }
constexpr u32 operator|(TypeFlag a, TypeFlag b) { return static_cast<u32>(a) | static_cast<u32>(b); }

enum class DynptrType : u8 { Invalid, Local, Ringbuf, Skb, Xdp, SkbMeta };

enum class AccessType : u8 { Read = 1, Write = 2 };

}  // namespace bpfcheck
