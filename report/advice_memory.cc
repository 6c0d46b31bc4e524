// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Advice about memory: what an access reaches and what was proved, pointers and the arithmetic on them.
#include <fmt/format.h>

#include <algorithm>

#include "report/advice_parts.h"
#include "report/words.h"
#include "verifier_sim/program/map.h"

namespace bpfcheck::report {
namespace {

using sim::Reg;

/// How far the verifier follows a pointer from where it began (BPF_MAX_VAR_OFF).
constexpr const char* farthest = "The verifier follows a pointer no further than 2^29 bytes from where it began.";

/// What a comparison with the packet's end can prove at most (MAX_PACKET_OFF).
constexpr u64 farthest_compared = 0xffff;

/// The constant that the failing arithmetic adds or subtracts, or the range of the register that it does so with.
std::string addend_words(const Insn& insn, const Reg* r) {
  if (!insn.src_is_reg()) return fmt::format("the number {}", insn.imm);
  return r && r->is_scalar() ? describe(*r) : "";
}

/// What a shift or multiplication in the causal path multiplies an index with.
u64 scale_of(const Facts& f) {
  for (auto e = f.events.rbegin(); e != f.events.rend(); ++e) {
    const Insn& i = f.prog.insns[e->insn];
    if ((i.cls() != bpf::ALU64 && i.cls() != bpf::ALU) || i.src_is_reg() || i.imm <= 0) continue;
    if (i.op() == bpf::LSH && i.imm < 16) return u64{1} << i.imm;
    if (i.op() == bpf::MUL) return static_cast<u64>(i.imm);
  }
  return 1;
}

std::optional<u64> size_of_object(const Reg& r) {
  if (r.base() == PTR_TO_MAP_VALUE && r.u.map) return r.u.map->def->value_size;
  if (r.base() == PTR_TO_MAP_KEY && r.u.map) return r.u.map->def->key_size;
  if (r.base() == PTR_TO_MEM) return r.u.mem_size;
  return {};
}

/// The largest size that a helper may be given for the memory in argument `reg`: the argument after it, by the helpers'
/// convention.
std::optional<u64> bytes_of_argument(const Facts& f) {
  if (auto size = f.number("size")) return static_cast<u64>(*size);
  if (f.reg < 1 || f.reg > 4) return {};
  const Reg& next = f.trace.last().regs[static_cast<size_t>(f.reg) + 1];
  if (!next.is_scalar()) return {};
  return next.umax();
}

/// A helper or kernel function is given memory that is too small.
Advice argument_too_small(const Facts& f, const Reg& r) {
  const auto total = size_of_object(r);
  const auto asked = bytes_of_argument(f);
  if (!total || !asked) return {};
  const s64 start = s64{r.off} + (r.is_const() ? static_cast<s64>(r.var_off().value) : 0);
  Advice a;
  if (start < 0 || (r.is_const() && static_cast<u64>(start) >= *total && *asked <= *total)) {
    a.reason = fmt::format("{} points {} {} the start of an object of {}.", argument_words(f),
                           count(static_cast<u64>(start < 0 ? -start : start), "byte"), start < 0 ? "before" : "after",
                           count(*total, "byte"));
    a.suggestion = "Pass a pointer into the object.";
    return a;
  }
  const s64 room = static_cast<s64>(*total) - start;
  a.reason = fmt::format(
      "{} points to an object of {}{}, and the call may take {} there.", argument_words(f), count(*total, "byte"),
      r.is_const() ? (start ? fmt::format(", {} from its start", count(static_cast<u64>(start), "byte")) : "")
                   : fmt::format(", at an offset {}", describe_range(r)),
      *asked > 1u << 29 ? "any number of bytes" : count(*asked, "byte"));
  a.suggestion =
      r.is_const() && room > 0
          ? fmt::format("Bound the length by {} right before {}, or pass a larger object.", room,
                        line_words(f.prog, *f.insn))
          : fmt::format("Bound offset and length together right before {}, so that their sum stays within {}.",
                        line_words(f.prog, *f.insn), count(*total, "byte"));
  return a;
}

}  // namespace

Advice packet_bounds(const Facts& f) {
  const Reg* r = f.value();
  if (!r || !r->is_pkt()) return {};
  const Insn& insn = *failing_insn(f);
  const char* end = r->base() == PTR_TO_PACKET_META ? "data" : "data_end";
  if (!r->is_const() && r->umax() > farthest_compared)
    return {fmt::format("The packet pointer has a number {} added to it. The verifier keeps what a comparison with {} "
                        "proves only for a pointer whose variable part is at most 65535.",
                        describe_range(*r), end),
            fmt::format("Bound the number that is added (for a length field, mask it: `len &= 0xfff`), then compare "
                        "the sum with {} before reading.",
                        end)};
  s64 first = r->off;
  u64 size = 0;
  if (is_memory_access(insn)) {
    first += insn.off;
    size = bytes_moved(insn);
  } else if (auto asked = is_call(insn) ? bytes_of_argument(f) : std::optional<u64>{};
             asked && *asked <= farthest_compared) {
    size = *asked;
  } else {
    return {};
  }
  const std::string subject = is_call(insn) ? argument_words(f) + " is to have" : "The instruction reaches";
  if (first < 0)
    return {fmt::format("{} {}, {} before where the pointer was taken from; nothing before that is known to be there.",
                        subject, count(size, "byte"), count(static_cast<u64>(-first), "byte")),
            "Begin at the pointer that the context gives (data or data_meta) and go upwards only."};
  const u64 needed = static_cast<u64>(first) + size, proved = r->u.range > 0 ? static_cast<u64>(r->u.range) : 0;
  Advice a;
  a.reason = fmt::format("{} {} at offset {}, so {} of the packet must be there; proved so far: {}.", subject,
                         count(size, "byte"), first, count(needed, "byte"), proved ? count(proved, "byte") : "none");
  if (needed > farthest_compared)
    a.suggestion = fmt::format(
        "No comparison helps: of a packet at most 65535 bytes can be proved. Bound the length before it is used, for "
        "instance `len "
        "&= 0x7ff`, then compare the pointer plus that length with {} before {}.",
        end, line_words(f.prog, *f.insn));
  else if (proved && needed > proved)
    a.suggestion = fmt::format(
        "The comparison with {} covers {} too few: compare pointer + {} (better: pointer + 1 of the whole header's "
        "type) before {}.",
        end, count(needed - proved, "byte"), needed, line_words(f.prog, *f.insn));
  else
    a.suggestion = fmt::format(
        "Before {}, leave the program where the packet is too short: `if ((void *)ptr + {} > {}) return ...;` with ptr "
        "the pointer that is read through; for a whole header, `(void *)(hdr + 1) > {}`.",
        line_words(f.prog, *f.insn), needed, end, end);
  return a;
}

Advice null_pointer(const Facts& f) {
  Advice a;
  if (const Event* made = made_by_call(f)) {
    const SourceLine line = source_of(f.prog, made->insn);
    const std::string name = assigned_variable(line, "ptr"), callee = callee_name(f.prog, made->insn);
    const bool map_lookup = callee == "bpf_map_lookup_elem";
    a.reason = fmt::format("{}() returns NULL {}, and on this path nothing has ruled that out.", callee,
                           map_lookup                  ? "where there is no such entry"
                           : callee.contains("lookup") ? "where it finds nothing"
                                                       : "where it cannot give what was asked for");
    if (map_lookup)
      a.reason +=
          " (Only a look-up in an array with a constant key below max_entries is known to succeed, and only to kernels "
          "from 6.14 on.)";
    if (line.known() && !is_asm_line(line) && f.insn && line.line == source_of(f.prog, *f.insn).line)
      a.suggestion =
          "Put the result into a variable first, test that (`if (!ptr) return 0;`), and go on with the variable.";
    else
      a.suggestion = fmt::format("After {}, test it: `if (!{}) return 0;` - and use it only below that test.",
                                 line_words(f.prog, made->insn), name);
  } else if (const Event* read = last_of(f, Event::Kind::Made); read && f.prog.insns[read->insn].cls() == bpf::LDX) {
    a.reason = fmt::format(
        "{}The pointer that is read in {} may be NULL there, and on this path nothing has ruled that out.",
        argument_words(f).empty() ? "" : argument_words(f) + " must not be NULL. ", line_words(f.prog, read->insn));
    if (source_of(f.prog, read->insn).line == source_of(f.prog, *f.insn).line)
      a.suggestion = "Read it into a variable first, test that (`if (!ptr) return 0;`), and go on with the variable.";
    else
      a.suggestion =
          fmt::format("After {}, test it: `if (!{}) return 0;` - and use it only below that test.",
                      line_words(f.prog, read->insn), assigned_variable(source_of(f.prog, read->insn), "ptr"));
  } else if (std::string arg = argument_words(f); !arg.empty()) {
    a.reason = fmt::format("{} must not be NULL, and this value {}.", arg,
                           f.value() && f.value()->is_null() ? "is" : "may be");
    a.suggestion = "Test the pointer before the call, and call only where it is not NULL.";
  }
  return a;
}

Advice out_of_bounds(const Facts& f) {
  if (f.reject.code == Msg::WalkBeyondMember) {
    const auto end = f.number("end"), off = f.number("off"), size = f.number("size");
    if (!end || !off || !size) return {};
    return {
        fmt::format("Member {} of struct {} ends at offset {}; {} from offset {} would reach to {}.", f.text("member"),
                    f.text("struct"), *end, count(static_cast<u64>(*size), "byte"), *off, *off + *size),
        fmt::format("Take at most {}.", count(static_cast<u64>(std::max<s64>(*end - *off, 0)), "byte"))};
  }
  const Reg* r = f.value();
  if (!r) return {};
  const Insn& insn = *failing_insn(f);
  if (is_call(insn)) return argument_too_small(f, *r);
  if (!is_memory_access(insn)) return {};
  const auto total = size_of_object(*r);
  const s64 first = s64{r->off} + insn.off, size = bytes_moved(insn);
  Advice a;
  if (!total) {
    if (first >= 0 && r->is_const()) return {};
    a.reason = first < 0 ? fmt::format("The access begins {} before what the pointer points to.",
                                       count(static_cast<u64>(-first), "byte"))
                         : fmt::format("The offset is a number {}; into this kind of memory it must be a constant.",
                                       describe_range(*r));
    a.suggestion = first < 0 ? "Go upwards from the pointer only."
                             : "Use a constant offset, or copy the bytes to the stack first and index there.";
    return a;
  }
  if (r->is_const()) {
    const s64 at = first + static_cast<s64>(r->var_off().value);
    a.reason = at < 0 ? fmt::format("The access begins {} before the start of an object of {}.",
                                    count(static_cast<u64>(-at), "byte"), count(*total, "byte"))
                      : fmt::format("The access takes {} at offset {} of an object of {}.",
                                    count(static_cast<u64>(size), "byte"), at, count(*total, "byte"));
    a.suggestion = at < 0 ? "Do not go below the pointer that was given: see above how the offset came to be negative."
                          : "Use a smaller offset or a larger object: look at the types on both sides of this line.";
    return a;
  }
  const u64 scale = scale_of(f);
  const s64 room = static_cast<s64>(*total) - size - first;
  a.reason = fmt::format("The object has {}; the access takes {} at offset {} plus a number {}.", count(*total, "byte"),
                         count(static_cast<u64>(size), "byte"), first, describe_range(*r));
  if (r->smax() <= 0) {
    a.suggestion = "The number moves the pointer downwards, before the object: add it instead of subtracting it.";
    return a;
  }
  if (r->smin() < 0)
    a.reason +=
        " It may be negative for the verifier: a comparison of a signed variable leaves all negative values open.";
  if (room < 0)
    a.suggestion = "Make the object larger: even index 0 does not fit.";
  else
    a.suggestion = fmt::format(
        "Bound the {} right before {}, as an unsigned number: `if (i > {}) return 0;` with the very variable that is "
        "used below - a copy that the compiler made does not count.",
        scale > 1 ? "index" : "offset", line_words(f.prog, *f.insn), static_cast<u64>(room) / scale);
  return a;
}

Advice pointer_arithmetic(const Facts& f) {
  const Insn* insn = failing_insn(f);
  const Reg* r = f.value();
  if (!insn || !r) return {};
  Advice a;
  switch (f.reject.code) {
    case Msg::PtrMathNotAllowed:
    case Msg::PtrOffsetNotAllowed: {
      const std::string addend = addend_words(*insn, r);
      a.reason = addend.empty() ? farthest : fmt::format("The pointer is moved by {}. {}", addend, farthest);
      break;
    }
    case Msg::PtrMathUnboundedMin:
    case Msg::PtrOutOfBounds:
      if (!r->is_scalar()) return {};
      a.reason = fmt::format("What is added to the pointer is {}.", describe(*r));
      if (r->smin() < 0) {
        a.reason += " Seen as signed it may be negative, and then the pointer would leave its object downwards.";
        a.suggestion =
            fmt::format("Make the index unsigned, or test both ends before {}: `if (i < 0 || i >= N) return 0;`.",
                        line_words(f.prog, *f.insn));
      } else if (f.reject.code == Msg::PtrOutOfBounds) {
        a.reason += fmt::format(" {}", farthest);
      }
      break;
    case Msg::VariablePtrAccess:
      a.reason =
          fmt::format("The offset is a number {}; into this kind of object it must be a constant.", describe_range(*r));
      break;
    default:
      break;
  }
  return a;
}

Advice number_as_pointer(const Facts& f) {
  if (f.reject.code != Msg::InvalidMemAccess) return {};
  const Reg* r = f.value();
  Advice a;
  if (const Event* e = last_of(f, Event::Kind::Forgotten); e && r && r->is_scalar()) {
    const std::string where = line_words(f.prog, e->insn);
    if (!is_call(f.prog.insns[e->insn])) {
      a.reason = fmt::format("It was a pointer until {}, which overwrites the object that it was taken from.", where);
      a.suggestion = fmt::format("Use it before {}, or leave that object alone.", where);
      return a;
    }
    const std::string callee = callee_name(f.prog, e->insn);
    if (e->was_packet) {
      a.reason = fmt::format(
          "It was a packet pointer until {}(), which may move or resize the packet: all packet pointers made before "
          "are void afterwards.",
          callee);
      a.suggestion = fmt::format(
          "After {}() in {}, read ctx->data and ctx->data_end again, make the pointers anew from them and repeat the "
          "comparison with data_end.",
          callee, where);
    } else {
      a.reason = fmt::format("It was a pointer until {}(), which gave up what it pointed to.", callee);
      a.suggestion = fmt::format("Move the use in {} before {}() in {}, or do not use the object after it.",
                                 line_words(f.prog, *f.insn), callee, where);
    }
    return a;
  }
  if (!r || !r->is_scalar()) {
    if (r && f.reg >= 0)
      a.reason = fmt::format("The register holds {}; this instruction cannot use that as an address.", describe(*r));
    return a;
  }
  const Event* made = last_of(f, Event::Kind::Made);
  if (r->is_const()) {
    a.reason =
        r->is_null()
            ? "The address is NULL here: on this path a pointer was found to be NULL and is used all the same."
            : fmt::format("The address is the plain number {:#x}: a program cannot make pointers out of numbers.",
                          r->var_off().value);
    a.suggestion = r->is_null()
                       ? "Turn the comparison round, or leave the program in the branch where the pointer is NULL."
                       : "Take the pointer from the context, a map, a helper or an argument; for a kernel address use "
                         "bpf_probe_read_kernel().";
  } else if (made && f.prog.insns[made->insn].cls() == bpf::LDX) {
    a.reason = fmt::format(
        "The address was read from memory in {}, and the verifier takes what it reads there for a plain number.",
        line_words(f.prog, made->insn));
    a.suggestion =
        "Read through such an address with bpf_probe_read_kernel() or BPF_CORE_READ() (bpf_probe_read_user() for user "
        "memory). If the pointer was once known and was stored, keep it in a local variable.";
  } else if (made && is_call(f.prog.insns[made->insn])) {
    a.reason =
        fmt::format("{}() returns a plain number to the verifier, not a pointer.", callee_name(f.prog, made->insn));
    a.suggestion =
        "Read through it with bpf_probe_read_kernel(), or take the object from a function whose return type the "
        "verifier knows.";
  } else {
    a.reason = "The value is a plain number to the verifier: it was computed, or a pointer lost its type on the way.";
    a.suggestion =
        "Follow the steps above to where the value was made and keep the pointer itself; for a kernel address use "
        "bpf_probe_read_kernel().";
  }
  return a;
}

Advice uninitialised(const Facts& f) {
  Advice a;
  if (const Event* e = last_of(f, Event::Kind::Forgotten)) {
    a.reason = fmt::format("r{} had no value left after the call in {}: calls keep r6 to r9 only.", f.reg,
                           line_words(f.prog, e->insn));
    a.suggestion = fmt::format(
        "Copy what is needed later to one of r6 to r9, or to the stack, before the call; compiled C does so by itself, "
        "so look for inline assembly that does not list r{} as clobbered, or for a function called with too few "
        "arguments.",
        f.reg);
  } else if (f.reg == 0 && failing_insn(f) && failing_insn(f)->op() == bpf::EXIT) {
    a.reason = "The program ends on this path without having put its return value into r0.";
    a.suggestion = "Return a value on every path, for example `return 0;`.";
  } else if (f.reg >= 1 && f.reg <= 5 && !argument_words(f).empty()) {
    a.reason = fmt::format("{} is never set on this path.", argument_words(f));
    a.suggestion = "Pass every argument that the prototype has.";
  }
  return a;
}

Advice alignment(const Facts& f) {
  const Insn* insn = failing_insn(f);
  const Reg* r = f.value();
  if (!insn || !r || !is_memory_access(*insn)) return {};
  const s64 at = s64{r->off} + insn->off + (r->is_const() ? static_cast<s64>(r->var_off().value) : 0);
  if (!r->is_const())
    return {fmt::format("The access takes {} at offset {} plus a number {}, which need not be a multiple of {}.",
                        count(bytes_moved(*insn), "byte"), at, describe_range(*r), bytes_moved(*insn)),
            ""};
  return {fmt::format("The access takes {} at offset {}, which is no multiple of {}.",
                      count(bytes_moved(*insn), "byte"), at, bytes_moved(*insn)),
          ""};
}

Advice forbidden_by_map(const Facts& f) {
  const Reg* r = f.value();
  if (!r || r->base() != PTR_TO_MAP_VALUE || !r->u.map) return {};
  const loader::MapDef& m = *r->u.map->def;
  const std::string& name = m.elf_name.empty() ? m.name : m.elf_name;
  if (m.flags & F_RDONLY_PROG)
    return {fmt::format("Map `{}` is read-only for programs{}.", name,
                        m.is_global_data ? ": it holds constants" : " (BPF_F_RDONLY_PROG)"),
            m.is_global_data ? "Make it a variable that is not const, or copy it to the stack and change the copy."
                             : "Leave the flag out of the map's definition, or write to another map."};
  if (m.flags & F_WRONLY_PROG)
    return {fmt::format("Map `{}` is write-only for programs (BPF_F_WRONLY_PROG).", name),
            "Leave the flag out of the map's definition, or read from another map."};
  return {};
}

}  // namespace bpfcheck::report
