// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A BPF ELF object, read and understood but not yet relocated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "btf/btf.h"
#include "btf/ext.h"
#include "loader/map.h"
#include "loader/program.h"

namespace bpfcheck::loader {

enum class RelocKind : u8 { LdMap, LdMapValue, LdFuncPtr, Call, ExternCall, ExternLdKsym, ExternKconfig, JumpTable };
struct Reloc {
  u32 insn_idx;  ///< in the program's own instructions
  RelocKind kind;
  s32 map_idx = -1;  ///< LdMap, LdMapValue, ExternKconfig
  s64 sym_off = 0;   ///< offset of a value in a global-data map; byte offset of a callee in its section
  s32 extern_idx = -1;
};

struct Extern {
  enum class Kind : u8 { Kconfig, Ksym } kind;
  std::string name, essent_name;  ///< essent_name: without a ___flavour
  u32 btf_id = 0;                 ///< in the object's BTF
  bool weak = false, is_func = false, typeless = false;
  u32 size = 0, align = 0;  ///< kconfig, bytes
  u32 data_off = 0;         ///< kconfig: place in the .kconfig map's value
};

/// One function: an entry program or a subprogram, as it stands in the object.
struct ObjectProgram {
  std::string name, section;
  std::string elf_section;  ///< as the object names it, with a leading '?'
  u32 sec_idx = 0;
  u32 sec_insn_off = 0;  ///< instructions from the section's start
  Insns insns;
  std::vector<Reloc> relocs;  ///< ascending by insn_idx
  bool entry = false;         ///< false: a subprogram (in .text, or static)
  bool autoload = true;       ///< false for SEC("?...")
  bool is_global = false;
  bool hidden = false;  ///< global symbol of hidden visibility: static to the verifier
  ProgType type = ProgType::UNSPEC;
  u32 expected_attach_type = 0;
  u32 flags = 0;
  std::string attach_name;  ///< "do_unlinkat" of fentry/do_unlinkat
  bool needs_attach_btf = false;
  bool attach_optional = false;  ///< section form allows no target (e.g. bare "fentry")
  std::string exception_cb;      ///< named by a decl tag exception_callback:
};

struct Object {
  std::string path;  ///< file; with "#n" for an object embedded in an executable
  std::string name;  ///< libbpf's object name (base name up to the first dot)
  Endian endian = Endian::little;
  std::string license;
  u32 kern_version = 0;
  btf::BtfPtr btf;
  bool btf_taken = false;  ///< the kernel would take this BTF; else programs load without it, as with libbpf
  btf::BtfExt ext;
  std::vector<ObjectProgram> programs;
  std::vector<std::shared_ptr<MapDef>> maps;
  std::vector<Extern> externs;
  s32 kconfig_map_idx = -1;

  Blob file;  ///< keeps strings alive
};

struct OpenOptions {
  bool legacy_maps = false;  ///< take maps from a section "maps", as libbpf before 1.0 did
};

/// Reads one ELF object. Errors carry libbpf's errno where libbpf would refuse it too ("stage open").
Result<Object> open_object(Blob data, std::string path, OpenOptions opts = {});

/// All BPF objects in a file: itself if it is one, else every object that an executable or library embeds.
Result<std::vector<Object>> open_file(const std::string& path, OpenOptions opts = {});

}  // namespace bpfcheck::loader
