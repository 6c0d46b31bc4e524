// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parsing and reading of BTF. See btf.h; validation is in validate.cc, look-ups by name in index.cc, sizes in
// layout.cc.
#include "btf/btf.h"

#include <fmt/format.h>

#include "btf/glance.h"
#include "btf/validate.h"

namespace bpfcheck::btf {
namespace {

constexpr size_t header_min = 24;
constexpr u32 max_types = 16u << 20;

/// Bytes that follow the 12-byte head of a type: so many, and so many for each of its vlen entries.
struct Tail {
  u8 fixed, each;
};
constexpr Tail tails[kind_count] = {{0, 0}, {4, 0}, {0, 0}, {12, 0}, {0, 12}, {0, 12}, {0, 8}, {0, 0}, {0, 0}, {0, 0},
                                    {0, 0}, {0, 0}, {0, 0}, {0, 8},  {4, 0},  {0, 12}, {0, 0}, {4, 0}, {0, 0}, {0, 12}};

}  // namespace

std::string_view kind_name(Kind k) {
  static constexpr std::string_view names[] = {
      "UNKNOWN", "INT",      "PTR",  "ARRAY",      "STRUCT", "UNION",   "ENUM",  "FWD",      "TYPEDEF",  "VOLATILE",
      "CONST",   "RESTRICT", "FUNC", "FUNC_PROTO", "VAR",    "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64"};
  auto i = static_cast<size_t>(k);
  return i < std::size(names) ? names[i] : "UNKNOWN";
}

Result<std::shared_ptr<const Btf>> Btf::parse(Blob data, Options opts) {
  const std::string& where = opts.origin;
  if (data.bytes.size() < header_min) return fail(where, "not BTF: shorter than its header", EINVAL);
  auto btf = std::shared_ptr<Btf>(new Btf);
  const u8* p = data.bytes.data();
  if (load_as<u16>(p, Endian::little) == btf_magic)
    btf->endian_ = Endian::little;
  else if (load_as<u16>(p, Endian::big) == btf_magic)
    btf->endian_ = Endian::big;
  else
    return fail(where, "not BTF: the magic number is missing", EINVAL);

  const Endian e = btf->endian_;
  if (p[2] != 1) return fail(where, fmt::format("BTF version {} is not known (offset 2)", p[2]), ENOTSUP);
  const u32 hdr_len = load_as<u32>(p + 4, e), type_off = load_as<u32>(p + 8, e), type_len = load_as<u32>(p + 12, e),
            str_off = load_as<u32>(p + 16, e), str_len = load_as<u32>(p + 20, e);
  const size_t size = data.bytes.size();
  if (hdr_len < header_min || hdr_len > size)
    return fail(where, fmt::format("bad BTF header length {} (offset 4)", hdr_len), EINVAL);
  const size_t body = size - hdr_len;
  if (type_off > body || type_len > body - type_off)
    return fail(where, fmt::format("the type section ({}+{}) lies outside the data (offset 8)", type_off, type_len),
                EINVAL);
  if (str_off > body || str_len > body - str_off)
    return fail(where, fmt::format("the string section ({}+{}) lies outside the data (offset 16)", str_off, str_len),
                EINVAL);
  if (type_off % 4) return fail(where, "the type section is not aligned to 4 bytes (offset 8)", EINVAL);

  btf->origin_ = where;
  btf->types_ = data.bytes.subspan(hdr_len + type_off, type_len);
  btf->strings_ = data.bytes.subspan(hdr_len + str_off, str_len);
  btf->raw_ = std::move(data);
  btf->base_ = std::move(opts.base);
  if (btf->base_) {
    if (btf->base_->endian_ != e) return fail(where, "split BTF in another byte order than its base", EINVAL);
    btf->start_id_ = btf->base_->type_count();
    btf->start_str_ = btf->base_->start_str_ + static_cast<u32>(btf->base_->strings_.size());
  }
  const Bytes str = btf->strings_;
  if (!btf->base_ && (str.empty() || str[0] != 0 || str.back() != 0))
    return fail(where, fmt::format("the string section must begin and end with NUL (offset {})", hdr_len + str_off),
                EINVAL);
  if (!str.empty() && str.back() != 0)
    return fail(where, fmt::format("the string section must end with NUL (offset {})", hdr_len + str_off), EINVAL);

  size_t at = 0;
  btf->offsets_.reserve(type_len / 20);
  auto seen_kind = [&](u32 id) {
    const u32 i = id - btf->start_id_;
    return i < btf->offsets_.size() ? (load_as<u32>(btf->types_.data() + btf->offsets_[i] + 4, e) >> 24) & 0x1f : 0;
  };
  const bool glances = opts.validate && (e == Endian::little) == host_is_little;
  Glance glance(btf->strings_end());
  // By value: what a closure refers to would be kept in memory through the loop.
  const auto bad = [&](u32 id, size_t where_at, std::string what) {
    return fail(where, fmt::format("type [{}] at offset {}: {}", id, hdr_len + type_off + where_at, what), EINVAL);
  };
  while (at < type_len) {
    const u32 id = btf->type_count();
    if (type_len - at < 12) return bad(id, at, "cut off");
    if (btf->offsets_.size() >= max_types) return bad(id, at, "too many types");
    const u32 info = load_as<u32>(btf->types_.data() + at + 4, e), kind = (info >> 24) & 0x1f;
    if (kind == 0 || kind >= kind_count) return bad(id, at, fmt::format("unknown kind {}", kind));
    const size_t tail = tails[kind].fixed + size_t{tails[kind].each} * (info & 0xffff);
    if (tail > type_len - at - 12) return bad(id, at, "cut off");
    if (glances) glance.see(id, btf->types_.data() + at, kind, info & 0xffff, seen_kind);
    btf->offsets_.push_back(static_cast<u32>(at));
    at += 12 + tail;
  }
  if (opts.validate &&
      !(glances && glance.passes(btf->type_count(), [&](u32 id) { return bpfcheck::btf::validate(*btf, id); })))
    if (auto ok = validate(*btf); !ok) return std::unexpected(ok.error());
  return btf;
}

Type Btf::type(u32 id) const {
  if (id < start_id_) return base_ && id ? base_->type(id) : Type();
  if (!has(id)) return Type();
  return Type(this, types_.data() + offsets_[id - start_id_], id);
}

std::string_view Btf::string(u32 off) const {
  if (off < start_str_) return base_ ? base_->string(off) : "";
  return string_at(strings_, off - start_str_).value_or("");
}

Type::Type(const Btf* btf, const u8* at, u32 id) : btf_(btf), at_(at), id_(id) {
  info_ = load_as<u32>(at + 4, btf->endian_);
  size_or_type_ = load_as<u32>(at + 8, btf->endian_);
}

u32 Type::extra(u32 word) const { return load_as<u32>(at_ + 12 + 4 * word, btf_->endian_); }
u32 Type::name_off() const { return at_ ? load_as<u32>(at_, btf_->endian_) : 0; }
std::string_view Type::name() const { return at_ ? btf_->string(name_off()) : ""; }

u8 Type::int_encoding() const { return static_cast<u8>((extra(0) >> 24) & 0x0f); }
u8 Type::int_offset() const { return static_cast<u8>(extra(0) >> 16); }
u8 Type::int_bits() const { return static_cast<u8>(extra(0)); }
ArrayInfo Type::array() const { return {extra(0), extra(1), extra(2)}; }

u32 Type::member_bit_offset(u32 i) const { return kind_flag() ? extra(3 * i + 2) & 0xffffff : extra(3 * i + 2); }
u32 Type::member_bitfield_size(u32 i) const { return kind_flag() ? extra(3 * i + 2) >> 24 : 0; }
Member Type::member(u32 i) const {
  return {btf_->string(extra(3 * i)), extra(3 * i + 1), member_bit_offset(i), member_bitfield_size(i)};
}

Enumerator Type::enumerator(u32 i) const {
  if (is(Kind::Enum64)) {
    u64 v = (static_cast<u64>(extra(3 * i + 2)) << 32) | extra(3 * i + 1);
    return {btf_->string(extra(3 * i)), static_cast<s64>(v)};
  }
  u32 v = extra(2 * i + 1);
  return {btf_->string(extra(2 * i)), kind_flag() ? static_cast<s64>(static_cast<s32>(v)) : static_cast<s64>(v)};
}

Param Type::param(u32 i) const { return {btf_->string(extra(2 * i)), extra(2 * i + 1)}; }
SecVar Type::sec_var(u32 i) const { return {extra(3 * i), extra(3 * i + 1), extra(3 * i + 2)}; }
Linkage Type::linkage() const { return static_cast<Linkage>(is(Kind::Var) ? extra(0) : vlen()); }
s32 Type::component_idx() const { return static_cast<s32>(extra(0)); }

}  // namespace bpfcheck::btf
