// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See native.h.
#include <fmt/format.h>

#include <algorithm>

#include "report/native.h"

namespace bpfcheck::report {
namespace {

constexpr size_t source_width = 44, bpf_width = 46;
constexpr size_t most_lines = 20;  // source lines in the table of sizes

std::string_view file_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Cut to a width in characters, tabs as blanks; dots say that something is missing.
std::string fitted(std::string_view s, size_t width) {
  std::string out(s);
  std::ranges::replace(out, '\t', ' ');
  if (out.size() <= width) return out;
  size_t end = width - 3;
  while (end > 0 && (static_cast<u8>(out[end]) & 0xc0) == 0x80) end--;  // not within a UTF-8 character
  return out.substr(0, end) + "...";
}

std::string short_place(const jit::SourcePlace& s) {
  return s.known() ? fmt::format("{}:{}", file_of(s.file), s.line) : "(no line)";
}

void put_row(std::string& out, const jit::MapRow& row, bool repeats, const Palette& p) {
  const size_t n = std::max({row.bpf.size(), row.native.size(), size_t{1}});
  for (size_t i = 0; i < n; i++) {
    std::string source, bpf, native;
    if (i == 0 && !repeats)
      source = row.source.known() ? fmt::format("{:>4}  {}", row.source.line, row.source.text) : "";
    if (i < row.bpf.size()) bpf = fmt::format("{:>5}: {}", row.bpf[i].first, row.bpf[i].second);
    if (i < row.native.size()) native = fmt::format("{:>5x}:  {}", row.native[i].offset, row.native[i].text);
    std::string line = fmt::format("{}{:<{}}{}  {:<{}}  {}", p.dim, fitted(source, source_width), source_width, p.end,
                                   fitted(bpf, bpf_width), bpf_width, native);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
}

std::string title(const jit::ProgramDump& d, const Palette& p) {
  return fmt::format("{}{}{}  {}, id {}: {} instructions after the verifier, {} bytes of native code\n", p.bold,
                     jit::program_name(d), p.end, prog_type_name(d.info.type), d.info.id, d.info.xlated_len / 8,
                     d.info.jited_len);
}

std::string hidden_text(const jit::ProgramDump& d, const Palette& p) {
  std::string out;
  for (const std::string& h : d.hidden) out += fmt::format("{}note:{} {}\n", p.warn, p.end, h);
  return out;
}

std::string helpers_text(const jit::RewriteDiff& diff) {
  std::string out;
  for (const jit::HelperFate& h : diff.helpers)
    out += fmt::format("  {:>5}: {} {}{}\n", h.insn, h.helper, jit::fate_text(h.fate), h.by.empty() ? "" : ": " + h.by);
  return out.empty() ? "" : "helpers, by loaded instruction\n" + out;
}

}  // namespace

std::string native_text(const jit::ProgramDump& d, const jit::NativeMap& map, const jit::RewriteDiff* diff,
                        const Palette& p) {
  std::string out = title(d, p) + hidden_text(d, p);
  u32 function = ~0u;
  const jit::SourcePlace* before = nullptr;
  for (const jit::MapRow& row : map.rows) {
    if (row.function != function) {
      function = row.function;
      const auto& f = map.functions[function];
      out +=
          fmt::format("\n{}{}{}  {}{}\n", p.mark, f.name.empty() ? fmt::format("function {}", function) : f.name + "()",
                      p.end, f.symbol, f.address ? fmt::format(" at {:#x}", f.address) : "");
      before = nullptr;
    }
    const bool repeats =
        before && before->line == row.source.line && before->file == row.source.file && before->text == row.source.text;
    put_row(out, row, repeats, p);
    before = &row.source;
  }
  out += "\nfunction                          bytes  native  BPF\n";
  for (const auto& f : map.functions)
    out += fmt::format("{:<32} {:>6}  {:>6}  {:>3}\n", fitted(f.name.empty() ? f.symbol : f.name, 32), f.bytes,
                       f.native, f.bpf);
  out += "\nsource line                       bytes  native  BPF\n";
  for (size_t i = 0; i < map.lines.size() && i < most_lines; i++) {
    const jit::LineSize& l = map.lines[i];
    std::string line = fmt::format("{:<32} {:>6}  {:>6}  {:>3}  {}", fitted(short_place(l.source), 32), l.bytes,
                                   l.native, l.bpf, fitted(l.source.text, 60));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  if (map.lines.size() > most_lines)
    out += fmt::format("... and {} lines that cost less\n", map.lines.size() - most_lines);
  if (diff)
    if (const std::string helpers = helpers_text(*diff); !helpers.empty()) out += "\n" + helpers;
  return out;
}

std::string rewrite_text(const jit::ProgramDump& d, const jit::RewriteDiff& diff, const Palette& p) {
  std::string out = title(d, p) + hidden_text(d, p);
  size_t change = 0;
  for (size_t i = 0; i < diff.lines.size(); i++) {
    if (change < diff.changes.size() && diff.changes[change].begin == i)
      out += fmt::format("{}@@ {}{}\n", p.mark, jit::rewrite_text(diff.changes[change++].kind), p.end);
    const jit::DiffLine& l = diff.lines[i];
    const auto number = [](s32 n) { return n < 0 ? std::string() : std::to_string(n); };
    const std::string& colour = l.sign == '-' ? p.bad : l.sign == '+' ? p.good : p.end;
    out += fmt::format("{}{}{:>5} {:>5}: {}{}\n", l.sign == ' ' ? "" : colour, l.sign, number(l.loaded),
                       number(l.xlated), l.text, l.sign == ' ' ? "" : p.end);
  }
  if (diff.changes.empty()) out += "the verifier changed nothing\n";
  if (const std::string helpers = helpers_text(diff); !helpers.empty()) out += "\n" + helpers;
  return out;
}

}  // namespace bpfcheck::report
