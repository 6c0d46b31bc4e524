// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Advice about a program as a whole: its licence, its stack, how much of it there is to verify, what its target lacks.
#include <fmt/format.h>

#include <algorithm>

#include "base/near_name.h"
#include "core_reloc/words.h"
#include "kernel_db/helpers.h"
#include "report/advice_parts.h"
#include "report/call_chain.h"
#include "report/words.h"

namespace bpfcheck::report {
namespace {

/// What the target has in place of a field that it lacks.
std::string what_is_there(const loader::LinkedProgram& prog, const loader::Poison& p) {
  if (p.other_size)
    return "The target has it in another size, which a load or store of a signed number or structure cannot be given. ";
  const btf::BtfPtr target = prog.btfs.empty() ? nullptr : prog.btfs.front();
  if (!target) return "";
  const core_reloc::Missing m = core_reloc::why_missing(p.local, *target);
  if (m.what.empty()) return "";
  std::string names;
  for (const std::string& n : m.closest) names += (names.empty() ? "" : ", ") + n;
  return fmt::format("In the target {}{}. ", m.what, names.empty() ? "" : fmt::format("; the closest: {}", names));
}

/// Functions of the target whose names are nearest, at most three.
std::string near_functions(const loader::LinkedProgram& prog, std::string_view name) {
  const btf::BtfPtr target = prog.btfs.empty() ? nullptr : prog.btfs.front();
  if (!target) return "";
  std::vector<std::pair<size_t, std::string_view>> near;
  for (u32 id = 1; id < target->type_count(); id++)
    if (const btf::Type t = target->type(id); t.is(btf::Kind::Func) && is_near_name(name, t.name()))
      near.emplace_back(edit_distance(name, t.name()), t.name());
  std::ranges::sort(near);
  std::string out;
  for (size_t i = 0; i < std::min<size_t>(near.size(), 3); i++)
    out += fmt::format("{}{}", i ? ", " : "", near[i].second);
  return out;
}

}  // namespace

u32 hottest_insn(const Trace& t) { return static_cast<u32>(std::ranges::max_element(t.visits) - t.visits.begin()); }

Advice license(const Facts& f) {
  if (f.prog.license.empty())
    return {"The object declares no licence, which counts as not GPL-compatible.",
            "If the GPL is what you want, add `char LICENSE[] SEC(\"license\") = \"GPL\";` (\"Dual BSD/GPL\" and "
            "\"Dual MIT/GPL\" count too)."};
  const bool helper = f.insn && *f.insn < f.prog.insns.size() && is_call(f.prog.insns[*f.insn]);
  return {
      fmt::format("The object declares the licence \"{}\"{}.", f.prog.license,
                  helper ? fmt::format(", and {}() is for GPL-compatible programs", callee_name(f.prog, *f.insn)) : ""),
      "Declare a compatible licence (\"GPL\", \"Dual BSD/GPL\", \"Dual MIT/GPL\") if that is the licence, or do "
      "without the helper."};
}

Advice stack_depth(const Facts& f) {
  const auto& depths = f.trace.verdict.stats.stack_depth;
  const bool levels = f.reject.code == Msg::CallStackTooDeep || f.reject.code == Msg::CallStackTooDeepAtCall;
  std::string list;
  size_t functions = 0;
  for (const ChainLink& link : heaviest_chain(f.prog, levels ? std::vector<u32>{} : depths)) {
    functions++;
    list += fmt::format("{}{}()", list.empty() ? "" : ", ", link.function);
    if (!levels) list += fmt::format(" {}", link.bytes);
  }
  if (!functions) return {};
  if (levels)
    return {
        fmt::format("At most eight functions may be in a chain of calls, callbacks included; here it is {} calls {}.",
                    functions, list),
        ""};
  if (f.reject.code == Msg::TailCallStackTooLarge)
    return {
        fmt::format(
            "A function that makes tail calls may be reached from frames of fewer than 256 bytes altogether: what it "
            "jumps to begins with a stack of its own. Here the frames above have {} bytes. The chain and its bytes: "
            "{}.",
            f.number("bytes").value_or(0), list),
        "Make the tail call from the main program, or move the caller's largest local object into a per-CPU array map "
        "with one entry."};
  return {fmt::format("All frames of a chain of calls share 512 bytes, each rounded up to 32 (16 where the JIT is on). "
                      "The chain and its bytes: {}.",
                      list),
          "Move the largest local object into a per-CPU array map with one entry, or pass a pointer to it instead of "
          "having one in each function."};
}

Advice too_complex(const Facts& f) {
  const auto& v = f.trace.visits;
  if (v.empty()) return {};
  const u32 hottest = hottest_insn(f.trace);
  return {fmt::format("The verifier follows every path and every turn of a loop; {} alone was simulated {} times.",
                      line_words(f.prog, hottest), v[hottest]),
          fmt::format(
              "Look at the loop around {}: give it fewer turns, use bpf_loop() or bpf_for() (whose body is simulated a "
              "few times only), move the body into a global (non-static) function, or have fewer branches in it.",
              line_words(f.prog, hottest))};
}

Advice poisoned(const Facts& f) {
  for (const auto& p : f.prog.poisons)
    if (f.insn && p.insn_idx == *f.insn)
      return {
          fmt::format(
              "This instruction depends on a CO-RE relocation for which the target kernel has no match: {}. {}The "
              "loader put a call of a helper that does not exist in its place, so that only paths which use it fail.",
              p.spec, what_is_there(f.prog, p)),
          "Guard the access with bpf_core_field_exists(), bpf_core_type_exists() or bpf_core_enum_value_exists(), so "
          "that this path is dead on kernels without it; or declare a second flavour of the type (struct name___old) "
          "with the field as those kernels have it."};
  return {};
}

Advice missing_kfunc(const Facts& f) {
  const auto it = std::ranges::find_if(f.prog.missing_kfuncs,
                                       [&](const loader::MissingKfunc& m) { return f.insn && m.insn_idx == *f.insn; });
  if (it == f.prog.missing_kfuncs.end()) return {};
  const std::string near = near_functions(f.prog, it->name);
  return {fmt::format(
              "The target has no kernel function {0}(). The program declares it weak, so that it links all the same; "
              "libbpf put a call of a function that does not exist in its place, and this path reaches it.{1}",
              it->name, near.empty() ? "" : fmt::format(" Functions of a like name there: {}.", near)),
          fmt::format(
              "Call it only where the target has it: `if (bpf_ksym_exists({0})) {0}(...);` - the other branch is dead "
              "there and is not followed. If a module has the function, give its BTF (--module-btf).",
              it->name)};
}

Advice missing_helper(const Facts& f) {
  const auto id = f.number("id");
  if (!fails_at_call(f) || !id || *id <= 0 || static_cast<u64>(*id) >= helper_count()) return {};
  const std::string_view name = helper_name(static_cast<u32>(*id));
  return {
      fmt::format(
          "The target kernel has no helper {} (bpf_{}): its BTF does not list it, and a newer kernel brought it.", *id,
          name),
      fmt::format(
          "Call it only where it exists: `if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_{})) ...`, with "
          "what older kernels have in the other branch; `bpfcheck features --btf TARGET` lists their helpers.",
          name)};
}

Advice endless_loop(const Facts& f) {
  return {fmt::format("The verifier went once round and found the same state as before at {}: nothing that it tracks "
                      "had changed, so the loop would never end.",
                      f.insn ? line_words(f.prog, *f.insn) : "the loop's head"),
          "Count the turns in a variable that is compared with a constant (`for (int i = 0; i < 64; i++)`), or use "
          "bpf_for(), bpf_loop() or may_goto, which end by themselves."};
}

}  // namespace bpfcheck::report
