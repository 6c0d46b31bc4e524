// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See rewrite_diff.h. Two instructions are the same where they do the same at the same source line; what the kernel
// fills in (map addresses, call targets) and what it moves (jump distances) does not count.
#include "jit_inspect/rewrite_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "jit_inspect/xlated_text.h"
#include "kernel_db/helpers.h"

namespace bpfcheck::jit {
namespace {

constexpr size_t most_edits = 6000;  // beyond, the rest counts as replaced: the search would take gigabytes

struct Item {
  u32 index = 0;
  Insn insn;
  u64 what = 0;   ///< equal for instructions that do the same
  u64 where = 0;  ///< source line
  bool operator==(const Item& o) const { return what == o.what && where == o.where; }
};

bool is_jump(const Insn& i) {
  return (i.cls() == bpf::JMP || i.cls() == bpf::JMP32) && i.op() != bpf::CALL && i.op() != bpf::EXIT;
}
bool is_call(const Insn& i) { return i.code == (bpf::JMP | bpf::CALL); }
bool is_helper_call(const Insn& i) { return is_call(i) && i.src == 0; }

std::string helper_symbol(s32 id) {
  return id >= 0 && static_cast<u32>(id) < helper_count() ? fmt::format("bpf_{}", helper_name(static_cast<u32>(id)))
                                                          : "";
}

u64 key_of(const Insn& i, std::string_view callee) {
  u64 k = i.code | static_cast<u64>(i.dst) << 8;
  if (i.code == bpf::LD_IMM64) return k;
  k |= static_cast<u64>(i.src) << 12;
  if (is_call(i)) return i.src == 0 ? k ^ (std::hash<std::string_view>{}(callee) << 16) : k;
  if (!is_jump(i)) k |= static_cast<u64>(static_cast<u16>(i.off)) << 16;
  if (i.code != (bpf::JMP32 | bpf::JA)) k |= static_cast<u64>(static_cast<u32>(i.imm)) << 32;
  return k;
}

/// One item an instruction; `lines`: records with insn_off, file_name_off, line_off and a place.
template <class Lines, class Place, class Callee>
std::vector<Item> items_of(const Insns& insns, const Lines& lines, Place place, Callee callee) {
  std::vector<Item> out;
  size_t line = 0;
  u64 where = 0;
  for (u32 i = 0; i < insns.size(); i++) {
    for (; line < lines.size() && lines[line].insn_off <= i; line++)
      where = (static_cast<u64>(lines[line].file_name_off) << 40) ^ (static_cast<u64>(lines[line].line_off) << 20) ^
              place(lines[line]);
    out.push_back({i, insns[i], key_of(insns[i], is_helper_call(insns[i]) ? callee(insns[i]) : std::string()), where});
    if (insns[i].code == bpf::LD_IMM64) i++;
  }
  return out;
}

/// Shortest edit script (Myers, 1986): '=', '-' and '+' in order.
std::string edit_script(const std::vector<Item>& a, const std::vector<Item>& b) {
  const auto n = static_cast<s64>(a.size()), m = static_cast<s64>(b.size());
  std::vector<std::vector<s32>> trace;  // furthest x on each diagonal, by number of edits
  std::vector<s32> v(static_cast<size_t>(2 * (n + m) + 3), 0);
  const s64 zero = n + m + 1;
  auto at = [&](s64 k) -> s32& { return v[static_cast<size_t>(zero + k)]; };
  s64 d = 0;
  bool done = false;
  for (; d <= n + m && static_cast<size_t>(d) <= most_edits && !done; d++) {
    for (s64 k = -d; k <= d && !done; k += 2) {
      s64 x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      for (; x < n && x - k < m && x - k >= 0 && a[static_cast<size_t>(x)] == b[static_cast<size_t>(x - k)];) x++;
      at(k) = static_cast<s32>(x);
      done = x >= n && x - k >= m;
    }
    trace.emplace_back(v.begin() + static_cast<std::ptrdiff_t>(zero - d),
                       v.begin() + static_cast<std::ptrdiff_t>(zero + d + 1));
  }
  if (!done) return std::string(a.size(), '-') + std::string(b.size(), '+');
  std::string out;
  s64 x = n, y = m;
  for (s64 e = d - 1; e > 0; e--) {
    const auto& before = trace[static_cast<size_t>(e - 1)];  // diagonals -(e-1) .. e-1
    auto furthest = [&](s64 k) {
      return k < 1 - e || k > e - 1 ? s64{-1} : s64{before[static_cast<size_t>(k + e - 1)]};
    };
    const s64 k = x - y;
    const bool down = k == -e || (k != e && furthest(k - 1) < furthest(k + 1));
    const s64 from_k = down ? k + 1 : k - 1, from = furthest(from_k);
    for (const s64 start = from + (down ? 0 : 1); x > start; x--) out += '=';
    out += down ? '+' : '-';
    x = from;
    y = from - from_k;
  }
  out.append(static_cast<size_t>(x), '=');
  std::ranges::reverse(out);
  return out;
}

bool is_zero_extension(const Insn& i) {
  return i.code == (bpf::ALU | bpf::MOV | bpf::X) && i.dst == i.src && i.imm == 1;
}
bool is_barrier(const Insn& i) { return i.cls() == bpf::ST && i.mode() == bpf::ATOMIC; }

class Differ {
 public:
  explicit Differ(const ProgramDump& d) : d_(d), names_(xlated_names(d)) {}

