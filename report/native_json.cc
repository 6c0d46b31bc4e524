// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See native.h. Under one schema_version fields may be added, never changed or taken away.
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "jit_inspect/xlated_text.h"
#include "report/native.h"

namespace bpfcheck::report {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(Bytes bytes) {
  std::string out;
  for (u8 b : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", b);
  return out;
}

Json source_json(const jit::SourcePlace& s) {
  if (!s.known()) return nullptr;
  return {{"file", s.file}, {"line", s.line}, {"column", s.column}, {"text", s.text}};
}

Json translated(const jit::ProgramDump& d) {
  Json out = Json::array();
  const DisasmNames names = jit::xlated_names(d);
  for (u32 i = 0; i < d.info.xlated.size(); i++) {
    out.push_back({{"index", i}, {"text", jit::xlated_insn(d, names, i)}});
    if (d.info.xlated[i].code == bpf::LD_IMM64) i++;
  }
  return out;
}

Json native(const jit::NativeMap& map) {
  Json functions = Json::array(), rows = Json::array(), lines = Json::array();
  for (const auto& f : map.functions)
    functions.push_back({{"name", f.name},
                         {"symbol", f.symbol},
                         {"address", fmt::format("{:#x}", f.address)},
                         {"bytes", f.bytes},
                         {"native_instructions", f.native},
                         {"instructions", f.bpf},
                         {"code", hex(f.code)}});
  for (const jit::MapRow& r : map.rows) {
    Json bpf = Json::array(), insns = Json::array();
    for (const auto& [index, text] : r.bpf) bpf.push_back({{"index", index}, {"text", text}});
    for (const jit::NativeInsn& n : r.native)
      insns.push_back({{"offset", n.offset}, {"bytes", n.size}, {"text", n.text}, {"known", n.known}});
    rows.push_back({{"function", r.function},
                    {"source", source_json(r.source)},
                    {"instructions", std::move(bpf)},
                    {"native", std::move(insns)},
                    {"bytes", r.bytes}});
  }
  for (const jit::LineSize& l : map.lines)
    lines.push_back({{"source", source_json(l.source)},
                     {"bytes", l.bytes},
                     {"native_instructions", l.native},
                     {"instructions", l.bpf}});
  return {{"functions", std::move(functions)}, {"map", std::move(rows)}, {"lines", std::move(lines)}};
}

Json rewrite(const jit::RewriteDiff& diff) {
  Json lines = Json::array(), changes = Json::array(), helpers = Json::array();
  auto index = [](s32 n) { return n < 0 ? Json(nullptr) : Json(n); };
  for (const jit::DiffLine& l : diff.lines)
    lines.push_back({{"sign", std::string(1, l.sign)},
                     {"loaded", index(l.loaded)},
                     {"translated", index(l.xlated)},
                     {"text", l.text}});
  for (const jit::Change& c : diff.changes)
    changes.push_back({{"kind", jit::rewrite_text(c.kind)}, {"begin", c.begin}, {"end", c.end}});
  for (const jit::HelperFate& h : diff.helpers)
    helpers.push_back({{"helper", h.helper}, {"instruction", h.insn}, {"fate", jit::fate_text(h.fate)}, {"by", h.by}});
  return {{"lines", std::move(lines)}, {"changes", std::move(changes)}, {"helpers", std::move(helpers)}};
}

}  // namespace

std::string native_json(const jit::ProgramDump& d, const jit::NativeMap* map, const jit::RewriteDiff* diff) {
  Json j = {{"schema_version", 1},
            {"program", jit::program_name(d)},
            {"id", d.info.id},
            {"type", prog_type_name(d.info.type)},
            {"tag", hex(d.info.tag)}};
  j["translated_bytes"] = d.info.xlated_len;
  j["native_bytes"] = d.info.jited_len;
  j["hidden"] = d.hidden;
  j["translated"] = translated(d);
  j["native"] = map ? native(*map) : Json(nullptr);
  j["rewrite"] = diff ? rewrite(*diff) : Json(nullptr);
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace bpfcheck::report
