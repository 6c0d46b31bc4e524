// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/write.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <span>

namespace bpfcheck::differential {
namespace {

std::string name_of(const Program& p) { return fmt::format("seed-{}", p.seed); }

std::string hex(std::span<const u8> bytes) {
  std::string s;
  s.reserve(bytes.size() * 2);
  for (u8 b : bytes) fmt::format_to(std::back_inserter(s), "{:02x}", b);
  return s;
}

}  // namespace

void write_scene(std::ostream& out) {
  out << "btf " << hex(raw_types()) << '\n';
  for (s32 i = 0; i < map_count; i++) {
    const loader::MapDef& m = map_def(i);
    out << fmt::format("map {} {} {} {} {} {} {} {} {} {}\n", m.name, static_cast<u32>(m.type), m.key_size,
                       m.value_size, m.max_entries, m.flags, m.has_btf ? m.btf_key_type_id : 0,
                       m.has_btf ? m.btf_value_type_id : 0, static_cast<int>(m.frozen),
                       m.initial.empty() ? "-" : hex(m.initial));
  }
}

void write_program(std::ostream& out, const Program& p, const btf::Btf& vmlinux) {
  std::string functions;
  for (const auto& f : p.functions)
    functions += fmt::format("{}{}:{}", functions.empty() ? "" : ",", f.start, func_type_id(f.func));
  const Insns insns = with_kfunc_ids(p.insns, vmlinux);
  out << fmt::format("prog {} {} {} {} {} {}\n", name_of(p), static_cast<u32>(p.type), p.attach_type, p.flags,
                     functions.empty() ? "-" : functions,
                     hex({reinterpret_cast<const u8*>(insns.data()), insns.size() * sizeof(Insn)}));
}

std::string row(const std::string& file, const Program& p, const Outcome& o) {
  const char* verdict = o.kind == Outcome::Kind::accept   ? "accept"
                        : o.kind == Outcome::Kind::reject ? "reject"
                                                          : "unsupported";
  nlohmann::ordered_json j = {{"object", file},
                              {"prog", name_of(p)},
                              {"sec", ""},
                              {"type", prog_type_name(p.type)},
                              {"stage", o.before_verifier ? "maps" : "verify"},
                              {"verdict", verdict},
                              {"errno", o.errnum},
                              {"insns", p.insns.size()},
                              {"processed", o.processed},
                              {"states", o.states},
                              {"peak", o.peak},
                              {"msg", o.message}};
  if (!o.log.empty()) j["log"] = o.log;
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace bpfcheck::differential
