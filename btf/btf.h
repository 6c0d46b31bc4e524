// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BTF, the BPF Type Format (Documentation/bpf/btf.rst): parse, validate and query; split BTF over a base.
//
// Opening keeps the mapped bytes and reads through them in place: only an offset a type is stored. Indices by name are
// built on first use. Type ids count on from the base's in split BTF, as do string offsets. Id 0 is void.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "base/types.h"

namespace bpfcheck::btf {

inline constexpr u16 btf_magic = 0xeb9f;  ///< BTF_MAGIC, of .BTF.ext too

enum class Kind : u8 {
  Void = 0,
  Int = 1,
  Ptr = 2,
  Array = 3,
  Struct = 4,
  Union = 5,
  Enum = 6,
  Fwd = 7,
  Typedef = 8,
  Volatile = 9,
  Const = 10,
  Restrict = 11,
  Func = 12,
  FuncProto = 13,
  Var = 14,
  DataSec = 15,
  Float = 16,
  DeclTag = 17,
  TypeTag = 18,
  Enum64 = 19,
};
inline constexpr int kind_count = 20;
/// The kernel's name of a kind ("STRUCT", "FUNC_PROTO", ...).
std::string_view kind_name(Kind k);

enum IntEncoding : u8 { int_signed = 1, int_char = 2, int_bool = 4 };
enum class Linkage : u8 { Static = 0, Global = 1, Extern = 2 };

struct Member {
  std::string_view name;
  u32 type;
  u32 bit_offset;
  u32 bitfield_size;  ///< bits; 0 for a plain member
};
struct Param {
  std::string_view name;
  u32 type;
};
struct Enumerator {
  std::string_view name;
  s64 value;
};  ///< an unsigned 64-bit value keeps its bits
struct SecVar {
  u32 type;
  u32 offset;
  u32 size;
};
struct ArrayInfo {
  u32 elem_type;
  u32 index_type;
  u32 nelems;
};

class Btf;

/// A view of one type: cheap to copy, valid as long as its Btf. The accessors of a kind may be called only on that
/// kind.
class Type {
 public:
  Type() = default;  ///< void
  Kind kind() const { return static_cast<Kind>((info_ >> 24) & 0x1f); }
  u32 vlen() const { return info_ & 0xffff; }
  bool kind_flag() const { return info_ >> 31; }
  u32 id() const { return id_; }
  std::string_view name() const;
  u32 name_off() const;
  u32 size() const { return size_or_type_; }  ///< bytes: Int, Struct, Union, Enum, Enum64, Float, DataSec
  u32 type() const { return size_or_type_; }  ///< referred type: Ptr, Typedef, modifiers, Func, Var, FuncProto (return)

  bool is(Kind k) const { return kind() == k; }
  bool is_composite() const { return is(Kind::Struct) || is(Kind::Union); }
  bool is_any_enum() const { return is(Kind::Enum) || is(Kind::Enum64); }
  bool is_modifier() const {  ///< const, volatile, restrict, type tag
    Kind k = kind();
    return k == Kind::Const || k == Kind::Volatile || k == Kind::Restrict || k == Kind::TypeTag;
  }

  u8 int_encoding() const;  ///< IntEncoding bits
  u8 int_offset() const;    ///< bits
  u8 int_bits() const;
  bool int_is_signed() const { return int_encoding() & int_signed; }
  ArrayInfo array() const;
  u32 member_count() const { return vlen(); }
  Member member(u32 i) const;
  u32 member_bit_offset(u32 i) const;
  u32 member_bitfield_size(u32 i) const;  ///< bits; 0 for a plain member
  Enumerator enumerator(u32 i) const;     ///< Enum and Enum64
  Param param(u32 i) const;
  SecVar sec_var(u32 i) const;
  Linkage linkage() const;    ///< Func (in vlen) and Var
  s32 component_idx() const;  ///< DeclTag
  bool enum_is_signed() const { return kind_flag(); }

 private:
  friend class Btf;
  Type(const Btf* btf, const u8* at, u32 id);
  u32 extra(u32 word) const;  ///< a word after the 12-byte header

  const Btf* btf_ = nullptr;
  const u8* at_ = nullptr;
  u32 id_ = 0, info_ = 0, size_or_type_ = 0;
};

class Btf {
 public:
  struct Options {
    std::string origin = {};                    ///< names the input in errors
    std::shared_ptr<const Btf> base = nullptr;  ///< for split BTF
    bool validate = true;                       ///< false trusts the data (still bounds-checked while walking)
  };
  /// Parses raw BTF of either byte order. Errors name origin, byte offset and type id.
  static Result<std::shared_ptr<const Btf>> parse(Blob data, Options opts);

  const std::string& origin() const { return origin_; }
  Endian endian() const { return endian_; }
  const Btf* base() const { return base_.get(); }
  const std::shared_ptr<const Btf>& base_ptr() const { return base_; }
  const Blob& raw() const { return raw_; }
  /// Size of a pointer in bytes, 8 or 4, guessed as libbpf does (the size of `long`); 8 where nothing tells.
  u32 pointer_size() const;

  u32 first_id() const { return start_id_; }  ///< first id of its own (1 without base)
  u32 type_count() const { return start_id_ + static_cast<u32>(offsets_.size()); }  ///< ids are 0 .. type_count()-1
  bool has(u32 id) const { return id < type_count(); }
  Type type(u32 id) const;                 ///< an id outside gives void
  std::string_view string(u32 off) const;  ///< "" where outside

  /// First id of that name and kind, the base's first; nothing if none.
  std::optional<u32> find(std::string_view name, Kind kind) const;
  /// The ids that carry this name, of any kind, ascending, the base's included.
  std::vector<u32> find_all(std::string_view name) const;
  /// Its own types whose name is `name` with a triple underscore and something after it ("name___old"), ascending.
  std::vector<u32> find_flavours(std::string_view name) const;
  /// Value of an enumerator of the named enum (e.g. "bpf_func_id", "BPF_FUNC_ktime_get_ns").
  std::optional<s64> enum_value(std::string_view enum_name, std::string_view enumerator) const;

  u32 skip_mods(u32 id) const;  ///< through const, volatile, restrict, type tags
  u32 skip_mods_and_typedefs(u32 id) const;
  /// Size in bytes of a type through modifiers, typedefs, arrays and vars; nothing for void, functions, forwards.
  std::optional<u64> size_of(u32 id) const;
  std::optional<u32> align_of(u32 id) const;
  /// Declaration tags on a type, its member or parameter (component_idx -1: the type itself).
  std::vector<std::string_view> decl_tags(u32 id, s32 component_idx = -1) const;
  bool has_decl_tag(u32 id, s32 component_idx, std::string_view tag) const;

  /// Byte offset of one of its own types in the data, for messages.
  u32 file_offset(u32 id) const;
  u32 strings_end() const {
    return start_str_ + static_cast<u32>(strings_.size());
  }  ///< one past the last string offset
  bool valid_string(u32 off) const;  ///< inside the string section, its base's included

 private:
  friend class Type;
  Btf() = default;
  struct Index;
  Index& index() const;

  std::string origin_;
  Blob raw_;
  std::shared_ptr<const Btf> base_;
  Endian endian_ = Endian::little;
  Bytes types_, strings_;
  std::vector<u32> offsets_;  ///< of own types, into types_
  u32 start_id_ = 1, start_str_ = 0;
  mutable std::once_flag index_once_;
  mutable std::shared_ptr<Index> index_;
};

using BtfPtr = std::shared_ptr<const Btf>;

}  // namespace bpfcheck::btf
