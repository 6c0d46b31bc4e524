// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See reports.h.
#include "cli/reports.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "cli/output.h"
#include "report/matrix.h"

namespace bpfcheck::cli {
namespace {

using report::ProgramResult;

struct Format {
  const char* name;
  std::string (*document)(const report::Run&);  ///< null: a line or paragraph at a time
  bool explains, each;                          ///< shows diagnostics; of each result, not of each defect
};
constexpr Format formats[] = {
    {"text", nullptr, true, false},          {"jsonl", nullptr, false, false},
    {"json", report::to_json, true, true},   {"sarif", report::to_sarif, true, true},
    {"junit", report::to_junit, true, true}, {"github", report::to_github, true, false},
    {"html", report::to_html, true, true},   {"markdown", report::to_markdown, true, false},
};

const Format* find_format(std::string_view name) {
  auto it = std::ranges::find(formats, name, &Format::name);
  return it == std::end(formats) ? nullptr : it;
}

std::string format_names() {
  std::string out;
  for (const Format& f : formats) out += fmt::format("{}{}", out.empty() ? "" : ", ", f.name);
  return out;
}

/// The repository that the working directory lies in (the folder with .git), else the working directory; with a final
/// slash.
std::string repository_root() {
  namespace fs = std::filesystem;
  std::error_code ec;
  const fs::path here = fs::current_path(ec);
  if (ec) return "";
  for (fs::path p = here; !p.empty(); p = p.parent_path()) {
    if (fs::exists(p / ".git", ec)) return (p / "").string();
    if (p == p.root_path()) break;
  }
  return (here / "").string();
}

}  // namespace

void declare_reports(CLI::App& command, ReportOptions& opts) {
  command
      .add_option("--format", opts.formats,
                  fmt::format("NAME or NAME=FILE, one of {}\n(default text); repeat for several reports in one run",
                              format_names()))
      ->allow_extra_args(false);
  command.add_option("-o,--output", opts.output, "file for the report; written whole or not at all");
  declare_colour(command, opts.colour);
  command.add_flag("-q,--quiet", opts.quiet, "text: print failures only, in one line each");
  command.add_flag("--summary", opts.summary, "text: only the table of programs and kernels, and how it stands");
}

Result<Reports> Reports::make(const ReportOptions& opts, std::vector<report::TargetLine> targets) {
  Reports r;
  r.colour_ = opts.colour;
  r.quiet_ = opts.quiet;
  r.summary_ = opts.summary;
  r.tabular_ = targets.size() > 1 || opts.summary;
  for (const std::string& spec : opts.formats.empty() ? std::vector<std::string>{"text"} : opts.formats) {
    const auto eq = spec.find('=');
    Sink sink{spec.substr(0, eq), eq == std::string::npos ? "-" : spec.substr(eq + 1), ""};
    if (!find_format(sink.format))
      return fail("--format " + spec, "no such format; there are " + format_names(), EINVAL);
    if (sink.file.empty()) return fail("--format " + spec, "no file is named after the =", EINVAL);
    r.sinks_.push_back(std::move(sink));
  }
  if (!opts.output.empty()) {
    auto open = std::ranges::find(r.sinks_, "-", &Sink::file);
    if (open == r.sinks_.end()) return fail("--output", "every format has a file already", EINVAL);
    open->file = opts.output;
  }
  if (std::ranges::count(r.sinks_, "-", &Sink::file) > 1)
    return fail("--format", "two reports cannot share standard output: give one a file, as in --format sarif=FILE",
                EINVAL);
  for (const Sink& s : r.sinks_) {
    const Format& f = *find_format(s.format);
    const bool explains = f.explains && !((opts.quiet || opts.summary) && s.format == "text");
    r.explains_ |= explains;
    r.explains_each_ |= explains && (f.each || !r.tabular_);
    r.keeps_ |= f.document != nullptr || (r.tabular_ && s.format == "text");
    r.traces_ |= s.format == "html";
    r.text_on_stdout_ |= s.format == "text" && s.file == "-";
  }
  r.run_.targets = std::move(targets);
  if (r.keeps_) r.run_.root = repository_root();
  return r;
}

void Reports::put(Sink& sink, std::string_view text) {
  if (sink.file == "-")
    std::fwrite(text.data(), 1, text.size(), stdout);
  else
    sink.buffer += text;
}

void Reports::remark(std::string_view text) {
  if (!announced_.empty() && !text.empty()) remark(std::exchange(announced_, {}));
  for (Sink& s : sinks_)
    if (s.format == "text" && !quiet_) put(s, text);
}

void Reports::insist(std::string_view text) {
  for (Sink& s : sinks_)
    if (s.format == "text") put(s, text);
}

void Reports::add(ProgramResult&& r) {
  counts_[static_cast<size_t>(r.kind)]++;
  failing_ += r.fails();
  inconclusive_ += r.inconclusive();
  const bool unreadable = r.stage == ProgramResult::Stage::Open;  // standard error has said so
  judged_ += !unreadable;
  if (!unreadable && !tabular_) remark(std::exchange(announced_, {}));
  for (Sink& s : sinks_) {
    if (s.format == "jsonl") put(s, report::to_jsonl(r, target_of(r.target)) + "\n");
    if (s.format != "text" || tabular_ || unreadable || (quiet_ && !r.fails() && !r.inconclusive())) continue;
    put(s, report::to_text(r, palette_of(s)));
  }
  if (!keeps_) return;
  r.linked.reset();
  run_.results.push_back(std::move(r));
}

void Reports::leave_out(report::NotJudged&& n) {
  for (Sink& s : sinks_)
    if (const report::TargetLine* t = target_of(n.target); t && s.format == "jsonl")
      put(s, report::not_judged_jsonl(n.object, *t, n.why) + "\n");
  run_.not_judged.push_back(std::move(n));
}

const report::TargetLine* Reports::target_of(const std::string& name) const {
  const auto at = std::ranges::find(run_.targets, name, &report::TargetLine::name);
  return at == run_.targets.end() ? nullptr : &*at;
}

const report::Palette& Reports::palette_of(const Sink& s) const {
  return report::palette(s.file == "-" ? wants_colour(colour_) : colour_ == "always");
}

void Reports::conclude(const std::string& notes, bool with_failing) {
  using Kind = ProgramResult::Kind;
  const std::string counts =
      fmt::format("{} accepted, {} rejected, {} not modelled{}\n", count(Kind::Accept), count(Kind::Reject),
                  count(Kind::Unsupported), with_failing ? fmt::format("; {} to fail on", failing()) : "");
  if (tabular_ && !summary_ && !quiet_ && !run_.results.empty()) remark(std::exchange(announced_, {}) + "\n");
  const report::Matrix m = tabular_ ? report::matrix_of(run_) : report::Matrix{};
  for (Sink& s : sinks_) {
    if (s.format != "text") continue;
    const report::TableStyle style{output_width(), wants_unicode(), palette_of(s)};
    std::string text;
    if (tabular_ && quiet_ && !summary_) text += report::defect_lines(run_, m, style);
    if (tabular_ && !quiet_) text += report::table_text(m, style) + (summary_ ? "" : "\n");
    if (tabular_ && !quiet_ && !summary_)
      if (const std::string defects = report::defects_text(run_, m, style); !defects.empty()) text += defects + "\n";
    if (!quiet_ && !summary_) text += advice() + notes;
    if (!quiet_ && (judged() || !run_.results.empty())) text += counts;
    if (tabular_ && (summary_ || !quiet_)) text += report::conclusion(m, style.unicode) + "\n";
    put(s, text);
  }
}

void Reports::advise(std::vector<report::Hint>&& hints) {
  for (report::Hint& h : hints)
    if (std::ranges::none_of(run_.advice, [&](const report::Hint& known) { return known.line() == h.line(); }))
      run_.advice.push_back(std::move(h));
}

std::string Reports::advice() const {
  std::string out;
  for (const report::Hint& h : run_.advice) out += fmt::format("advice       {}\n", h.line());
  return out;
}

Result<void> Reports::finish() {
  for (Sink& s : sinks_) {
    const Format& f = *find_format(s.format);
    if (!f.document && s.file == "-") continue;
    if (auto ok = write_whole(s.file, f.document ? f.document(run_) : s.buffer); !ok)
      return std::unexpected(ok.error());
  }
  if (std::fflush(stdout) || std::ferror(stdout)) return fail("standard output", "cannot be written", EIO);
  return {};
}

}  // namespace bpfcheck::cli
