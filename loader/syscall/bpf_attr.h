// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What bpf(2) takes and gives, one structure a command: the layouts of union bpf_attr and the bpf_*_info structures
// (include/uapi/linux/bpf.h, 6.18). Our own, because the headers that a distribution ships may be years older than the
// kernel that it runs. An older kernel takes a longer structure as long as what it does not know is zero.
#pragma once

#include "base/types.h"

namespace bpfcheck::loader::sys {

enum class Cmd : int {
  MAP_CREATE = 0,
  MAP_LOOKUP_ELEM = 1,
  MAP_UPDATE_ELEM = 2,
  PROG_LOAD = 5,
  OBJ_PIN = 6,
  PROG_GET_NEXT_ID = 11,
  MAP_GET_NEXT_ID = 12,
  PROG_GET_FD_BY_ID = 13,
  MAP_GET_FD_BY_ID = 14,
  OBJ_GET_INFO_BY_FD = 15,
  BTF_LOAD = 18,
  BTF_GET_FD_BY_ID = 19,
  MAP_FREEZE = 22,
  BTF_GET_NEXT_ID = 23,
  PROG_BIND_MAP = 35,
};

inline constexpr u32 OBJ_NAME_LEN = 16;  ///< with its NUL

struct MapCreateAttr {
  u32 map_type, key_size, value_size, max_entries, map_flags, inner_map_fd, numa_node;
  char map_name[OBJ_NAME_LEN];
  u32 map_ifindex, btf_fd, btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
  u64 map_extra;
  s32 value_type_btf_obj_fd, map_token_fd;
};
static_assert(sizeof(MapCreateAttr) == 80);

struct MapElemAttr {  ///< MAP_LOOKUP_ELEM, MAP_UPDATE_ELEM, MAP_FREEZE
  u32 map_fd, pad;
  u64 key, value, flags;
};
static_assert(sizeof(MapElemAttr) == 32);

struct ProgLoadAttr {
  u32 prog_type, insn_cnt;
  u64 insns, license;
  u32 log_level, log_size;
  u64 log_buf;
  u32 kern_version, prog_flags;
  char prog_name[OBJ_NAME_LEN];
  u32 prog_ifindex, expected_attach_type, prog_btf_fd, func_info_rec_size;
  u64 func_info;
  u32 func_info_cnt, line_info_rec_size;
  u64 line_info;
  u32 line_info_cnt, attach_btf_id;
  u32 attach_fd;  ///< attach_prog_fd or attach_btf_obj_fd
  u32 core_relo_cnt;
  u64 fd_array, core_relos;
  u32 core_relo_rec_size, log_true_size;
  s32 prog_token_fd;
  u32 fd_array_cnt;
};
static_assert(sizeof(ProgLoadAttr) == 152);

struct ProgBindMapAttr {
  u32 prog_fd, map_fd, flags;
};
static_assert(sizeof(ProgBindMapAttr) == 12);

struct BtfLoadAttr {
  u64 btf, btf_log_buf;
  u32 btf_size, btf_log_size, btf_log_level, btf_log_true_size, btf_flags;
  s32 btf_token_fd;
};
static_assert(sizeof(BtfLoadAttr) == 40);

struct ObjPinAttr {
  u64 pathname;
  u32 bpf_fd, file_flags;
};
static_assert(sizeof(ObjPinAttr) == 16);

struct GetIdAttr {  ///< *_GET_NEXT_ID, *_GET_FD_BY_ID
  u32 id, next_id, open_flags;
};
static_assert(sizeof(GetIdAttr) == 12);

struct GetInfoAttr {
  u32 bpf_fd, info_len;
  u64 info;
};
static_assert(sizeof(GetInfoAttr) == 16);

/// struct bpf_func_info and bpf_line_info: offsets in instructions.
struct FuncInfoRec {
  u32 insn_off, type_id;
};
struct LineInfoRec {
  u32 insn_off, file_name_off, line_off, line_col;
};

/// struct bpf_prog_info, first part as 4.13 had it, the rest as it grew.
struct ProgInfoAttr {
  u32 type, id;
  u8 tag[8];
  u32 jited_prog_len, xlated_prog_len;
  u64 jited_prog_insns, xlated_prog_insns, load_time;
  u32 created_by_uid, nr_map_ids;
  u64 map_ids;
  char name[OBJ_NAME_LEN];
  u32 ifindex, gpl_compatible;  ///< bit 0
  u64 netns_dev, netns_ino;
  u32 nr_jited_ksyms, nr_jited_func_lens;
  u64 jited_ksyms, jited_func_lens;
  u32 btf_id, func_info_rec_size;
  u64 func_info;
  u32 nr_func_info, nr_line_info;
  u64 line_info, jited_line_info;
  u32 nr_jited_line_info, line_info_rec_size, jited_line_info_rec_size, nr_prog_tags;
  u64 prog_tags, run_time_ns, run_cnt, recursion_misses;
  u32 verified_insns, attach_btf_obj_id, attach_btf_id, pad;
};
static_assert(sizeof(ProgInfoAttr) == 232);

struct MapInfoAttr {
  u32 type, id, key_size, value_size, max_entries, map_flags;
  char name[OBJ_NAME_LEN];
  u32 ifindex, btf_vmlinux_value_type_id;
  u64 netns_dev, netns_ino;
  u32 btf_id, btf_key_type_id, btf_value_type_id, btf_vmlinux_id;
  u64 map_extra;
};
static_assert(sizeof(MapInfoAttr) == 88);

struct BtfInfoAttr {
  u64 btf;
  u32 btf_size, id;
  u64 name;
  u32 name_len, kernel_btf;
};
static_assert(sizeof(BtfInfoAttr) == 32);

}  // namespace bpfcheck::loader::sys
