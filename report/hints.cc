// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See hints.h. A function a rule; all read the linked program only.
#include "report/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "report/cause.h"

namespace bpfcheck::report {
namespace {

constexpr u32 most_processed = 1000000;  ///< BPF_COMPLEXITY_LIMIT_INSNS
constexpr s32 map_update_elem = 2, perf_event_output = 25, ringbuf_reserve = 131;

struct Rule {
  std::string_view name, title;
};
constexpr Rule rules[] = {
    {"AdviceNoLicence", "no licence is declared"},
    {"AdviceMissingFunction", "a probe on a function that some target lacks"},
    {"AdvicePerfBuffer", "a perf buffer where a ring buffer would do"},
    {"AdviceUpdateIgnored", "the result of a map update is not looked at"},
    {"AdviceSilentDrop", "a full ring buffer goes unnoticed"},
    {"AdviceNearLimit", "close to the limit of instructions processed"},
};

bool is_helper(const Insn& insn, s32 id) { return is_call(insn) && insn.src == 0 && insn.imm == id; }
bool is_map_load(const Insn& insn) {
  return insn.cls() == bpf::LD && insn.mode() == bpf::IMM &&
         (insn.src == bpf::PSEUDO_MAP_FD || insn.src == bpf::PSEUDO_MAP_VALUE);
}
bool is_exit(const Insn& insn) { return insn.cls() == bpf::JMP && insn.op() == bpf::EXIT; }

/// Where control may go from an instruction, subprograms not entered.
std::vector<size_t> next_of(const Insns& insns, size_t at) {
  const Insn& insn = insns[at];
  const bool wide = insn.cls() == bpf::LD && insn.mode() == bpf::IMM;
  if (is_exit(insn)) return {};
  std::vector<size_t> out;
  const bool jumps = (insn.cls() == bpf::JMP || insn.cls() == bpf::JMP32) && insn.op() != bpf::CALL;
  const bool always = jumps && insn.op() == bpf::JA;
  if (!always) out.push_back(at + (wide ? 2 : 1));
  if (jumps) {
    const s64 to = static_cast<s64>(at) + 1 + (always && insn.cls() == bpf::JMP32 ? insn.imm : insn.off);
    if (to >= 0) out.push_back(static_cast<size_t>(to));
  }
  std::erase_if(out, [&](size_t i) { return i >= insns.size(); });
  return out;
}

/// The map that a call gets in r1: loaded in straight code before it.
const loader::MapDef* map_of_call(const loader::LinkedProgram& prog, size_t call) {
  for (size_t i = call; i-- > 0;) {
    const Insn& insn = prog.insns[i];
    if (is_map_load(insn) && insn.dst == 1) {
      const auto index = static_cast<size_t>(insn.imm);
      return insn.src == bpf::PSEUDO_MAP_FD && index < prog.maps.size() ? prog.maps[index].get() : nullptr;
    }
    if (is_call(insn) || is_exit(insn) || (insn.dst == 1 && (insn.cls() == bpf::ALU64 || insn.cls() == bpf::LDX)))
      return nullptr;
  }
  return nullptr;
}

bool reads_r0(const Insn& insn) {
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      return (insn.src_is_reg() && insn.src == 0 && insn.op() != bpf::END) || (insn.dst == 0 && insn.op() != bpf::MOV);
    case bpf::LDX:
      return insn.src == 0;
    case bpf::ST:
      return insn.dst == 0;
    case bpf::STX:
      return insn.dst == 0 || insn.src == 0;
    case bpf::JMP:
    case bpf::JMP32:
      return is_exit(insn) || (insn.op() != bpf::CALL && insn.op() != bpf::JA &&
                               (insn.dst == 0 || (insn.src_is_reg() && insn.src == 0)));
    default:
      return false;
  }
}

bool writes_r0(const Insn& insn) {
  const u8 cls = insn.cls();
  return is_call(insn) ||
         ((cls == bpf::ALU || cls == bpf::ALU64 || cls == bpf::LDX || cls == bpf::LD) && insn.dst == 0);
}

/// Walks from `at` along every way; `visit` says whether to go on from an instruction.
template <class Visit>
void walk(const Insns& insns, size_t at, Visit visit) {
  std::vector<bool> seen(insns.size());
  std::vector<size_t> todo{at};
  while (!todo.empty()) {
    const size_t i = todo.back();
    todo.pop_back();
    if (i >= insns.size() || seen[i]) continue;
    seen[i] = true;
    if (!visit(insns[i])) continue;
    for (size_t n : next_of(insns, i)) todo.push_back(n);
  }
}

bool result_is_used(const Insns& insns, size_t call) {
  bool used = false;
  walk(insns, call + 1, [&](const Insn& insn) {
    used |= reads_r0(insn);
    return !used && !writes_r0(insn);
  });
  return used;
}

/// Something outside the program can tell that this way was gone: a store that is not to the stack, or a call.
bool leaves_a_trace(const Insns& insns, size_t at) {
  bool traced = false;
  walk(insns, at, [&](const Insn& insn) {
    traced |= is_call(insn) || ((insn.cls() == bpf::ST || insn.cls() == bpf::STX) && insn.dst != bpf::REG_FP);
    return !traced;
  });
  return traced;
}

/// Where a program goes on when the call's result is NULL; nothing where no test follows in straight code.
std::optional<size_t> null_branch(const Insns& insns, size_t call) {
  u32 holders = 1;  // registers that hold the result
  for (size_t i = call + 1; i < insns.size(); i++) {
    const Insn& insn = insns[i];
    if (is_conditional(insn)) {
      if (!((holders >> insn.dst) & 1) || insn.src_is_reg() || insn.imm != 0) return {};
      if (insn.op() == bpf::JEQ) return next_of(insns, i).back();
      if (insn.op() == bpf::JNE) return i + 1;
      return {};
    }
    if (is_call(insn) || insn.cls() == bpf::JMP || insn.cls() == bpf::JMP32) return {};
    const bool copy =
        insn.cls() == bpf::ALU64 && insn.op() == bpf::MOV && insn.src_is_reg() && ((holders >> insn.src) & 1);
    if (insn.cls() == bpf::ALU || insn.cls() == bpf::ALU64 || insn.cls() == bpf::LDX || insn.cls() == bpf::LD)
      holders = copy ? holders | 1u << insn.dst : holders & ~(1u << insn.dst);
  }
  return {};
}

bool is_hash(MapType t) { return t == MapType::HASH || t == MapType::PERCPU_HASH || t == MapType::HASH_OF_MAPS; }

const std::string& shown_name(const loader::MapDef& m) { return m.elf_name.empty() ? m.name : m.elf_name; }

}  // namespace

