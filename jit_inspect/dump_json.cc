// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Dumps as JSON. Numbers wider than 53 bits and binary data stand as hexadecimal strings.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "jit_inspect/dump.h"

namespace bpfcheck::jit {
namespace {

using Json = nlohmann::ordered_json;
constexpr int format_version = 1;
constexpr std::pair<Arch, const char*> arch_names[] = {
    {Arch::x86_64, "x86-64"}, {Arch::arm64, "arm64"}, {Arch::s390x, "s390x"}, {Arch::other, "other"}};

std::string hex(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (u8 b : bytes) out += fmt::format("{:02x}", b);
  return out;
}
std::string hex(u64 v) { return fmt::format("{:#x}", v); }

template <class T>
Bytes bytes_of(const std::vector<T>& v) {
  return {reinterpret_cast<const u8*>(v.data()), v.size() * sizeof(T)};
}

/// What is read is whatever a file says: each accessor throws nlohmann's exceptions, caught at the boundary.
std::vector<u8> from_hex(const std::string& s) {
  std::vector<u8> out(s.size() / 2);
  for (size_t i = 0; i < out.size(); i++)
    if (auto [p, ec] = std::from_chars(s.data() + 2 * i, s.data() + 2 * i + 2, out[i], 16);
        ec != std::errc() || p != s.data() + 2 * i + 2)
      throw std::invalid_argument("not hexadecimal");
  return out;
}
u64 number(const Json& j) {
  const auto s = j.get<std::string>();
  u64 v = 0;
  if (s.size() < 3 || std::from_chars(s.data() + 2, s.data() + s.size(), v, 16).ec != std::errc())
    throw std::invalid_argument("'" + s + "' is no number");
  return v;
}

template <class T>
std::vector<T> records(const Json& j) {
  const auto raw = from_hex(j.get<std::string>());
  if (raw.size() % sizeof(T)) throw std::invalid_argument("a list of records is cut off");
  std::vector<T> out(raw.size() / sizeof(T));
  if (!raw.empty()) std::memcpy(static_cast<void*>(out.data()), raw.data(), raw.size());
  return out;
}

std::vector<u64> addresses(const Json& j) {
  std::vector<u64> out;
  for (const auto& a : j) out.push_back(number(a));
  return out;
}

ProgramDump read(const Json& j, const std::string& origin) {
  if (j.at("bpfcheck_dump").get<int>() != format_version) throw std::invalid_argument("a dump of another version");
  ProgramDump d;
  auto& info = d.info;
  for (const auto& [arch, name] : arch_names)
    if (j.at("arch") == name) d.arch = arch;
  info.id = j.at("id");
  info.type = static_cast<ProgType>(j.at("type").get<u32>());
  info.name = j.at("name");
  d.full_name = j.value("full_name", "");
  const auto tag = from_hex(j.at("tag"));
  if (tag.size() == info.tag.size()) std::ranges::copy(tag, info.tag.begin());
  info.xlated_len = j.at("xlated_len");
  info.jited_len = j.at("jited_len");
  info.verified_insns = j.at("verified_insns");
  info.map_ids = j.at("map_ids").get<std::vector<u32>>();
  info.xlated = records<Insn>(j.at("xlated"));
  info.jited = from_hex(j.at("jited"));
  info.ksyms = addresses(j.at("ksyms"));
  info.func_lens = j.at("func_lens").get<std::vector<u32>>();
  info.func_info = records<loader::sys::FuncInfoRec>(j.at("func_info"));
  info.line_info = records<loader::sys::LineInfoRec>(j.at("line_info"));
  info.jited_lines = addresses(j.at("jited_lines"));
  d.call_base = number(j.at("call_base"));
  for (const auto& [address, name] : j.at("symbols").items()) d.symbols.emplace(number(address), name);
  d.hidden = j.at("hidden").get<std::vector<std::string>>();
  if (!j.at("btf").is_null()) {
    auto btf = btf::Btf::parse(Blob::own(from_hex(j.at("btf"))), {.origin = origin});
    if (!btf) throw std::invalid_argument(btf.error().text());
    d.btf = std::move(*btf);
  }
  if (!j.at("loaded").is_null())
    d.loaded = LoadedProgram{records<Insn>(j.at("loaded").at("insns")),
                             records<loader::LineInfo>(j.at("loaded").at("line_info"))};
  return d;
}

}  // namespace

std::string to_json(const ProgramDump& d) {
  const auto& info = d.info;
  Json j = {{"bpfcheck_dump", format_version}};
  for (const auto& [arch, name] : arch_names)
    if (arch == d.arch) j["arch"] = name;
  j["id"] = info.id;
  j["type"] = static_cast<u32>(info.type);
  j["name"] = info.name;
  j["full_name"] = d.full_name;
  j["tag"] = hex(info.tag);
  j["xlated_len"] = info.xlated_len;
  j["jited_len"] = info.jited_len;
  j["verified_insns"] = info.verified_insns;
  j["map_ids"] = info.map_ids;
  j["xlated"] = hex(bytes_of(info.xlated));
  j["jited"] = hex(info.jited);
  auto list = [](const std::vector<u64>& v) {
    Json out = Json::array();
    for (u64 a : v) out.push_back(hex(a));
    return out;
  };
  j["ksyms"] = list(info.ksyms);
  j["func_lens"] = info.func_lens;
  j["func_info"] = hex(bytes_of(info.func_info));
  j["line_info"] = hex(bytes_of(info.line_info));
  j["jited_lines"] = list(info.jited_lines);
  j["call_base"] = hex(d.call_base);
  j["symbols"] = Json::object();
  for (const auto& [address, name] : d.symbols) j["symbols"][hex(address)] = name;
  j["hidden"] = d.hidden;
  j["btf"] = d.btf ? Json(hex(d.btf->raw().bytes)) : Json(nullptr);
  j["loaded"] = d.loaded
                    ? Json{{"insns", hex(bytes_of(d.loaded->insns))}, {"line_info", hex(bytes_of(d.loaded->line_info))}}
                    : Json(nullptr);
  return j.dump(1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<ProgramDump> dump_from_json(std::string_view text, const std::string& origin) {
  try {
    return read(Json::parse(text), origin);
  } catch (const std::exception& e) {
    return fail(origin, std::string("is no dump of a program: ") + e.what(), EINVAL);
  }
}

}  // namespace bpfcheck::jit
