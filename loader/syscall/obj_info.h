// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BPF_OBJ_GET_INFO_BY_FD, BPF_*_GET_FD_BY_ID and BPF_*_GET_NEXT_ID: what the kernel tells of a program, a map or BTF
// that it holds.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/insn.h"
#include "base/mapped_file.h"
#include "kernel_db/uapi.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::loader::sys {

/// struct bpf_prog_info with everything that it points to. What the kernel hides is empty, its count zero.
struct ProgInfo {
  ProgType type = ProgType::UNSPEC;
  u32 id = 0;
  std::string name;  ///< at most 15 characters
  std::array<u8, 8> tag{};
  bool gpl_compatible = false;
  u64 load_time = 0;  ///< nanoseconds since boot
  u32 created_by_uid = 0, btf_id = 0, verified_insns = 0, attach_btf_obj_id = 0, attach_btf_id = 0;
  u32 xlated_len = 0, jited_len = 0;  ///< bytes, as counted before reading; not hidden where the code is
  Insns xlated;                       ///< after the verifier's rewriting
  std::vector<u8> jited;              ///< native code of all functions, one after the other
  std::vector<u64> ksyms;             ///< address of each function's native code; none, or zero, where hidden
  std::vector<u32> func_lens;         ///< bytes of native code of each function
  std::vector<u32> map_ids;
  std::vector<FuncInfoRec> func_info;  ///< insn_off into xlated
  std::vector<LineInfoRec> line_info;  ///< insn_off into xlated
  std::vector<u64> jited_lines;        ///< address at which each of line_info begins in native code
};

struct MapInfo {
  MapType type = MapType::UNSPEC;
  u32 id = 0, key_size = 0, value_size = 0, max_entries = 0, flags = 0, btf_id = 0;
  std::string name;
};

struct BtfInfo {
  u32 id = 0;
  std::string name;  ///< "vmlinux", a module; "" for a program's
  bool kernel = false;
  Blob data;
};

Result<ProgInfo> prog_info(const Fd& prog);
Result<MapInfo> map_info(const Fd& map);
/// The contents only where asked for: vmlinux's are megabytes.
Result<BtfInfo> btf_info(const Fd& btf, bool with_data = true);

Result<Fd> prog_by_id(u32 id);
Result<Fd> map_by_id(u32 id);
Result<Fd> btf_by_id(u32 id);

/// The next id after `id`; nothing after the last. Errors: EPERM.
Result<std::optional<u32>> next_prog_id(u32 id);
Result<std::optional<u32>> next_map_id(u32 id);
Result<std::optional<u32>> next_btf_id(u32 id);

}  // namespace bpfcheck::loader::sys
