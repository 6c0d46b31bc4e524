// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See source.h.
#include "report/source.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>

namespace bpfcheck::report {
namespace {

constexpr size_t longest_file = 8u << 20;

SourceLine line_at(const loader::LinkedProgram& prog, const loader::LineInfo& l) {
  return {std::string(prog.btf->string(l.file_name_off)), l.line, l.col, std::string(prog.btf->string(l.line_off))};
}

/// The lines of a source file; nothing where it cannot be read.
std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in || in.tellg() <= 0 || static_cast<size_t>(in.tellg()) > longest_file) return {};
  in.seekg(0);
  std::vector<std::string> lines;
  for (std::string l; std::getline(in, l);) lines.push_back(std::move(l));
  return lines;
}

std::vector<std::string> places_of(const std::string& file, const std::string& object_path) {
  std::vector<std::string> places{file};
  const auto slash = object_path.find_last_of('/');
  const std::string beside = slash == std::string::npos ? "" : object_path.substr(0, slash + 1);
  if (!file.starts_with('/')) places.push_back(beside + file);
  places.push_back(beside + base_name(file));
  return places;
}

Excerpt from_file(const std::string& object_path, const SourceLine& at, u32 context) {
  Excerpt out;
  for (const std::string& place : places_of(at.file, object_path)) {
    const auto lines = read_lines(place);
    // A file that was changed since would mislead: it must still hold that line.
    if (at.line > lines.size() || trimmed(lines[at.line - 1]) != trimmed(at.text)) continue;
    const u32 first = at.line > context ? at.line - context : 1;
    const u32 last = static_cast<u32>(std::min<size_t>(lines.size(), size_t{at.line} + context));
    for (u32 n = first; n <= last; n++) out.lines.push_back({at.file, n, n == at.line ? at.column : 0, lines[n - 1]});
    out.from_file = true;
    break;
  }
  return out;
}

}  // namespace

std::string trimmed(std::string_view s) {
  constexpr std::string_view blanks = " \t\r\n";
  while (!s.empty() && blanks.contains(s.front())) s.remove_prefix(1);
  while (!s.empty() && blanks.contains(s.back())) s.remove_suffix(1);
  return std::string(s);
}

std::string base_name(std::string_view path) {
  auto slash = path.find_last_of('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

SourceLine source_of(const loader::LinkedProgram& prog, u32 insn) {
  if (!prog.btf || insn >= prog.insns.size()) return {};
  auto after = std::ranges::upper_bound(prog.line_info, insn, {}, &loader::LineInfo::insn_off);
  if (after == prog.line_info.begin()) return {};
  return line_at(prog, *std::prev(after));
}

bool is_asm_line(const SourceLine& line) {
  const std::string& s = line.text;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (const std::string_view word : {"asm", "__asm__"})
    for (size_t at = s.find(word); at != std::string::npos; at = s.find(word, at + 1))
      if ((at == 0 || !is_word(s[at - 1])) && (at + word.size() == s.size() || !is_word(s[at + word.size()])))
        return true;
  return false;
}

Excerpt excerpt_of(const loader::LinkedProgram& prog, const std::string& object_path, const SourceLine& at,
                   u32 context) {
  if (!at.known()) return {};
  if (Excerpt whole = from_file(object_path, at, context); whole.from_file) return whole;
  std::map<u32, SourceLine> near;
  for (const auto& l : prog.line_info) {
    if (l.line + context < at.line || l.line > at.line + context) continue;
    SourceLine line = line_at(prog, l);
    if (line.file == at.file) near.emplace(l.line, std::move(line));
  }
  near[at.line] = at;
  Excerpt out;
  for (auto& [n, line] : near) out.lines.push_back(std::move(line));
  return out;
}

std::string function_of(const loader::LinkedProgram& prog, u32 insn) {
  std::string name = prog.name;
  if (!prog.btf) return name;
  for (const auto& f : prog.func_info) {
    if (f.insn_off > insn) break;
    if (auto n = prog.btf->type(f.type_id).name(); !n.empty()) name = n;
  }
  return name;
}

}  // namespace bpfcheck::report
