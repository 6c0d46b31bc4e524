// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See result.h.
#include "report/result.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "verifier_sim/log/insn_text.h"

namespace bpfcheck::report {
namespace {

const char* kind_text(ProgramResult::Kind k) {
  switch (k) {
    case ProgramResult::Kind::Accept: return "accept";
    case ProgramResult::Kind::Reject: return "reject";
    default: return "unsupported";
  }
}

std::string base_name(const std::string& path) {
  auto slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// The last line record at or before an instruction.
const loader::LineInfo* line_of(const loader::LinkedProgram& p, u32 insn) {
  const loader::LineInfo* found = nullptr;
  for (const auto& l : p.line_info)
    if (l.insn_off <= insn) found = &l;
  return found;
}

std::string trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  return std::string(s);
}

std::string explanation(const ProgramResult& r) {
  std::string out;
  const loader::LinkedProgram& p = *r.linked;
  const u32 insn = r.verdict.insn;
  if (const auto* l = line_of(p, insn); l && p.btf)
    out += fmt::format("  source       {}:{}: {}\n", p.btf->string(l->file_name_off), l->line, trimmed(p.btf->string(l->line_off)));
  if (insn < p.insns.size()) out += fmt::format("  instruction  {}: {}\n", insn, sim::insn_text(p, p.insns, insn));
  out += fmt::format("  kernel says  {}\n", r.message);
  const TopicInfo& topic = topic_info(msg_info(r.verdict.reject.code).topic);
  for (const auto& poison : p.poisons)
    if (poison.insn_idx == insn) out += fmt::format("  relocation   the target has no match for CO-RE {}\n", poison.spec);
  if (!topic.cause.empty()) out += fmt::format("  meaning      {}: {}\n  remedy       {}\n", topic.title, topic.cause, topic.fix);
  return out;
}

}  // namespace

std::string to_jsonl(const ProgramResult& r) {
  nlohmann::ordered_json j;
  j["object"] = base_name(r.object);
  if (r.stage != ProgramResult::Stage::Open) {
    j["prog"] = r.prog;
    j["sec"] = r.section;
    j["type"] = r.type;
  }
  j["stage"] = r.stage == ProgramResult::Stage::Open ? "open" : r.stage == ProgramResult::Stage::Maps ? "maps" : "verify";
  j["verdict"] = kind_text(r.kind);
  j["errno"] = r.errnum;
  if (r.stage != ProgramResult::Stage::Open) {
    const bool verified = r.stage == ProgramResult::Stage::Verify;
    j["insns"] = r.insns;
    j["processed"] = verified ? static_cast<s64>(r.verdict.stats.processed) : -1;
    j["states"] = verified ? static_cast<s64>(r.verdict.stats.total_states) : -1;
    j["peak"] = verified ? static_cast<s64>(r.verdict.stats.peak_states) : -1;
    j["usec"] = static_cast<s64>(r.usec);
  }
  j["msg"] = r.message;
  return j.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string to_text(const ProgramResult& r, bool explain) {
  const std::string where = r.prog.empty() ? r.object : fmt::format("{} {}", r.object, r.prog);
  switch (r.kind) {
    case ProgramResult::Kind::Accept:
      return fmt::format("accept       {}  ({} instructions, {} processed)\n", where, r.insns, r.verdict.stats.processed);
    case ProgramResult::Kind::Unsupported: return fmt::format("unsupported  {}: not modelled: {}\n", where, r.message);
    case ProgramResult::Kind::Reject: break;
  }
  std::string out = fmt::format("reject       {}: {}\n", where, r.message);
  if (explain && r.stage == ProgramResult::Stage::Verify && r.linked) out += explanation(r);
  return out;
}

}  // namespace bpfcheck::report
