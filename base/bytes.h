// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Bounds-checked reading of binary data in either byte order.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/types.h"

namespace bpfcheck {

using Bytes = std::span<const u8>;

inline constexpr bool host_is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

/// The least multiple of `to` that is not less than v.
constexpr u64 round_up(u64 v, u64 to) { return (v + to - 1) / to * to; }

template <class T>
constexpr T byte_swap(T v) {
  using U = std::make_unsigned_t<T>;
  U u = static_cast<U>(v), r = 0;
  for (unsigned i = 0; i < sizeof(T); i++) r = static_cast<U>((r << (sizeof(T) > 1 ? 8 : 0)) | ((u >> (8 * i)) & 0xff));
  return static_cast<T>(r);
}

template <class T>
T load_as(const u8* p, Endian e) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return (e == Endian::little) == host_is_little ? v : byte_swap(v);
}

template <class T>
void store_as(u8* p, T v, Endian e) {
  if ((e == Endian::little) != host_is_little) v = byte_swap(v);
  std::memcpy(p, &v, sizeof v);
}

/// A cursor over bytes. After a read past the end it stays failed and reads give zero; test ok() once at the end.
class ByteReader {
 public:
  explicit ByteReader(Bytes data, Endian e = Endian::little, size_t at = 0) : data_(data), at_(at), endian_(e) {
    if (at > data.size()) fail();
  }

  template <class T>
  T read() {
    if (!ok_ || sizeof(T) > data_.size() - at_) return fail(), T{};
    T v = load_as<T>(data_.data() + at_, endian_);
    at_ += sizeof(T);
    return v;
  }
  Bytes take(size_t n) {
    if (!ok_ || n > data_.size() - at_) return fail(), Bytes{};
    Bytes b = data_.subspan(at_, n);
    at_ += n;
    return b;
  }
  void skip(size_t n) { take(n); }

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == data_.size(); }
  size_t offset() const { return at_; }
  size_t remaining() const { return data_.size() - at_; }
  Endian endian() const { return endian_; }

 private:
  void fail() {
    ok_ = false;
    at_ = data_.size();
  }
  Bytes data_;
  size_t at_;
  Endian endian_;
  bool ok_ = true;
};

/// The NUL-terminated string at `off` of a string section; nothing where `off` is outside or no NUL follows.
inline std::optional<std::string_view> string_at(Bytes strings, u32 off) {
  if (off >= strings.size()) return std::nullopt;
  const char* p = reinterpret_cast<const char*>(strings.data()) + off;
  const void* nul = std::memchr(p, 0, strings.size() - off);
  if (!nul) return std::nullopt;
  return std::string_view(p, static_cast<size_t>(static_cast<const char*>(nul) - p));
}

}  // namespace bpfcheck
