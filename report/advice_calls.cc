// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Advice about calls and what they hand over: arguments and results, references, locks, objects on the
// stack.
#include <fmt/format.h>

#include <algorithm>

#include "report/advice_parts.h"
#include "report/words.h"

namespace bpfcheck::report {
namespace {

using sim::Reg;

struct Release {
  std::string_view acquires, releases;
};
constexpr Release releases[] = {
    {"bpf_ringbuf_reserve", "bpf_ringbuf_submit() or bpf_ringbuf_discard()"},
    {"bpf_ringbuf_reserve_dynptr",
     "bpf_ringbuf_submit_dynptr() or bpf_ringbuf_discard_dynptr() (also where the reservation failed)"},
    {"bpf_sk_lookup_tcp", "bpf_sk_release()"},
    {"bpf_sk_lookup_udp", "bpf_sk_release()"},
    {"bpf_skc_lookup_tcp", "bpf_sk_release()"},
    {"bpf_task_acquire", "bpf_task_release()"},
    {"bpf_task_from_pid", "bpf_task_release()"},
    {"bpf_cgroup_acquire", "bpf_cgroup_release()"},
    {"bpf_cgroup_from_id", "bpf_cgroup_release()"},
    {"bpf_cgroup_ancestor", "bpf_cgroup_release()"},
    {"bpf_cpumask_create", "bpf_cpumask_release()"},
    {"bpf_cpumask_acquire", "bpf_cpumask_release()"},
    {"bpf_obj_new_impl", "bpf_obj_drop()"},
    {"bpf_refcount_acquire_impl", "bpf_obj_drop()"},
    {"bpf_map_lookup_elem", "bpf_sk_release()"},
    {"bpf_kptr_xchg", "the type's release function, or store it back with bpf_kptr_xchg()"},
    {"bpf_get_task_exe_file", "bpf_put_file()"},
    {"bpf_lookup_user_key", "bpf_key_put()"},
    {"bpf_lookup_system_key", "bpf_key_put()"},
    {"bpf_iter_num_new", "bpf_iter_num_destroy()"},
};

/// The instruction that acquired what the kernel says is not released; -1 where it does not say.
int acquiring_insn(const Trace& t) {
  for (auto n = t.notes.rbegin(); n != t.notes.rend(); ++n)
    if (n->first == Msg::UnreleasedReference)
      if (auto insn = number_operand(n->first, n->second, "acquired_at")) return static_cast<int>(*insn);
  return -1;
}

/// What a function's BTF says of its parameter: "a pointer to struct task_struct", "a number"; "" where it is not
/// plain.
std::string parameter_words(const btf::Btf& b, u32 param_type) {
  const btf::Type t = b.type(b.skip_mods_and_typedefs(param_type));
  if (!t.is(btf::Kind::Ptr)) return t.is(btf::Kind::Int) || t.is(btf::Kind::Enum) ? "a number" : "";
  const btf::Type to = b.type(b.skip_mods_and_typedefs(t.type()));
  if (to.is_composite() && !to.name().empty())
    return fmt::format("a pointer to {} {} ({})", to.is(btf::Kind::Union) ? "union" : "struct", to.name(),
                       count(to.size(), "byte"));
  if (to.is(btf::Kind::Int) && !to.name().empty()) return fmt::format("a pointer to {}", to.name());
  return "a pointer";
}

/// The same of argument `reg` of the subprogram that an instruction calls.
std::string declared_argument(const loader::LinkedProgram& prog, u32 call, int reg) {
  const Insn& insn = prog.insns[call];
  if (!prog.btf || insn.src != bpf::PSEUDO_CALL || reg < 1) return "";
  const s64 start = s64{call} + insn.imm + 1;
  for (const auto& info : prog.func_info) {
    if (info.insn_off != start) continue;
    const btf::Type func = prog.btf->type(info.type_id);
    const btf::Type proto = prog.btf->type(func.is(btf::Kind::Func) ? func.type() : 0);
    if (proto.is(btf::Kind::FuncProto) && static_cast<u32>(reg) <= proto.vlen())
      return parameter_words(*prog.btf, proto.param(static_cast<u32>(reg) - 1).type);
  }
  return "";
}

/// The call on the path that took what is not given back; of several the last.
const Event* last_taken(const Facts& f) {
  std::vector<const Event*> open;
  for (const Event& e : f.events) {
    if (e.kind != Event::Kind::Called) continue;
    if (!gives_back(callee_name(f.prog, e.insn)))
      open.push_back(&e);
    else if (!open.empty())
      open.pop_back();
  }
  return open.empty() ? nullptr : open.back();
}

}  // namespace

Advice helper_argument(const Facts& f) {
  const std::string value = argument_value_words(f);
  const Reg* r = f.value();
  if (value.empty()) return {};
  Advice a;
  a.reason = value + ".";
  if (f.reject.code == Msg::TypeExpected) a.reason += fmt::format(" The call takes: {}.", f.types("expected"));
  if (const Event* e = last_of(f, Event::Kind::Forgotten); e && f.reject.code == Msg::TypeExpected && r->is_scalar()) {
    a.reason += fmt::format(" It was a pointer until {}.", event_words(f, *e));
    a.suggestion =
        fmt::format("Make this call before {}, or do not make it at all: what the pointer stood for is gone.",
                    line_words(f.prog, e->insn));
  }
  if (r->is_scalar() && (f.reject.code == Msg::SizeMinNegative || f.reject.code == Msg::SizeUnbounded)) {
    if (r->is_const())
      a.suggestion = "Pass the size of the buffer.";
    else
      a.suggestion = fmt::format(
          "Bound the length right before {}: make it unsigned and test it against the buffer's size, `if (len > "
          "sizeof(buf)) return 0;`, or mask it with a power of two less one, `len &= 255`.",
          line_words(f.prog, *f.insn));
  }
  if (f.reject.code == Msg::BtfTypeMismatch)
    a.suggestion =
        fmt::format("Pass a pointer to struct {}; a cast does not change what the verifier knows.", f.text("expected"));
  return a;
}

Advice kfunc_argument(const Facts& f) {
  const std::string value = argument_value_words(f);
  if (value.empty()) return {};
  Advice a{value + ".", ""};
  const Note note = note_of(f.reject.code);
  if (f.reject.code == Msg::KfuncArgTypeMismatch) {
    a.reason += fmt::format(" The function takes {} {}.", f.text("expected_kind") == "UNION" ? "union" : "struct",
                            f.text("expected"));
    a.suggestion = "Pass an object of that type: a cast does not change what the verifier knows.";
  } else if (!note.cause.empty()) {
    a.reason += fmt::format(" {}", note.cause);
  }
  if (const std::string from = origin_words(f); !from.empty() && !f.value()->is_scalar())
    a.reason += fmt::format(" It comes from {}.", from);
  return a;
}

Advice subprogram_argument(const Facts& f) {
  const std::string value = argument_value_words(f);
  if (value.empty()) return {};
  const std::string declared = declared_argument(f.prog, *f.insn, f.reg);
  return {declared.empty() ? fmt::format("{}.", value) : fmt::format("{}; the function declares {}.", value, declared),
          "A global function is verified once for every argument that its prototype allows, so each call must keep to "
          "that: pass what it declares, change the declaration (a size, a tag such as __arg_nonnull), or make the "
          "function static."};
}

Advice special_field(const Facts& f) {
  const std::string value = argument_value_words(f);
  if (value.empty()) return {};
  if (f.reject.code == Msg::KptrType) {
    const std::string wanted = f.text("expected");
    return {fmt::format("{}; the field {}.", value,
                        wanted.empty() ? "is for another type" : fmt::format("is for struct {}", wanted)),
            ""};
  }
  const Note note = note_of(f.reject.code);
  return {note.cause.empty() ? value + "." : fmt::format("{}. {}", value, note.cause), ""};
}

Advice not_for_program(const Facts& f) {
  if (!fails_at_call(f)) return {};
  const std::string callee = callee_name(f.prog, *f.insn);
  if (f.reject.code == Msg::HelperNotForType)
    return {fmt::format("{}() exists in this kernel, but a program in section \"{}\" may not call it.", callee,
                        f.prog.section),
            ""};
  if (f.reject.code == Msg::KfuncNotAllowed)
    return {fmt::format("The kernel registers {}() for some program types only, and a program in section \"{}\" is not "
                        "of one of them.",
                        callee, f.prog.section),
            ""};
  return {};
}

Advice return_value(const Facts& f) {
  const Reg* r = f.value();
  if (f.reject.code == Msg::ReturnNotKnown && r)
    return {fmt::format("A program in section \"{}\" must return a number; on this path it returns {}.", f.prog.section,
                        describe(*r)),
            "Return a constant."};
  const auto low = f.number("low"), high = f.number("high");
  if (!low || !high) return {};
  Advice a;
  a.reason = fmt::format("A program in section \"{}\" may return {} only{}.", f.prog.section,
                         *low == *high ? fmt::format("{}", *low) : fmt::format("{} to {}", *low, *high),
                         r ? fmt::format("; on this path it returns {}", describe(*r)) : "");
  a.suggestion = r && r->is_const() ? "Return an allowed constant here."
                                    : "Where the value comes from a call or from memory, test it and return an allowed "
                                      "constant instead of passing it on.";
  return a;
}

Advice reference_leak(const Facts& f) {
  const int insn = acquiring_insn(f.trace);
  if (insn < 0 || static_cast<size_t>(insn) >= f.prog.insns.size() || !is_call(f.prog.insns[static_cast<u32>(insn)]))
    return {};
  const std::string callee = callee_name(f.prog, static_cast<u32>(insn)),
                    where = line_words(f.prog, static_cast<u32>(insn));
  auto known = std::ranges::find(releases, callee, &Release::acquires);
  const std::string release =
      known == std::end(releases) ? "the function that releases it" : std::string(known->releases);
  return {fmt::format("What {}() gave in {} is still held where this path ends.", callee, where),
          fmt::format(
              "Call {} on this path before it ends; early returns between {} and the release are the usual culprits.",
              release, where)};
}

Advice reference_misuse(const Facts& f) {
  const std::string value = argument_value_words(f);
  if (value.empty()) return {};
  const Reg* r = f.value();
  Advice a{value + ".", ""};
  if (f.reject.code == Msg::ReleaseZeroOffset) {
    a.reason += " What is released or handed on must be the object itself, not a place inside it.";
    a.suggestion = "Pass the pointer as it was acquired (container_of() gives it back from a member).";
    return a;
  }
  if (r->type == PTR_TO_STACK) return stack_object(f);
  const std::string from = origin_words(f);
  if (const Event* e = last_of(f, Event::Kind::Forgotten); e && f.reject.code == Msg::RbNodeOwnership) {
    a.reason += fmt::format(" It was a node until {}.", event_words(f, *e));
  } else if (f.reject.code == Msg::RbNodeOwnership) {
    a.reason += fmt::format(" {}", note_of(f.reject.code).cause);
  } else if (e) {
    a.reason += fmt::format(" It was given back in {}.", line_words(f.prog, e->insn));
    a.suggestion = "Release it once only, and do not use it after that.";
  } else {
    a.reason += fmt::format(
        " The program does not own it: {}.",
        from.empty() ? "it was never acquired" : fmt::format("it comes from {}, which only lends it", from));
    a.suggestion = "Leave the release out, or acquire a reference of your own first and release that.";
  }
  return a;
}

Advice lock_misuse(const Facts& f) {
  const Event* taken = last_of(f, Event::Kind::Called);
  const Insn* insn = failing_insn(f);
  if (!insn) return {};
  const std::string where = taken ? event_words(f, *taken) : "";
  switch (f.reject.code) {
    case Msg::GraphLockNotHeld:
      return {
          fmt::format(
              "{} touches {}, which only the holder of the lock beside it (at offset {} of the same value) may; {}.",
              callee_name(f.prog, *f.insn) + "()", f.text("field"), f.number("off").value_or(0),
              taken ? "the lock calls of this path are listed below, and none leaves that lock held"
                    : "no lock is taken on this path"),
          fmt::format("Take that lock before {} and give it back after.", line_words(f.prog, *f.insn))};
    case Msg::LeakLock:
    case Msg::LeakPreempt:
    case Msg::LeakRcu:
    case Msg::LeakIrq:
    case Msg::CallWhileHoldingLock:
    case Msg::GlobalCallInLockHint:
    case Msg::KfuncSleepableInRcu:
    case Msg::KfuncSleepableInPreempt:
    case Msg::KfuncSleepableInIrq:
    case Msg::SleepableHelperIn: {
      const Event* open = last_taken(f);
      if (!open) return {};
      return {
          fmt::format("What {}() began in {} is still open where {}.", callee_name(f.prog, open->insn),
                      line_words(f.prog, open->insn),
                      is_call(*insn) ? fmt::format("{}() is called", callee_name(f.prog, *f.insn)) : "this path ends"),
          ""};
    }
    case Msg::HelperMightSleep:
    case Msg::KfuncNeedsSleepable:
      if (!is_call(*insn)) return {};
      return {
          fmt::format("{}() may wait, for user memory for instance, and a program in section \"{}\" is not sleepable.",
                      callee_name(f.prog, *f.insn), f.prog.section),
          ""};
    case Msg::UnlockOther:
      if (!taken || !f.value()) return {};
      return {fmt::format("What {} took is not what is given back here, {}. For the verifier each look-up and each "
                          "allocation gives a value of its own, even for the same key.",
                          where, describe(*f.value())),
              ""};
    case Msg::UnlockWithoutLock:
      return taken ? Advice{fmt::format("The last such call before is {}, so that nothing is held here.", where), ""}
                   : Advice{"No lock is taken on this path.", ""};
    default:
      return {};
  }
}

Advice stack_object(const Facts& f) {
  const std::string arg = argument_words(f);
  const Reg* r = f.value();
  if (!r) return {};
  const auto at = stack_offset(f, *r);
  if (!at || *at >= 0) return arg.empty() ? Advice{} : Advice{argument_value_words(f) + ".", ""};
  const auto& stack = *f.trace.last().stack;
  const auto slot = static_cast<size_t>((-*at - 1) / bpf::REG_SIZE);
  const std::string holds = slot < stack.size() ? slot_words(stack[slot]) : "nothing";
  const Note note = note_of(f.reject.code);
  return {fmt::format("{} is the stack at r10{}, which holds {}.{}{}", arg.empty() ? fmt::format("r{}", f.reg) : arg,
                      *at, holds, note.cause.empty() ? "" : " ", note.cause),
          ""};
}

Advice untrusted(const Facts& f) {
  const std::string value = argument_value_words(f);
  if (value.empty()) return {};
  const Note note = note_of(f.reject.code);
  Advice a{note.cause.empty() ? value + "." : fmt::format("{}. {}", value, note.cause), ""};
  if (const Event* e = last_of(f, Event::Kind::Forgotten)) {
    a.reason += fmt::format(" It was good until {}.", event_words(f, *e));
    a.suggestion =
        fmt::format("Use it before {}, or acquire a reference while it is still good.", line_words(f.prog, e->insn));
  } else if (const std::string from = origin_words(f); !from.empty()) {
    a.reason += fmt::format(" It comes from {}.", from);
  }
  return a;
}

}  // namespace bpfcheck::report
