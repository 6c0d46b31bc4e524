// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See document.h. What the documents share.
#include "report/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "kernel_db/explanations.h"
#include "report/hints.h"
#include "report/values.h"

namespace bpfcheck::report {

const char* tool_version() { return BPFCHECK_VERSION; }

size_t Run::count(ProgramResult::Kind k) const {
  return static_cast<size_t>(std::ranges::count(results, k, &ProgramResult::kind));
}

std::string simulated_words(const std::string& simulated_as) {
  return simulated_as.empty() ? "" : fmt::format(" (simulated as {})", simulated_as);
}

const char* kind_text(ProgramResult::Kind k) {
  switch (k) {
    case ProgramResult::Kind::Accept:
      return "accept";
    case ProgramResult::Kind::Reject:
      return "reject";
    default:
      return "unsupported";
  }
}

const char* stage_text(ProgramResult::Stage s) {
  switch (s) {
    case ProgramResult::Stage::Open:
      return "open";
    case ProgramResult::Stage::Maps:
      return "maps";
    default:
      return "verify";
  }
}

size_t Run::failing() const { return static_cast<size_t>(std::ranges::count_if(results, &ProgramResult::fails)); }

std::string rule_of(const ProgramResult& r) {
  if (r.kind == ProgramResult::Kind::Accept) return "Grown";
  if (r.kind == ProgramResult::Kind::Unsupported) return "Unsupported";
  if (r.stage == ProgramResult::Stage::Open) return "BadObject";
  if (r.stage == ProgramResult::Stage::Maps) return "LoadError";
  return r.verdict.reject.code == Msg::None ? "NoWords" : std::string(msg_info(r.verdict.reject.code).code);
}

RuleWords rule_words(std::string_view rule) {
  if (auto code = find_code(rule)) {
    const TopicInfo& t = topic_info(msg_info(*code).topic);
    const Note note = note_of(*code);
    return {std::string(t.title), std::string(note.cause.empty() ? t.cause : note.cause),
            fmt::format("{} {}", t.why, note.fix.empty() ? t.fix : note.fix)};
  }
  const std::string_view words = rule == "Unsupported" ? "the program does something that bpfcheck does not model"
                                 : rule == "Grown" ? "the verifier processes more instructions than the baseline allows"
                                 : rule == "NoWords" ? "the verifier refuses the program without a word"
                                 : rule == "LoadError" || rule == "BadObject"
                                     ? "the object or program is refused before the verifier is asked"
                                     : hint_title(rule);
  return {std::string(words), std::string(words), ""};
}

namespace {

std::string plain_headline(const ProgramResult& r) {
  const std::string where =
      r.prog.empty() ? base_name(r.object) : fmt::format("{}: {}", base_name(r.object), name_of(r));
  if (r.kind == ProgramResult::Kind::Accept)
    return r.fails() ? fmt::format("{}: {}", where, r.standing.words) : where + ": accepted";
  if (r.kind == ProgramResult::Kind::Unsupported)
    return fmt::format("{}: no verdict: not modelled: {}", where, r.message);
  if (r.diagnostic && !r.diagnostic->earlier_words.empty())
    return fmt::format("{}: {}", where, r.diagnostic->earlier_words);
  return fmt::format("{}: {}", where, r.message.empty() ? fmt::format("refused with errno {}", r.errnum) : r.message);
}

}  // namespace

std::string headline(const ProgramResult& r) {
  const std::string tried = tried_words(r);
  return plain_headline(r) + (tried.empty() ? "" : fmt::format(" ({})", tried)) + simulated_words(r.simulated_as);
}

std::string report_path(const Run& run, const ProgramResult& r) {
  return report_path(run, r.object, r.diagnostic ? r.diagnostic->at : SourceLine{});
}

std::string report_path(const Run& run, const std::string& object, const SourceLine& at) {
  namespace fs = std::filesystem;
  std::error_code ec;
  fs::path path = at.known() ? fs::path(at.file) : fs::path(object.substr(0, object.find('#')));
  if (path.is_relative() && at.known() && !fs::exists(path, ec)) {
    // The compiler may have run elsewhere: beside the object is the next guess.
    const fs::path beside = fs::path(object).parent_path() / path;
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
