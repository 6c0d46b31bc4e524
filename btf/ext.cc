// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ext.h.
#include "btf/ext.h"

#include <fmt/format.h>

namespace bpfcheck::btf {
namespace {

constexpr u32 ext_header_min = 24, header_with_core = 32;

/// One of the three parts: a record size, then by section a name, a count and the records. Longer records than known
/// are cut: newer fields stand at their end.
template <class Rec, class Read>
Result<std::vector<ExtSection<Rec>>> parse_part(Bytes part, const Btf& btf, const std::string& where, size_t base,
                                                u32 min_rec, Read read_rec) {
  std::vector<ExtSection<Rec>> out;
  if (part.empty()) return out;
  auto bad = [&](size_t at, std::string_view what) {
    return fail(where, fmt::format("{} (offset {})", what, base + at), EINVAL);
  };
  ByteReader r(part, btf.endian());
  const u32 rec_size = r.read<u32>();
  if (!r.ok() || rec_size < min_rec || rec_size % 4) return bad(0, fmt::format("bad record size {}", rec_size));
  while (r.remaining() > 0) {
    const size_t at = r.offset();
    ExtSection<Rec> sec;
    const u32 name = r.read<u32>(), count = r.read<u32>();
    if (!r.ok()) return bad(at, "a section's head is cut off");
    if (count == 0) return bad(at, "a section without records");
    sec.section = btf.string(name);
    if (count > r.remaining() / rec_size)
      return bad(at, fmt::format("section '{}' has fewer than its {} records", sec.section, count));
    sec.records.reserve(count);
    for (u32 i = 0; i < count; i++) {
      Bytes rec = r.take(rec_size);
      auto word = [&](u32 k) { return load_as<u32>(rec.data() + 4 * k, btf.endian()); };
      sec.records.push_back(read_rec(word));
    }
    out.push_back(std::move(sec));
  }
  return out;
}

}  // namespace

Result<BtfExt> BtfExt::parse(Bytes data, const Btf& btf, std::string_view origin) {
  const std::string where = fmt::format("{}: .BTF.ext", origin);
  const Endian e = btf.endian();
  if (data.size() < ext_header_min) return fail(where, "shorter than its header", EINVAL);
  if (load_as<u16>(data.data(), e) != btf_magic) return fail(where, "the magic number is missing (offset 0)", EINVAL);
  if (data[2] != 1) return fail(where, fmt::format("version {} is not known (offset 2)", data[2]), ENOTSUP);
  auto word = [&](size_t off) { return load_as<u32>(data.data() + off, e); };
  const u32 hdr_len = word(4);
  if (hdr_len < ext_header_min || hdr_len > data.size())
    return fail(where, fmt::format("bad header length {} (offset 4)", hdr_len), EINVAL);
  const Bytes body = data.subspan(hdr_len);
  auto part = [&](u32 off, u32 len) -> Result<Bytes> {
    if (off % 4 || off > body.size() || len > body.size() - off)
      return fail(where, fmt::format("a part ({}+{}) lies outside the data", off, len), EINVAL);
    return body.subspan(off, len);
  };
  BtfExt ext;
  BPFCHECK_ASSIGN(Bytes funcs, part(word(8), word(12)));
  BPFCHECK_ASSIGN(ext.funcs, parse_part<FuncInfo>(funcs, btf, where + ": func info", hdr_len + word(8), 8,
                                                  [](auto w) { return FuncInfo{w(0), w(1)}; }));
  BPFCHECK_ASSIGN(Bytes lines, part(word(16), word(20)));
  BPFCHECK_ASSIGN(ext.lines,
                  parse_part<LineInfo>(lines, btf, where + ": line info", hdr_len + word(16), 16,
                                       [](auto w) { return LineInfo{w(0), w(1), w(2), w(3) >> 10, w(3) & 0x3ff}; }));
  if (hdr_len >= header_with_core) {
    BPFCHECK_ASSIGN(Bytes core, part(word(24), word(28)));
    BPFCHECK_ASSIGN(ext.core_relos, parse_part<CoreRelo>(core, btf, where + ": CO-RE", hdr_len + word(24), 16,
                                                         [](auto w) { return CoreRelo{w(0), w(1), w(2), w(3)}; }));
  }
  return ext;
}

}  // namespace bpfcheck::btf
