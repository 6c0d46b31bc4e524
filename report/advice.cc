// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See advice.h. What a rejection is about, and which advice its topic has.
#include "report/advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel_db/explanations.h"
#include "report/advice_parts.h"
#include "report/call_chain.h"
#include "verifier_sim/program/map.h"

namespace bpfcheck::report {
namespace {

Advice specific(const Facts& f) {
  switch (f.topic) {
    case Topic::PacketBounds:
      return packet_bounds(f);
    case Topic::NullPointer:
      return null_pointer(f);
    case Topic::OutOfBounds:
      return out_of_bounds(f);
    case Topic::PointerArithmetic:
      return pointer_arithmetic(f);
    case Topic::InvalidPointerType:
      return number_as_pointer(f);
    case Topic::UninitRegister:
      return uninitialised(f);
    case Topic::UninitStack:
      return uninitialised_stack(f);
    case Topic::StackBounds:
      return stack_bounds(f);
    case Topic::StackDepth:
      return stack_depth(f);
    case Topic::Alignment:
      return alignment(f);
    case Topic::ReadOnlyMemory:
    case Topic::MapUse:
      return forbidden_by_map(f);
    case Topic::ContextAccess:
      return context_access(f);
    case Topic::ReturnValue:
      return return_value(f);
    case Topic::ReferenceLeak:
      return reference_leak(f);
    case Topic::ReferenceMisuse:
      return reference_misuse(f);
    case Topic::LockMisuse:
    case Topic::RcuMisuse:
    case Topic::IrqMisuse:
    case Topic::Sleepable:
      return lock_misuse(f);
    case Topic::License:
      return license(f);
    case Topic::TooComplex:
      return too_complex(f);
    case Topic::HelperArgument:
      return helper_argument(f);
    case Topic::KfuncArgument:
      return kfunc_argument(f);
    case Topic::Subprogram:
      return subprogram_argument(f);
    case Topic::SpecialField:
      return special_field(f);
    case Topic::UnknownHelper:
      return missing_helper(f);
    case Topic::KfuncNotAllowed:
      if (f.reject.code == Msg::InvalidFunc) return missing_kfunc(f);
      return not_for_program(f);
    case Topic::HelperNotAllowed:
      return not_for_program(f);
    case Topic::Dynptr:
    case Topic::Iterator:
      return stack_object(f);
    case Topic::TrustedPointer:
      return untrusted(f);
    case Topic::CoRelocation:
      return poisoned(f);
    case Topic::UnboundedLoop:
      return endless_loop(f);
    default:
      return {};
  }
}

/// The register that the words name, itself or as an argument, which count from 0.
int register_named(Msg code, const Operands& operands) {
  auto n = number_operand(code, operands, "regno");
  if (const auto arg = n ? std::nullopt : number_operand(code, operands, "arg")) n = *arg + 1;
  return n && *n >= 0 && *n < bpf::MAX_REG ? static_cast<int>(*n) : -1;
}

/// The argument of a call that a rejection without a number is about.
int argument_meant(Msg code, const Operands& operands) {
  switch (code) {
    case Msg::LockMissing:
    case Msg::LockOtherOffset:
    case Msg::LockTwice:
    case Msg::UnlockWithoutLock:
    case Msg::UnlockOther:
    case Msg::UnlockOutOfOrder:
    case Msg::FieldNotInMap:
    case Msg::FieldWrongOffset:
    case Msg::GraphLockNotHeld:
    case Msg::MapHelperMismatch:
    case Msg::KfuncReleaseExpectsRef:
    case Msg::DynptrFromMemType:
    case Msg::ReleaseConstDynptr:
    case Msg::WalkBeyondMember:
    case Msg::LocalTypeIdRange:
    case Msg::ObjNewNotStruct:
      return 1;
    case Msg::RbNodeOwnership:
    case Msg::GraphNodeOfOtherType:
    case Msg::GraphNodeOffset:
    case Msg::RdonlyCastNotStruct:
    case Msg::LocalStorageFlags:
      return 2;
    case Msg::GraphFieldNotFound:
      return text_operand(code, operands, "field").contains("node") ? 2 : 1;
    case Msg::StringNotTerminated:
      return 3;
    default:
      return -1;
  }
}

/// The argument through which a map's value is read or written against the map's flags: the words name the map's size
/// alone.
int argument_of_map(const Step& s, Msg code) {
  const u32 flag = code == Msg::MapWriteForbidden ? F_RDONLY_PROG : F_WRONLY_PROG;
  for (int r = 1; r <= 5; r++)
    if (const sim::Reg& reg = s.regs[static_cast<size_t>(r)];
        reg.base() == PTR_TO_MAP_VALUE && reg.u.map && (reg.u.map->def->flags & flag))
      return r;
  return -1;
}

/// Rejections of the pass over all instructions before exploration, which names its place.
bool refused_in_place(Msg code) {
  switch (code) {
    case Msg::TracingListHead:
    case Msg::TracingSpinLock:
    case Msg::TracingTimer:
    case Msg::TracingWorkqueue:
    case Msg::SocketFilterSpinLock:
    case Msg::StructOpsMapInProg:
    case Msg::SleepableMapType:
    case Msg::OneCgroupStorage:
    case Msg::OneArena:
    case Msg::ArenaNeedsCaps:
    case Msg::ArenaNeedsJit:
    case Msg::NotAMapFd:
    case Msg::TooManyMaps:
    case Msg::DirectValueOffset:
    case Msg::NoDirectValue:
    case Msg::DirectValueOutOfRange:
    case Msg::KsymNoBtf:
    case Msg::KsymInvalidId:
    case Msg::KsymNotVar:
    case Msg::KsymNoAddress:
    case Msg::KsymNoSize:
    case Msg::InvalidLdimm64:
    case Msg::UnrecognizedLdimm64:
    case Msg::LdxReservedFields:
    case Msg::UnknownOpcode:
      return true;
    default:
      return false;
  }
}

/// Where the function of that name begins.
std::optional<u32> start_of(const loader::LinkedProgram& prog, std::string_view function) {
  for (const auto& info : prog.func_info)
    if (function_of(prog, info.insn_off) == function) return info.insn_off;
  return {};
}

}  // namespace

Topic topic_of(const loader::LinkedProgram& prog, const sim::Reject& reject) {
  const Topic own = msg_info(reject.code).topic;
  for (const auto& p : prog.poisons)
    if (p.insn_idx == reject.insn && own == Topic::UnknownHelper) return Topic::CoRelocation;
  return closer_topic(reject.code, reject.operands);
}

const std::pair<Msg, Operands>* said_before(const Trace& trace, const sim::Reject& reject) {
  const bool follows = !msg_info(reject.code).errnum || reject.code == Msg::GlobalCallInLockHint ||
                       reject.code == Msg::GlobalCallMightSleepContext;
  if (!follows || reject.code == Msg::None || trace.notes.size() < 2) return nullptr;
  const auto& note = trace.notes[trace.notes.size() - 2];
  return msg_info(note.first).errnum ? &note : nullptr;
}

int subject_of(const loader::LinkedProgram& prog, const Trace& trace, const sim::Reject& reject,
               std::optional<u32> insn) {
  if (int r = register_named(reject.code, reject.operands); r >= 0 && msg_info(reject.code).errnum) return r;
  if (const auto* before = said_before(trace, reject))
    if (int r = register_named(before->first, before->second); r >= 0) return r;
  if (int r = register_named(reject.code, reject.operands); r >= 0) return r;
  if (!insn || *insn >= prog.insns.size() || trace.empty() || trace.last().insn != *insn) return -1;
  const Insn& i = prog.insns[*insn];
  const Step& s = trace.last();
  if (is_call(i))
    return reject.code == Msg::MapWriteForbidden || reject.code == Msg::MapReadForbidden
               ? argument_of_map(s, reject.code)
               : argument_meant(reject.code, reject.operands);
  if (i.cls() == bpf::ALU || i.cls() == bpf::ALU64) {
    const bool two = i.src_is_reg() && i.op() != bpf::END && i.src < bpf::MAX_REG;
    return two && s.regs[i.src].is_scalar() && !s.regs[i.dst].is_scalar() ? i.src : i.dst;
  }
  if (is_memory_access(i)) return i.cls() == bpf::LDX ? i.src : i.dst;
  if (i.cls() == bpf::JMP && i.op() == bpf::EXIT && msg_info(reject.code).topic == Topic::ReturnValue) return 0;
  return -1;
}

std::optional<u32> place_of(const loader::LinkedProgram& prog, const Trace& trace, const sim::Reject& reject) {
  const Topic topic = msg_info(reject.code).topic;
  if (auto n = number_operand(reject.code, reject.operands, "insn");
      n && *n >= 0 && static_cast<size_t>(*n) < prog.insns.size())
    return static_cast<u32>(*n);
  if (topic == Topic::TooComplex && !trace.visits.empty()) return hottest_insn(trace);
  if (topic == Topic::StackDepth) {
    const bool levels = reject.code == Msg::CallStackTooDeep;
    if (const auto chain = heaviest_chain(prog, levels ? std::vector<u32>{} : trace.verdict.stats.stack_depth);
        chain.size() > 1)
      return static_cast<u32>(chain.back().call);
  }
  if (reject.code == Msg::GlobalReturnType || reject.code == Msg::TooManyArgs)
    return start_of(prog, text_operand(reject.code, reject.operands, "func"));
  if (!trace.empty() && trace.last().insn == reject.insn) return reject.insn;
  if (trace.empty() && refused_in_place(reject.code) && reject.insn < prog.insns.size()) return reject.insn;
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
