// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// .BTF.ext: function, line and CO-RE relocation info by ELF section, as struct btf_ext_header lays it out.
#pragma once

#include <string_view>
#include <vector>

#include "btf/btf.h"

namespace bpfcheck::btf {

struct FuncInfo {
  u32 insn_off;
  u32 type_id;
};  ///< insn_off in bytes
struct LineInfo {
  u32 insn_off;
  u32 file_name_off;
  u32 line_off;
  u32 line;
  u32 col;
};  ///< insn_off in bytes
struct CoreRelo {
  u32 insn_off;
  u32 type_id;
  u32 access_str_off;
  u32 kind;
};  ///< insn_off in bytes

template <class Rec>
struct ExtSection {
  std::string_view section;  ///< the ELF section's name
  std::vector<Rec> records;
};

struct BtfExt {
  std::vector<ExtSection<FuncInfo>> funcs;
  std::vector<ExtSection<LineInfo>> lines;
  std::vector<ExtSection<CoreRelo>> core_relos;

  /// Names resolve in `btf`'s strings. Errors name origin, part and byte offset.
  static Result<BtfExt> parse(Bytes data, const Btf& btf, std::string_view origin);
};

}  // namespace bpfcheck::btf
