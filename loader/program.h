// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the verifier is given: the contents of BPF_PROG_LOAD's attributes as a value. The station between loader and
// verifier_sim.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/insn.h"
#include "btf/btf.h"
#include "core_reloc/spec.h"
#include "kernel_db/uapi.h"
#include "kernel_db/unknown_facts.h"
#include "loader/map.h"
#include "loader/record.h"

namespace bpfcheck::loader {

struct FuncInfo {
  u32 insn_off;
  u32 type_id;
};  ///< insn_off in instructions
struct LineInfo {
  u32 insn_off, file_name_off, line_off, line, col;
};  ///< insn_off in instructions
struct CoreReloRec {
  u32 insn_off, type_id, access_str_off, kind;
};  ///< insn_off in instructions

/// Where each instruction came from, for reports.
struct MissingKfunc {  ///< a call of a weak kernel function that the target does not have
  u32 insn_idx;
  std::string name;
};
struct Poison {  ///< CO-RE: an instruction that no relocation could make right
  u32 insn_idx;
  std::string spec;        ///< the relocation in libbpf's words
  core_reloc::Spec local;  ///< what the object asks for
  bool other_size;         ///< the target has the field, of a size that the instruction cannot be given
};

struct LinkedProgram {
  std::string name;     ///< the function's name
  std::string section;  ///< "xdp", "fentry/do_unlinkat"
  ProgType type = ProgType::UNSPEC;
  u32 expected_attach_type = 0;
  u32 flags = 0;  ///< ProgFlag: sleepable, XDP fragments, test flags
  std::string license;
  bool gpl_compatible = false;
  u32 log_level_hint = 0;

  /// Main program first, then the subprograms it needs, in libbpf's order. In a BPF_LD_IMM64 with src PSEUDO_MAP_FD or
  /// PSEUDO_MAP_VALUE the immediate is an index into `maps`;
  /// where no relocation names a map it is -1 - the file descriptor that the object itself holds. For PSEUDO_BTF_ID and
  /// kfunc calls it is a type id of `btfs[0]` (vmlinux; a kfunc's off 0) or of the module BTF `btfs[off]`.
  Insns insns;
  std::vector<std::shared_ptr<const MapDef>> maps;
  std::vector<btf::BtfPtr> btfs;

  btf::BtfPtr btf;                                  ///< the object's own; null where it has none
  std::shared_ptr<const StructMetas> struct_metas;  ///< of `btf`: what the program may allocate
  std::vector<FuncInfo> func_info;
  std::vector<FuncInfo> untyped_func_info;  ///< as it was before context arguments got their type; empty: as it is
  std::vector<LineInfo> line_info;
  std::vector<u32> btf_static_funcs;    ///< FUNC ids that count as static whatever their linkage: hidden functions
  std::vector<CoreReloRec> core_relos;  ///< none after libbpf has applied them
  std::vector<Poison> poisons;
  std::vector<MissingKfunc> missing_kfuncs;

  std::vector<UnknownFact> unknown;  ///< what of the target one would have to know
  /// The first of these for which nothing stands in, and how it could be given; or what is not linked. "": nothing.
  std::string undecided;

  u32 attach_btf_id = 0;           ///< tracing, LSM, struct_ops, iter, freplace: type id in attach_btf
  btf::BtfPtr attach_btf;          ///< vmlinux, a module's, or the target program's
  std::string attach_name;         ///< name of the attach target
  std::string struct_ops_member;   ///< struct_ops: the member this program implements
  s32 struct_ops_member_idx = -1;  ///< becomes expected_attach_type

  /// By the types of the object's BTF.
  const std::vector<FuncInfo>& object_func_info() const {
    return untyped_func_info.empty() ? func_info : untyped_func_info;
  }
};

}  // namespace bpfcheck::loader