std::string Hint::line() const {
  std::string out = program.empty() ? fmt::format("{}: {}", base_name(object), text)
                                    : fmt::format("{}: {}: {}", base_name(object), program, text);
  if (at.known()) out += fmt::format(" ({}:{})", at.file, at.line);
  return out;
}

std::string_view hint_title(std::string_view rule) {
  auto it = std::ranges::find(rules, rule, &Rule::name);
  return it == std::end(rules) ? "" : it->title;
}

std::vector<Hint> hints_for(const loader::Object& object, std::span<const Target>) {
  std::vector<Hint> out;
  if (object.license.empty() && !object.programs.empty())
    out.push_back({"AdviceNoLicence",
                   object.path,
                   "",
                   "No licence is declared, so the kernel refuses every helper for GPL-compatible programs. Write char "
                   "LICENSE[] SEC(\"license\") = \"...\".",
                   {}});
  return out;
}

std::vector<Hint> hints_for(const loader::Object& object, const loader::LinkedProgram& prog,
                            std::span<const Target> targets, std::span<const u32> processed) {
  std::vector<Hint> out;
  auto put = [&](std::string_view rule, std::optional<size_t> insn, std::string text) {
    out.push_back({std::string(rule), object.path, prog.name, std::move(text),
                   insn ? source_of(prog, static_cast<u32>(*insn)) : SourceLine{}});
  };

  if (prog.type == ProgType::KPROBE &&
      (prog.section.starts_with("kprobe/") || prog.section.starts_with("kretprobe/"))) {
    const std::string function = prog.section.substr(prog.section.find('/') + 1);
    std::string without;
    if (function.find_first_of("*?+%:") == std::string::npos)
      for (const Target& t : targets)
        if (!t.has_func(function)) without += (without.empty() ? "" : ", ") + t.name;
    if (!without.empty())
      put("AdviceMissingFunction", {},
          fmt::format("It is for {}(), which is no function in the BTF of {}: there it may be inlined or renamed, and "
                      "attaching would fail.",
                      function, without));
  }

  const bool all_have_ringbuf = std::ranges::all_of(
      targets, [](const Target& t) { return t.has_enumerator("bpf_map_type", "BPF_MAP_TYPE_RINGBUF"); });
  bool perf_buffer = false;
  for (size_t i = 0; i < prog.insns.size(); i++) {
    const Insn& insn = prog.insns[i];
    if (is_helper(insn, perf_event_output) && all_have_ringbuf && !perf_buffer) {
      perf_buffer = true;
      put("AdvicePerfBuffer", i,
          "It sends events through a perf buffer, and every target has the ring buffer (BPF_MAP_TYPE_RINGBUF): one "
          "buffer for all CPUs, in order, without a copy.");
    }
    if (is_helper(insn, map_update_elem)) {
      const loader::MapDef* map = map_of_call(prog, i);
      if (map && is_hash(map->type) && !result_is_used(prog.insns, i))
        put("AdviceUpdateIgnored", i,
            fmt::format("The result of bpf_map_update_elem() on `{}` is not looked at: it fails when the map's {} "
                        "entries are used up, and the value is lost.",
                        shown_name(*map), map->max_entries));
    }
    if (is_helper(insn, ringbuf_reserve)) {
      const auto null = null_branch(prog.insns, i);
      if (null && !leaves_a_trace(prog.insns, *null))
        put("AdviceSilentDrop", i,
            "Where the ring buffer is full the event is dropped and nothing tells: count it, for example in a per-CPU "
            "map.");
    }
  }
  for (size_t t = 0; t < targets.size() && t < processed.size(); t++)
    if (processed[t] >= most_processed / 10 * 9 && processed[t] <= most_processed)
      put("AdviceNearLimit", {},
          fmt::format("{} of at most {} instructions were processed for {}: a small change, or another compiler, may "
                      "be too much.",
                      processed[t], most_processed, targets[t].name));
  return out;
}

}  // namespace bpfcheck::report
