// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See targets.h.
#include "fuzz/targets.h"

#include <algorithm>

#include "btf/c_header.h"
#include "btf/elf_section.h"
#include "btf/ext.h"
#include "btf/kernel_check.h"
#include "btf/raw_text.h"
#include "btf/source.h"
#include "core_reloc/fixup.h"
#include "core_reloc/words.h"
#include "judge/judge.h"

namespace bpfcheck::fuzz {
namespace {

Blob copy_of(Bytes b) { return Blob::own({b.begin(), b.end()}); }

/// Only walks data that a kernel would take: a C header of BTF that contradicts itself is nobody's wish.
void walk(const btf::Btf& btf) {
  (void)btf::raw_text(btf);
  (void)btf::json_text(btf);
  (void)btf::kernel_check(btf);
  (void)btf::c_header(btf);
  for (u32 id = 0; id < btf.type_count(); id++) {
    (void)btf.size_of(id);
    (void)btf.align_of(id);
    (void)btf.find(btf.type(id).name(), btf.type(id).kind());
  }
}

const bpfcheck::Target& kernel() {
  static const bpfcheck::Target target = [] {
    auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    return make_target(btf ? *btf : nullptr);
  }();
  return target;
}

Blob section(Bytes object, std::string_view name) {
  auto s = btf::elf_section(copy_of(object), name, "seed");
  return s ? *s : Blob{};
}

std::vector<u8> bytes_of(const Blob& b) { return {b.bytes.begin(), b.bytes.end()}; }

constexpr size_t core_header = 12;  // kind, type id, length of the access string

}  // namespace

Parts split(Bytes input) {
  if (input.size() < 4) return {{}, input};
  const size_t n = std::min<size_t>(load_as<u32>(input.data(), Endian::little), input.size() - 4);
  return {input.subspan(4, n), input.subspan(4 + n)};
}

std::vector<u8> join(Bytes first, Bytes second) {
  std::vector<u8> out(4 + first.size() + second.size());
  store_as<u32>(out.data(), static_cast<u32>(first.size()), Endian::little);
  std::ranges::copy(second, std::ranges::copy(first, out.begin() + 4).out);
  return out;
}

void elf(Bytes input) {
  auto object = loader::open_object(copy_of(input), "fuzz");
  if (!object) return;
  for (const auto& prog : object->programs)
    if (prog.entry)
      (void)judge::link(*object, prog,
                        kernel());  // what links is simulated elsewhere: a million instructions are slow to fuzz
}

void btf(Bytes input) {
  auto parsed = btf::Btf::parse(copy_of(input), {.origin = "fuzz"});
  if (!parsed) return;
  walk(**parsed);
  (void)btf::Btf::parse(copy_of(input), {.origin = "split", .base = *parsed});
}

void btf_ext(Bytes input) {
  const Parts p = split(input);
  auto parsed = btf::Btf::parse(copy_of(p.first), {.origin = "fuzz"});
  if (parsed) (void)btf::BtfExt::parse(p.second, **parsed, "fuzz");
}

void core(Bytes input) {
  if (input.size() < core_header) return;
  const auto kind = static_cast<core_reloc::Kind>(load_as<u32>(input.data(), Endian::little) % core_reloc::kind_count);
  const u32 type_id = load_as<u32>(input.data() + 4, Endian::little);
  const Bytes rest = input.subspan(core_header);
  const size_t n = std::min<size_t>(load_as<u32>(input.data() + 8, Endian::little), rest.size());
  const std::string access(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
  const Parts btfs = split(rest.subspan(n));
  auto local = btf::Btf::parse(copy_of(btfs.first), {.origin = "local"});
  if (!local) return;
  auto other = btf::Btf::parse(copy_of(btfs.second), {.origin = "target"});
  const btf::Btf& target = other ? **other : **local;
  auto spec = core_reloc::parse_spec(**local, type_id, access, kind);
  if (!spec) return;
  core_reloc::Candidates candidates(target);
  (void)core_reloc::path_words(*spec);
  (void)core_reloc::field_type_words(*spec);
  (void)core_reloc::why_missing(*spec, target);
  auto fixup = core_reloc::calculate(*spec, candidates, true);
  if (!fixup) return;
  for (u8 code :
       {u8{0x61}, u8{0x79}, u8{0xb7}, u8{0x63}, u8{0x18}, u8{0x05}}) {  // loads, a move, a store, a wide load, a jump
    Insns insns(2);
    insns[0].code = code;
    bool poisoned = false;
    (void)core_reloc::apply(*fixup, kind, insns, 0, poisoned);
  }
}

std::vector<std::vector<u8>> elf_seeds(Bytes object) { return {{object.begin(), object.end()}}; }

std::vector<std::vector<u8>> btf_seeds(Bytes object) { return {bytes_of(section(object, ".BTF"))}; }

std::vector<std::vector<u8>> btf_ext_seeds(Bytes object) {
  return {join(section(object, ".BTF").bytes, section(object, ".BTF.ext").bytes)};
}

std::vector<std::vector<u8>> core_seeds(Bytes object) {
  const Blob types = section(object, ".BTF"), ext = section(object, ".BTF.ext");
  auto parsed = btf::Btf::parse(types, {.origin = "seed"});
  if (!parsed) return {};
  auto info = btf::BtfExt::parse(ext.bytes, **parsed, "seed");
  if (!info) return {};
  std::vector<std::vector<u8>> out;
  for (const auto& sec : info->core_relos)
    for (const btf::CoreRelo& r : sec.records) {
      const std::string_view access = (*parsed)->string(r.access_str_off);
      const std::vector<u8> both = join(types.bytes, types.bytes);
      std::vector<u8> seed(core_header + access.size() + both.size());
      store_as<u32>(&seed[0], r.kind, Endian::little);
      store_as<u32>(&seed[4], r.type_id, Endian::little);
      store_as<u32>(&seed[8], static_cast<u32>(access.size()), Endian::little);
      std::ranges::copy(both, std::ranges::copy(access, seed.begin() + core_header).out);
      out.push_back(std::move(seed));
    }
  return out;
}

std::span<const Target> targets() {
  static constexpr Target all[] = {{"elf", elf, elf_seeds},
                                   {"btf", btf, btf_seeds},
                                   {"btf_ext", btf_ext, btf_ext_seeds},
                                   {"core", core, core_seeds}};
  return all;
}

}  // namespace bpfcheck::fuzz
