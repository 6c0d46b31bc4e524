// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Advice about the stack: bytes that nothing has written, and accesses outside it.
#include <fmt/format.h>

#include "report/advice_parts.h"
#include "report/words.h"

namespace bpfcheck::report {

using sim::Reg;

Advice uninitialised_stack(const Facts& f) {
  const Reg* r = f.value();
  const auto base = r ? stack_offset(f, *r) : std::optional<s64>{};
  const Insn* insn = failing_insn(f);
  if (!base || !insn) return {};
  const s64 first = *base + (is_memory_access(*insn) ? insn->off : 0);
  const s64 size = is_memory_access(*insn) ? bytes_moved(*insn) : f.number("size").value_or(0);
  const auto& stack = *f.trace.last().stack;
  s64 unset = 0, first_unset = 0;
  for (s64 at = first; at < first + size && at < 0; at++) {
    const auto slot = static_cast<size_t>((-at - 1) / bpf::REG_SIZE);
    const sim::SlotType type =
        slot < stack.size() ? stack[slot].slot[(-at - 1) % bpf::REG_SIZE] : sim::SlotType::Invalid;
    if (type == sim::SlotType::Dynptr || type == sim::SlotType::Iter || type == sim::SlotType::IrqFlag)
      return {fmt::format("r10{} holds {}, whose bytes are the kernel's own: a program may not read them.", at,
                          slot_words(stack[slot])),
              "Pass its address to its own functions, and never copy it or a structure that holds it."};
    if (type == sim::SlotType::Invalid && !unset++) first_unset = at;
  }
  if (!unset) return {};
  return {fmt::format("Of the {} from r10{} on, {} never written on this path, the first of them at r10{}.",
                      count(static_cast<u64>(size), "byte"), first,
                      unset == 1 ? "1 was" : fmt::format("{} were", unset), first_unset),
          ""};
}

Advice stack_bounds(const Facts& f) {
  switch (f.reject.code) {
    case Msg::InvalidStackAccess:
    case Msg::InvalidVarStackAccess:
    case Msg::UnboundedStackAccess:
      break;
    default:
      return {};
  }
  const Reg* r = f.value();
  const Insn* insn = failing_insn(f);
  if (!r || r->type != PTR_TO_STACK || !insn) return {};
  const bool access = is_memory_access(*insn);
  const std::string subject = access ? "The access" : argument_words(f);
  const s64 at = s64{r->off} + (access ? insn->off : 0) + (r->is_const() ? static_cast<s64>(r->var_off().value) : 0);
  Advice a;
  if (r->is_const()) {
    const u64 size = access ? bytes_moved(*insn) : static_cast<u64>(f.number("size").value_or(0));
    a.reason = fmt::format(
        "{} takes {} at r10{:+}; a function's stack is the 512 bytes from r10-512 up to r10, r10 itself not included.",
        subject, count(size, "byte"), at);
    const s64 beyond = at + static_cast<s64>(size);
    if (at < -bpf::MAX_STACK)
      a.suggestion = "Make the local variables smaller, or move the large one into a per-CPU array map with one entry.";
    else if (at >= 0)
      a.suggestion = "Nothing above the frame pointer belongs to the program: use a negative offset.";
    else if (beyond > 0)
      a.suggestion = fmt::format("That is {} too many: pass a smaller size or a larger object.",
                                 count(static_cast<u64>(beyond), "byte"));
  } else {
    a.reason = fmt::format("{} starts at r10{} plus a number {}, which may leave the object or the stack.", subject,
                           at ? fmt::format("{:+}", at) : "", describe_range(*r));
    a.suggestion = fmt::format(
        "Bound the index right before {}, unsigned and by the array's own size: `if (i >= sizeof(buf) / "
        "sizeof(buf[0])) return 0;`.",
        line_words(f.prog, *f.insn));
  }
  return a;
}

}  // namespace bpfcheck::report
