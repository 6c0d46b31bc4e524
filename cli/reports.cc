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

namespace bpfcheck::cli {
namespace {

using report::ProgramResult;

struct Format {
  const char* name;
  std::string (*document)(const report::Run&);  ///< null: a line or paragraph at a time
  bool explains;
};
constexpr Format formats[] = {
    {"text", nullptr, true},           {"jsonl", nullptr, false},         {"json", report::to_json, true},
    {"sarif", report::to_sarif, true}, {"junit", report::to_junit, true}, {"github", report::to_github, true},
    {"html", report::to_html, true},
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
}

Result<Reports> Reports::make(const ReportOptions& opts, const std::vector<Target>& targets) {
  Reports r;
  r.colour_ = opts.colour;
  r.quiet_ = opts.quiet;
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
    r.explains_ |= f.explains && !(opts.quiet && s.format == "text");
    r.keeps_ |= f.document != nullptr;
    r.traces_ |= s.format == "html";
    r.text_on_stdout_ |= s.format == "text" && s.file == "-";
  }
  for (const Target& t : targets) r.run_.targets.push_back(report::target_line(t));
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
  if (!unreadable) remark(std::exchange(announced_, {}));
  for (Sink& s : sinks_) {
    if (s.format == "jsonl") put(s, report::to_jsonl(r) + "\n");
    if (s.format != "text" || unreadable || (quiet_ && !r.fails() && !r.inconclusive())) continue;
    const bool colour = s.file == "-" ? wants_colour(colour_) : colour_ == "always";
    if (run_.targets.size() > 1) put(s, fmt::format("{:<16} ", r.target));
    put(s, report::to_text(r, report::palette(colour)));
  }
  if (!keeps_) return;
  r.linked.reset();
  run_.results.push_back(std::move(r));
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
