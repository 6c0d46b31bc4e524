// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See document.h. What the documents share.
#include "report/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bpfcheck::report {

const char* tool_version() { return BPFCHECK_VERSION; }

TargetLine target_line(const Target& t) { return {t.name, t.btf->origin(), t.evidence, t.version}; }

size_t Run::count(ProgramResult::Kind k) const {
  return static_cast<size_t>(std::ranges::count(results, k, &ProgramResult::kind));
}

const char* kind_text(ProgramResult::Kind k) {
  switch (k) {
    case ProgramResult::Kind::Accept: return "accept";
    case ProgramResult::Kind::Reject: return "reject";
    default: return "unsupported";
  }
}

const char* stage_text(ProgramResult::Stage s) {
  switch (s) {
    case ProgramResult::Stage::Open: return "open";
    case ProgramResult::Stage::Maps: return "maps";
    default: return "verify";
  }
}

std::string rule_of(const ProgramResult& r) {
  if (r.kind == ProgramResult::Kind::Unsupported) return "Unsupported";
  if (r.stage == ProgramResult::Stage::Open) return "BadObject";
  if (r.stage == ProgramResult::Stage::Maps) return "LoadError";
  return r.verdict.reject.code == Msg::None ? "NoWords" : std::string(msg_info(r.verdict.reject.code).code);
}

std::string headline(const ProgramResult& r) {
  const std::string where = r.prog.empty() ? base_name(r.object) : fmt::format("{}: {}", base_name(r.object), r.prog);
  if (r.kind == ProgramResult::Kind::Accept) return where + ": accepted";
  if (r.kind == ProgramResult::Kind::Unsupported) return fmt::format("{}: no verdict: not modelled: {}", where, r.message);
  if (r.diagnostic && !r.diagnostic->earlier_words.empty()) return fmt::format("{}: {}", where, r.diagnostic->earlier_words);
  return fmt::format("{}: {}", where, r.message.empty() ? fmt::format("refused with errno {}", r.errnum) : r.message);
}

std::string report_path(const Run& run, const ProgramResult& r) {
  namespace fs = std::filesystem;
  std::error_code ec;
  fs::path path = r.diagnostic && r.diagnostic->at.known() ? fs::path(r.diagnostic->at.file) : fs::path(r.object.substr(0, r.object.find('#')));
  if (path.is_relative() && r.diagnostic && !fs::exists(path, ec)) {
    // The compiler may have run elsewhere: beside the object is the next guess.
    const fs::path beside = fs::path(r.object).parent_path() / path;
    if (fs::exists(beside, ec)) path = beside;
  }
  if (!run.root.empty()) {
    const fs::path absolute = path.is_relative() ? fs::absolute(path, ec) : path;
    const fs::path under = absolute.lexically_normal().lexically_relative(run.root);
    if (!under.empty() && *under.begin() != "..") return under.generic_string();
  }
  return path.lexically_normal().generic_string();
}

}  // namespace bpfcheck::report