  RewriteDiff run() {
    auto before = items_of(
        d_.loaded->insns, d_.loaded->line_info, [](const auto& l) { return (u64{l.line} << 10) | (l.col & 0x3ff); },
        [](const Insn& i) { return helper_symbol(i.imm); });
    auto after = items_of(
        d_.info.xlated, d_.info.line_info, [](const auto& l) { return u64{l.line_col}; },
        [&](const Insn& i) { return callee(i); });
    size_t a = 0, b = 0;
    for (char op : edit_script(before, after)) {
      if (op == '-')
        add({'-', static_cast<s32>(before[a].index), -1, loaded_text(before[a].index)}, before[a].insn);
      else if (op == '+')
        add({'+', -1, static_cast<s32>(after[b].index), xlated_insn(d_, names_, after[b].index)}, after[b].insn);
      else
        add({' ', static_cast<s32>(before[a].index), static_cast<s32>(after[b].index),
             xlated_insn(d_, names_, after[b].index)},
            after[b].insn);
      a += op != '+';
      b += op != '-';
    }
    close();
    return std::move(out_);
  }

 private:
  std::string callee(const Insn& i) const {
    const std::string_view s = d_.symbol(d_.call_base + static_cast<u64>(static_cast<s64>(i.imm)));
    return s.empty() ? helper_symbol(i.imm) : std::string(s);
  }
  std::string loaded_text(u32 index) const {
    std::string out;
    const Insns& insns = d_.loaded->insns;
    if (insns[index].code == bpf::LD_IMM64 && index + 1 >= insns.size()) return "cut off";
    disassemble(out, &insns[index],
                {.call = [](const Insn& i) { return i.src == 0 ? helper_symbol(i.imm) : ""; }, .imm = {}});
    return out;
  }

  void add(DiffLine line, const Insn& insn) {
    if (line.sign == ' ') {
      close();
      if (is_helper_call(insn))
        out_.helpers.push_back({helper_symbol(d_.loaded->insns[static_cast<u32>(line.loaded)].imm),
                                static_cast<u32>(line.loaded), HelperFate::Fate::Called, ""});
    } else {
      if (removed_.empty() && added_.empty()) begin_ = out_.lines.size();
      (line.sign == '-' ? removed_ : added_).push_back(insn);
      if (line.sign == '-' && is_helper_call(insn)) calls_.push_back(static_cast<u32>(line.loaded));
    }
    out_.lines.push_back(std::move(line));
  }

  /// Ends a run of changed lines and says what it is.
  void close() {
    if (removed_.empty() && added_.empty()) return;
    std::stable_partition(out_.lines.begin() + static_cast<std::ptrdiff_t>(begin_), out_.lines.end(),
                          [](const DiffLine& l) { return l.sign == '-'; });
    auto new_call = std::ranges::find_if(added_, is_helper_call);
    for (u32 call : calls_) {
      HelperFate h{helper_symbol(d_.loaded->insns[call].imm), call, HelperFate::Fate::Inlined, ""};
      if (added_.empty())
        h.fate = HelperFate::Fate::Removed;
      else if (new_call != added_.end())
        h.fate = HelperFate::Fate::Direct, h.by = callee(*new_call);
      out_.helpers.push_back(std::move(h));
    }
    out_.changes.push_back({kind(new_call != added_.end()), begin_, out_.lines.size()});
    removed_.clear();
    added_.clear();
    calls_.clear();
  }

  RewriteKind kind(bool new_call) const {
    auto all = [](const Insns& v, auto f) { return !v.empty() && std::ranges::all_of(v, f); };
    auto memory = [](const Insn& i) { return i.cls() == bpf::LDX || i.cls() == bpf::STX || i.cls() == bpf::ST; };
    if (added_.empty()) return RewriteKind::DeadCode;
    if (!calls_.empty()) return new_call ? RewriteKind::DirectCall : RewriteKind::InlinedHelper;
    if (removed_.empty() && all(added_, is_zero_extension)) return RewriteKind::ZeroExtension;
    if (removed_.empty() && all(added_, is_barrier)) return RewriteKind::SpeculationBarrier;
    if (std::ranges::any_of(removed_, memory)) return RewriteKind::Context;
    if (all(added_, [](const Insn& i) { return i.code == (bpf::JMP | bpf::JA) && i.off == -1; }))
      return RewriteKind::DeadCode;
    if (std::ranges::any_of(added_, is_jump)) return RewriteKind::Guard;
    return RewriteKind::Other;
  }

  const ProgramDump& d_;
  DisasmNames names_;
  RewriteDiff out_;
  size_t begin_ = 0;
  Insns removed_, added_;
  std::vector<u32> calls_;
};

}  // namespace

const char* rewrite_text(RewriteKind k) {
  switch (k) {
    case RewriteKind::DeadCode:
      return "dead code removed";
    case RewriteKind::Context:
      return "context access rewritten";
    case RewriteKind::InlinedHelper:
      return "helper inlined";
    case RewriteKind::DirectCall:
      return "helper called directly";
    case RewriteKind::ZeroExtension:
      return "zero extension added";
    case RewriteKind::SpeculationBarrier:
      return "speculation barrier added";
    case RewriteKind::Guard:
      return "guard added";
    default:
      return "rewritten";
  }
}

const char* fate_text(HelperFate::Fate f) {
  switch (f) {
    case HelperFate::Fate::Called:
      return "called";
    case HelperFate::Fate::Inlined:
      return "inlined";
    case HelperFate::Fate::Direct:
      return "called directly";
    default:
      return "removed";
  }
}

Result<RewriteDiff> diff_rewrite(const ProgramDump& dump) {
  if (!dump.loaded) return fail("diff", "what was loaded is not known: give the object file rather than an id", EINVAL);
  if (dump.info.xlated.empty())
    return fail("diff", dump.hidden.empty() ? "the kernel gives no translated instructions" : dump.hidden.front(),
                EPERM);
  return Differ(dump).run();
}

}  // namespace bpfcheck::jit
