// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See advice.h.
#include "report/advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "core_reloc/words.h"
#include "kernel_db/explanations.h"
#include "report/words.h"
#include "verifier_sim/state/map.h"

namespace bpfcheck::report {
namespace {

using sim::Reg;

/// Ordinal of the operand that follows `before` in the words of a row; -1 where the words have no such place.
int operand_after(std::string_view words, std::string_view before) {
  const auto at = words.find(std::string(before) + "{");
  if (at == std::string_view::npos) return -1;
  int ordinal = 0;
  for (size_t i = 0; i < at + before.size(); i++) {
    if (words[i] != '{') continue;
    if (words[i + 1] == '{') i++;  // a brace that is printed
    else ordinal++;
  }
  return ordinal;
}

std::optional<s64> number_operand(const Operands& operands, int ordinal) {
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= operands.size()) return {};
  const Operand& o = operands[static_cast<size_t>(ordinal)];
  if (auto s = std::get_if<s64>(&o)) return *s;
  if (auto u = std::get_if<u64>(&o)) return static_cast<s64>(*u);
  return {};
}

std::string text_operand(const Operands& operands, size_t ordinal) {
  if (ordinal >= operands.size()) return "";
  auto s = std::get_if<std::string>(&operands[ordinal]);
  return s ? *s : "";
}

bool is_memory_access(const Insn& i) { return i.cls() == bpf::LDX || i.cls() == bpf::ST || i.cls() == bpf::STX; }
u32 base_register(const Insn& i) { return i.cls() == bpf::LDX ? i.src : i.dst; }
u32 bytes_moved(const Insn& i) { return static_cast<u32>(bpf::bytes_of(i.size())); }

std::string line_words(const loader::LinkedProgram& prog, u32 insn) {
  const SourceLine l = source_of(prog, insn);
  return l.known() ? fmt::format("line {}", l.line) : fmt::format("instruction {}", insn);
}

/// The variable that a line of C assigns to: "v" of "struct value *v = lookup(...)"; `fallback` where that is not plain.
std::string assigned_variable(const SourceLine& line, const char* fallback) {
  const std::string& s = line.text;
  const auto eq = s.find(" = ");
  if (eq == std::string::npos) return fallback;
  size_t end = eq, begin = end;
  auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  while (begin > 0 && is_word(s[begin - 1])) begin--;
  return begin == end ? fallback : s.substr(begin, end - begin);
}

const Event* last_of(const Facts& f, Event::Kind kind) {
  auto it = std::ranges::find(f.events.rbegin(), f.events.rend(), kind, &Event::kind);
  return it == f.events.rend() ? nullptr : &*it;
}

/// The call that made the value; nullptr where no call did.
const Event* made_by_call(const Facts& f) {
  for (const Event& e : f.events)
    if (e.kind == Event::Kind::Made && is_call(f.prog.insns[e.insn])) return &e;
  return nullptr;
}

/// The instruction that was simulated most often.
u32 hottest_insn(const Trace& t) { return static_cast<u32>(std::ranges::max_element(t.visits) - t.visits.begin()); }

std::string argument_words(const Facts& f) {
  if (!f.insn || f.reg < 1 || f.reg > 5 || *f.insn >= f.prog.insns.size() || !is_call(f.prog.insns[*f.insn])) return "";
  return fmt::format("argument {} of {}()", f.reg, callee_name(f.prog, *f.insn));
}

Advice packet_bounds(const Facts& f) {
  const Reg* r = f.value();
  if (!r || !r->is_pkt() || !is_memory_access(f.prog.insns[*f.insn])) return {};
  const Insn& insn = f.prog.insns[*f.insn];
  const u32 size = bytes_moved(insn);
  const s64 needed = s64{r->off} + insn.off + size;
  if (!r->is_const() && r->umax > 0xffff)
    return {fmt::format("The packet pointer has a number {} added to it. The verifier keeps what a comparison with data_end proves only for a pointer whose variable part is at most 65535.", describe_range(*r)),
            "Bound the number that is added (for a length field, mask it: `len &= 0xfff`), then compare the sum with data_end before reading."};
  Advice a;
  a.reason = fmt::format("The instruction reaches {} at offset {}, so {} of the packet must be there; proved so far: {}.", count(size, "byte"), s64{r->off} + insn.off,
                         count(static_cast<u64>(std::max<s64>(needed, 0)), "byte"), r->u.range > 0 ? count(static_cast<u64>(r->u.range), "byte") : "none");
  if (r->u.range > 0)
    a.suggestion = fmt::format("The comparison with data_end covers {} too few: compare pointer + {} (better: pointer + 1 of the whole header's type) before {}.",
                               count(static_cast<u64>(needed - r->u.range), "byte"), needed, line_words(f.prog, *f.insn));
  else
    a.suggestion = fmt::format("Before {}, leave the program where the packet is too short: `if ((void *)ptr + {} > data_end) return ...;` with ptr the pointer that is read through; for a whole header, `(void *)(hdr + 1) > data_end`.",
                               line_words(f.prog, *f.insn), needed);
  return a;
}

Advice null_pointer(const Facts& f) {
  Advice a;
  if (const Event* made = made_by_call(f)) {
    const SourceLine line = source_of(f.prog, made->insn);
    const std::string name = assigned_variable(line, "ptr"), callee = callee_name(f.prog, made->insn);
    const bool lookup = callee.contains("lookup");
    a.reason = fmt::format("{}() returns NULL {}, and on this path nothing has ruled that out.", callee, lookup ? "where there is no such entry" : "where it cannot give what was asked for");
    if (lookup) a.reason += " (Only a look-up in an array with a constant key below max_entries is known to succeed, and only to kernels from 6.14 on.)";
    a.suggestion = fmt::format("After {}, test it: `if (!{}) return 0;` - and use it only below that test.", line_words(f.prog, made->insn), name);
  } else if (std::string arg = argument_words(f); !arg.empty()) {
    a.reason = fmt::format("{} must not be NULL, and this value may be.", arg);
    a.suggestion = "Test the pointer before the call, and call only where it is not NULL.";
  }
  return a;
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

Advice out_of_bounds(const Facts& f) {
  const Reg* r = f.value();
  if (!r || !is_memory_access(f.prog.insns[*f.insn])) return {};
  const auto total = size_of_object(*r);
  if (!total) return {};
  const Insn& insn = f.prog.insns[*f.insn];
  const s64 first = s64{r->off} + insn.off, size = bytes_moved(insn);
  Advice a;
  if (r->is_const()) {
    a.reason = fmt::format("The access takes {} at offset {} of an object of {}.", count(static_cast<u64>(size), "byte"), first + static_cast<s64>(r->var_off.value), count(*total, "byte"));
    a.suggestion = "Use a smaller offset or a larger object: look at the types on both sides of this line.";
    return a;
  }
  const u64 scale = scale_of(f);
  const s64 room = static_cast<s64>(*total) - size - first;
  a.reason = fmt::format("The object has {}; the access takes {} at offset {} plus a number {}.", count(*total, "byte"), count(static_cast<u64>(size), "byte"), first, describe_range(*r));
  if (r->smin < 0) a.reason += " It may be negative for the verifier: a comparison of a signed variable leaves all negative values open.";
  if (room < 0) a.suggestion = "Make the object larger: even index 0 does not fit.";
  else
    a.suggestion = fmt::format("Bound the {} right before {}, as an unsigned number: `if (i > {}) return 0;` with the very variable that is used below - a copy that the compiler made does not count.",
                               scale > 1 ? "index" : "offset", line_words(f.prog, *f.insn), static_cast<u64>(room) / scale);
  return a;
}

Advice unbounded_math(const Facts& f) {
  const Reg* r = f.value();
  if (!r || !r->is_scalar()) return {};
  Advice a;
  a.reason = fmt::format("What is added to the pointer is a number {}.", describe_range(*r));
  if (r->smin < 0) {
    a.reason += " Seen as signed it may be negative, and then the pointer would leave its object downwards.";
    a.suggestion = fmt::format("Make the index unsigned, or test both ends before {}: `if (i < 0 || i >= N) return 0;`.", line_words(f.prog, *f.insn));
  }
  return a;
}

Advice number_as_pointer(const Facts& f) {
  const Reg* r = f.value();
  Advice a;
  if (const Event* e = last_of(f, Event::Kind::Forgotten); e && is_call(f.prog.insns[e->insn]) && r && r->is_scalar()) {
    const std::string callee = callee_name(f.prog, e->insn);
    if (e->words.contains("packet")) {
      a.reason = fmt::format("It was a packet pointer until {}(), which may move or resize the packet: all packet pointers made before are void afterwards.", callee);
      a.suggestion = fmt::format("After {}() in {}, read ctx->data and ctx->data_end again, make the pointers anew from them and repeat the comparison with data_end.", callee, line_words(f.prog, e->insn));
    } else {
      a.reason = fmt::format("It was a pointer until {}(), which gave up what it pointed to.", callee);
      a.suggestion = fmt::format("Move the use in {} before {}() in {}, or do not use the object after it.", line_words(f.prog, *f.insn), callee, line_words(f.prog, e->insn));
    }
    return a;
  }
  if (!r || !r->is_scalar()) {
    if (r && f.reg >= 0) a.reason = fmt::format("The register holds {}; this instruction cannot use that as an address.", describe(*r));
    return a;
  }
  const Event* made = last_of(f, Event::Kind::Made);
  if (r->is_const()) {
    a.reason = r->is_null() ? "The address is NULL here: on this path a pointer was found to be NULL and is used all the same."
                            : fmt::format("The address is the plain number {:#x}: a program cannot make pointers out of numbers.", r->var_off.value);
    a.suggestion = r->is_null() ? "Turn the comparison round, or leave the program in the branch where the pointer is NULL."
                                : "Take the pointer from the context, a map, a helper or an argument; for a kernel address use bpf_probe_read_kernel().";
  } else if (made && f.prog.insns[made->insn].cls() == bpf::LDX) {
    a.reason = fmt::format("The address was read from memory in {}, and the verifier takes what it reads there for a plain number.", line_words(f.prog, made->insn));
    a.suggestion = "Read through such an address with bpf_probe_read_kernel() or BPF_CORE_READ() (bpf_probe_read_user() for user memory). If the pointer was once known and was stored, keep it in a local variable.";
  } else if (made && is_call(f.prog.insns[made->insn])) {
    a.reason = fmt::format("{}() returns a plain number to the verifier, not a pointer.", callee_name(f.prog, made->insn));
    a.suggestion = "Read through it with bpf_probe_read_kernel(), or take the object from a function whose return type the verifier knows.";
  } else {
    a.reason = "The value is a plain number to the verifier: it was computed, or a pointer lost its type on the way.";
    a.suggestion = "Follow the steps above to where the value was made and keep the pointer itself; for a kernel address use bpf_probe_read_kernel().";
  }
  return a;
}

Advice uninitialised(const Facts& f) {
  Advice a;
  if (const Event* e = last_of(f, Event::Kind::Forgotten)) {
    a.reason = fmt::format("r{} had no value left after the call in {}: calls keep r6 to r9 only.", f.reg, line_words(f.prog, e->insn));
    a.suggestion = fmt::format("Copy what is needed later to one of r6 to r9, or to the stack, before the call; compiled C does so by itself, so look for inline assembly that does not list r{} as clobbered, or for a function called with too few arguments.", f.reg);
  } else if (f.reg == 0 && f.insn && *f.insn < f.prog.insns.size() && f.prog.insns[*f.insn].op() == bpf::EXIT) {
    a.reason = "The program ends on this path without having put its return value into r0.";
    a.suggestion = "Return a value on every path, for example `return 0;`.";
  } else if (f.reg >= 1 && f.reg <= 5 && !argument_words(f).empty()) {
    a.reason = fmt::format("{} is never set on this path.", argument_words(f));
    a.suggestion = "Pass every argument that the prototype has.";
  }
  return a;
}

Advice stack_bounds(const Facts& f) {
  const Reg* r = f.value();
  if (!r || r->type != PTR_TO_STACK || !is_memory_access(f.prog.insns[*f.insn])) return {};
  const Insn& insn = f.prog.insns[*f.insn];
  const s64 at = s64{r->off} + insn.off + (r->is_const() ? static_cast<s64>(r->var_off.value) : 0);
  Advice a;
  if (r->is_const()) {
    a.reason = fmt::format("The access takes {} at r10{:+}; a function's stack is the 512 bytes from r10-512 up to r10, r10 itself not included.", count(bytes_moved(insn), "byte"), at);
    a.suggestion = at >= 0 ? "Nothing above the frame pointer belongs to the program: use a negative offset." : "Make the local variables smaller, or move the large one into a per-CPU array map with one entry.";
  } else {
    a.reason = fmt::format("The access starts at r10{:+} plus a number {}, which may leave the object or the stack.", at, describe_range(*r));
    a.suggestion = fmt::format("Bound the index right before {}, unsigned and by the array's own size: `if (i >= sizeof(buf) / sizeof(buf[0])) return 0;`.", line_words(f.prog, *f.insn));
  }
  return a;
}

Advice stack_depth(const Facts& f) {
  Advice a;
  const auto& depths = f.trace.verdict.stats.stack_depth;
  std::string list;
  for (size_t i = 0; i < depths.size() && i < f.prog.func_info.size(); i++)
    if (depths[i]) list += fmt::format("{}{}() {}", list.empty() ? "" : ", ", function_of(f.prog, f.prog.func_info[i].insn_off), depths[i]);
  if (list.empty()) return a;
  a.reason = fmt::format("All frames of a chain of calls share 512 bytes, each rounded up to 32 (16 where the JIT is on). Bytes used here: {}.", list);
  a.suggestion = "Move the largest local object into a per-CPU array map with one entry, or pass a pointer to it instead of having one in each function.";
  return a;
}

Advice context_access(const Facts& f) {
  const auto off = number_operand(f.operands(), operand_after(msg_info(f.reject.code).words, "off="));
  if (!off || !f.prog.btf || !f.insn || *f.insn >= f.prog.insns.size() || f.prog.func_info.empty()) return {};
  const btf::Btf& b = *f.prog.btf;
  const btf::Type func = b.type(f.prog.func_info[0].type_id);
  if (!func.is(btf::Kind::Func)) return {};
  const btf::Type proto = b.type(func.type());
  if (!proto.is(btf::Kind::FuncProto) || !proto.vlen()) return {};
  const btf::Type ptr = b.type(b.skip_mods_and_typedefs(proto.param(0).type));
  if (!ptr.is(btf::Kind::Ptr)) return {};
  const btf::Type ctx = b.type(b.skip_mods_and_typedefs(ptr.type()));
  if (!ctx.is_composite()) return {};
  std::string field;
  for (u32 i = 0; i < ctx.member_count(); i++)
    if (const auto m = ctx.member(i); m.bit_offset / 8 <= static_cast<u64>(*off)) field = m.name;
  const bool writes = f.prog.insns[*f.insn].cls() != bpf::LDX;
  Advice a;
  if (*off < 0 || (ctx.size() && static_cast<u64>(*off) >= ctx.size()) || field.empty()) {
    a.reason = fmt::format("Offset {} is outside struct {}, which has {}.", *off, ctx.name(), count(ctx.size(), "byte"));
  } else {
    a.reason = fmt::format("The program {} `{}` of struct {}, which a program in section \"{}\" may not.", writes ? "writes" : "reads", field, ctx.name(), f.prog.section);
    a.suggestion = writes ? "Most fields of the context are read-only: look for a helper that changes what you mean, or keep the value in a map."
                          : "Take the fact from a field that this program type may read, from a helper, or use a program type that has the field.";
  }
  return a;
}

Advice return_value(const Facts& f) {
  const size_t n = f.operands().size();
  const auto low = number_operand(f.operands(), static_cast<int>(n) - 2), high = number_operand(f.operands(), static_cast<int>(n) - 1);
  if (n < 2 || !low || !high) return {};
  Advice a;
  const Reg* r = f.value();
  a.reason = fmt::format("A program in section \"{}\" may return {} only{}.", f.prog.section, *low == *high ? fmt::format("{}", *low) : fmt::format("{} to {}", *low, *high),
                         r ? fmt::format("; on this path it returns {}", describe(*r)) : "");
  a.suggestion = r && r->is_const() ? "Return an allowed constant here." : "Where the value comes from a call or from memory, test it and return an allowed constant instead of passing it on.";
  return a;
}

struct Release { std::string_view acquires, releases; };
constexpr Release releases[] = {
    {"bpf_ringbuf_reserve", "bpf_ringbuf_submit() or bpf_ringbuf_discard()"},
    {"bpf_ringbuf_reserve_dynptr", "bpf_ringbuf_submit_dynptr() or bpf_ringbuf_discard_dynptr() (also where the reservation failed)"},
    {"bpf_sk_lookup_tcp", "bpf_sk_release()"}, {"bpf_sk_lookup_udp", "bpf_sk_release()"}, {"bpf_skc_lookup_tcp", "bpf_sk_release()"},
    {"bpf_task_acquire", "bpf_task_release()"}, {"bpf_task_from_pid", "bpf_task_release()"}, {"bpf_cgroup_acquire", "bpf_cgroup_release()"},
    {"bpf_cgroup_from_id", "bpf_cgroup_release()"}, {"bpf_cgroup_ancestor", "bpf_cgroup_release()"}, {"bpf_cpumask_create", "bpf_cpumask_release()"},
    {"bpf_cpumask_acquire", "bpf_cpumask_release()"}, {"bpf_obj_new_impl", "bpf_obj_drop()"}, {"bpf_refcount_acquire_impl", "bpf_obj_drop()"},
    {"bpf_map_lookup_elem", "bpf_sk_release()"}, {"bpf_kptr_xchg", "the type's release function, or store it back with bpf_kptr_xchg()"},
    {"bpf_get_task_exe_file", "bpf_put_file()"}, {"bpf_lookup_user_key", "bpf_key_put()"}, {"bpf_lookup_system_key", "bpf_key_put()"},
};

/// The instruction that acquired what the kernel says is not released; -1 where it does not say.
int acquiring_insn(const Trace& t) {
  for (auto n = t.notes.rbegin(); n != t.notes.rend(); ++n)
    if (n->first == Msg::UnreleasedReference)
      if (auto insn = number_operand(n->second, 1)) return static_cast<int>(*insn);
  return -1;
}

Advice reference_leak(const Facts& f) {
  const int insn = acquiring_insn(f.trace);
  if (insn < 0 || static_cast<size_t>(insn) >= f.prog.insns.size() || !is_call(f.prog.insns[static_cast<u32>(insn)])) return {};
  const std::string callee = callee_name(f.prog, static_cast<u32>(insn)), where = line_words(f.prog, static_cast<u32>(insn));
  auto known = std::ranges::find(releases, callee, &Release::acquires);
  const std::string release = known == std::end(releases) ? "the function that releases it" : std::string(known->releases);
  return {fmt::format("What {}() gave in {} is still held where this path ends.", callee, where),
          fmt::format("Call {} on this path before it ends; early returns between {} and the release are the usual culprits.", release, where)};
}

Advice license(const Facts& f) {
  if (f.prog.license.empty()) return {"The object declares no licence, which counts as not GPL-compatible.", "If the GPL is what you want, add `char LICENSE[] SEC(\"license\") = \"GPL\";` (\"Dual BSD/GPL\" and \"Dual MIT/GPL\" count too)."};
  const bool helper = f.insn && *f.insn < f.prog.insns.size() && is_call(f.prog.insns[*f.insn]);
  return {fmt::format("The object declares the licence \"{}\"{}.", f.prog.license, helper ? fmt::format(", and {}() is for GPL-compatible programs", callee_name(f.prog, *f.insn)) : ""),
          "Declare a compatible licence (\"GPL\", \"Dual BSD/GPL\", \"Dual MIT/GPL\") if that is the licence, or do without the helper."};
}

Advice too_complex(const Facts& f) {
  const auto& v = f.trace.visits;
  if (v.empty()) return {};
  const u32 hottest = hottest_insn(f.trace);
  return {fmt::format("The verifier follows every path and every turn of a loop; {} alone was simulated {} times.", line_words(f.prog, hottest), v[hottest]),
          fmt::format("Look at the loop around {}: give it fewer turns, use bpf_loop() or bpf_for() (whose body is simulated a few times only), move the body into a global (non-static) function, or have fewer branches in it.", line_words(f.prog, hottest))};
}

Advice helper_argument(const Facts& f) {
  const std::string arg = argument_words(f);
  const Reg* r = f.value();
  if (arg.empty() || !r) return {};
  Advice a;
  a.reason = fmt::format("{} (r{}) is {}.", arg, f.reg, describe(*r));
  if (f.reject.code == Msg::TypeExpected) a.reason += fmt::format(" The call takes: {}.", text_operand(f.operands(), 2));
  if (r->is_scalar() && (f.reject.code == Msg::SizeMinNegative || f.reject.code == Msg::SizeUnbounded))
    a.suggestion = fmt::format("Bound the length right before {}: make it unsigned and test it against the buffer's size, `if (len > sizeof(buf)) return 0;`, or mask it with a power of two less one, `len &= 255`.", line_words(f.prog, *f.insn));
  return a;
}

/// What the target has in place of a field that it lacks.
std::string what_is_there(const loader::LinkedProgram& prog, const loader::Poison& p) {
  if (p.other_size) return "The target has it in another size, which a load or store of a signed number or structure cannot be given. ";
  const btf::BtfPtr target = prog.btfs.empty() ? nullptr : prog.btfs.front();
  if (!target) return "";
  const core_reloc::Missing m = core_reloc::why_missing(p.local, *target);
  if (m.what.empty()) return "";
  std::string names;
  for (const std::string& n : m.closest) names += (names.empty() ? "" : ", ") + n;
  return fmt::format("In the target {}{}. ", m.what, names.empty() ? "" : fmt::format("; the closest: {}", names));
}

Advice poisoned(const Facts& f) {
  for (const auto& p : f.prog.poisons)
    if (f.insn && p.insn_idx == *f.insn)
      return {fmt::format("This instruction depends on a CO-RE relocation for which the target kernel has no match: {}. {}The loader put a call of a helper that does not exist in its place, so that only paths which use it fail.", p.spec, what_is_there(f.prog, p)),
              "Guard the access with bpf_core_field_exists(), bpf_core_type_exists() or bpf_core_enum_value_exists(), so that this path is dead on kernels without it; or declare a second flavour of the type (struct name___old) with the field as those kernels have it."};
  return {};
}

Advice endless_loop(const Facts& f) {
  return {fmt::format("The verifier went once round and found the same state as before at {}: nothing that it tracks had changed, so the loop would never end.", f.insn ? line_words(f.prog, *f.insn) : "the loop's head"),
          "Count the turns in a variable that is compared with a constant (`for (int i = 0; i < 64; i++)`), or use bpf_for(), bpf_loop() or may_goto, which end by themselves."};
}

Advice specific(const Facts& f) {
  switch (f.topic) {
    case Topic::PacketBounds: return packet_bounds(f);
    case Topic::NullPointer: return null_pointer(f);
    case Topic::OutOfBounds: return out_of_bounds(f);
    case Topic::PointerArithmetic: return unbounded_math(f);
    case Topic::InvalidPointerType: return number_as_pointer(f);
    case Topic::UninitRegister: return uninitialised(f);
    case Topic::StackBounds: return stack_bounds(f);
    case Topic::StackDepth: return stack_depth(f);
    case Topic::ContextAccess: return context_access(f);
    case Topic::ReturnValue: return return_value(f);
    case Topic::ReferenceLeak: return reference_leak(f);
    case Topic::License: return license(f);
    case Topic::TooComplex: return too_complex(f);
    case Topic::HelperArgument: return helper_argument(f);
    case Topic::CoRelocation: return poisoned(f);
    case Topic::UnboundedLoop: return endless_loop(f);
    default: return {};
  }
}

}  // namespace

Topic topic_of(const loader::LinkedProgram& prog, const sim::Reject& reject) {
  const Topic own = msg_info(reject.code).topic;
  for (const auto& p : prog.poisons)
    if (p.insn_idx == reject.insn && own == Topic::UnknownHelper) return Topic::CoRelocation;
  std::vector<std::string_view> operands;
  for (const Operand& o : reject.operands) {
    auto text = std::get_if<std::string>(&o);
    operands.push_back(text ? std::string_view(*text) : std::string_view());
  }
  return closer_topic(reject.code, operands);
}

int subject_of(const loader::LinkedProgram& prog, const Trace& trace, const sim::Reject& reject, std::optional<u32> insn) {
  const std::string_view words = msg_info(reject.code).words;
  if (auto n = number_operand(reject.operands, operand_after(words, "R")); n && *n >= 0 && *n < bpf::MAX_REG) return static_cast<int>(*n);
  if (!insn || *insn >= prog.insns.size() || trace.empty() || trace.last().insn != *insn) return -1;
  const Insn& i = prog.insns[*insn];
  const Step& s = trace.last();
  if (i.cls() == bpf::ALU || i.cls() == bpf::ALU64) {
    const bool two = i.src_is_reg() && i.op() != bpf::END;
    return two && s.regs[i.src].is_scalar() && !s.regs[i.dst].is_scalar() ? i.src : i.dst;
  }
  if (is_memory_access(i)) return static_cast<int>(base_register(i));
  if (i.cls() == bpf::JMP && i.op() == bpf::EXIT && msg_info(reject.code).topic == Topic::ReturnValue) return 0;
  return -1;
}

std::optional<u32> place_of(const loader::LinkedProgram& prog, const Trace& trace, const sim::Reject& reject) {
  const std::string_view words = msg_info(reject.code).words;
  if (auto n = number_operand(reject.operands, operand_after(words, "insn ")); n && *n >= 0 && static_cast<size_t>(*n) < prog.insns.size()) return static_cast<u32>(*n);
  if (msg_info(reject.code).topic == Topic::TooComplex && !trace.visits.empty()) return hottest_insn(trace);
  if (!trace.empty() && trace.last().insn == reject.insn) return reject.insn;
  return {};
}

Advice advise(const Facts& facts) {
  Advice a = specific(facts);
  const TopicInfo& topic = topic_info(facts.topic);
  if (const Note note = note_of(facts.reject.code); facts.topic == msg_info(facts.reject.code).topic) {
    if (a.reason.empty()) a.reason = note.cause;
    if (a.suggestion.empty()) a.suggestion = note.fix;
  }
  if (a.reason.empty()) a.reason = topic.cause;
  if (a.suggestion.empty()) a.suggestion = topic.fix;
  return a;
}

}  // namespace bpfcheck::report
