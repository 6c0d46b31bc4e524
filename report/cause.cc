// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See cause.h.
#include "report/cause.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kernel_db/helpers.h"
#include "report/source.h"
#include "report/words.h"

namespace bpfcheck::report {
namespace {

using sim::Reg;

/// A register or a stack slot of a frame.
struct Place {
  u32 frame = 0;
  bool on_stack = false;
  int index = 0;
  bool operator==(const Place&) const = default;
};

/// The value in a place of the current frame of a step; nullptr where the stack holds no register there.
const Reg* value_at(const Step& s, const Place& p) {
  if (!p.on_stack) return &s.regs[static_cast<size_t>(p.index)];
  if (static_cast<size_t>(p.index) >= s.stack->size()) return nullptr;
  const sim::StackSlot& slot = (*s.stack)[static_cast<size_t>(p.index)];
  return slot.is_spilled_reg() ? &*slot.spilled : nullptr;
}

std::string name_of(const Place& p) {
  return p.on_stack ? fmt::format("the stack at r10{}", -8 * (p.index + 1)) : fmt::format("r{}", p.index);
}

/// What a place of the current frame's stack holds.
std::string held(const Step& s, const Place& p) {
  const auto slot = static_cast<size_t>(p.index);
  return p.on_stack ? slot_words(slot < s.stack->size() ? (*s.stack)[slot] : sim::StackSlot{}) : "";
}

/// A dynptr, an iterator or the like is there.
bool is_object(const Step& s, const Place& p) {
  const auto slot = static_cast<size_t>(p.index);
  return p.on_stack && slot < s.stack->size() && holds_object((*s.stack)[slot]);
}

/// Stack slot that a load or store through `base` reaches; -1 where it is not one known slot of this frame.
int slot_reached(const Step& s, u32 base, s32 off) {
  const Reg& r = s.regs[base];
  if (r.type != PTR_TO_STACK || !r.is_const() || r.frameno != s.frame) return -1;
  const s64 at = s64{r.off} + static_cast<s64>(r.var_off().value) + off;
  return at < 0 && at >= -bpf::MAX_STACK ? static_cast<int>((-at - 1) / bpf::REG_SIZE) : -1;
}

class Slicer {
 public:
  Slicer(const Trace& trace, const loader::LinkedProgram& prog, const CauseQuery& query)
      : t_(trace), p_(prog), q_(query) {}

  std::vector<Event> run() {
    if (t_.empty()) return {};
    for (int r : q_.regs) track({t_.last().frame, false, r});
    for (int s : q_.slots) track({t_.last().frame, true, s});
    size_t i = t_.steps.size() - 1;
    while (i-- > 0) {
      if (q_.since_insn >= 0 && t_.steps[i].insn == static_cast<u32>(q_.since_insn)) {
        acquired(i);
        return finish();
      }
      step_back(i);
      if (tracked_.empty() && !q_.branches && q_.calls.empty() && q_.since_insn < 0) return finish();
    }
    if (!t_.left_out)
      for (const Place& p : tracked_)
        if (const Reg* v = p.frame ? nullptr : value_at(t_.steps[0], p);
            v && v->type != NOT_INIT && !(p.index == bpf::REG_FP && !p.on_stack))
          add(Event::Kind::Start, 0, fmt::format("{} is {} from the start", name_of(p), describe(*v)));
    return finish();
  }

 private:
  void track(const Place& p) {
    if (std::ranges::find(tracked_, p) == tracked_.end()) tracked_.push_back(p);
  }
  void add(Event::Kind kind, size_t step, std::string words, bool was_packet = false) {
    events_.push_back({kind, step, t_.steps[step].insn, std::move(words), 1, was_packet});
  }

  void acquired(size_t i) {
    add(Event::Kind::Acquired, i, fmt::format("{}() hands out what must be released", callee(i)));
  }
  std::string callee(size_t i) const { return callee_name(p_, t_.steps[i].insn); }

  void step_back(size_t i) {
    const Step &before = t_.steps[i], &after = t_.steps[i + 1];
    const Insn& insn = p_.insns[before.insn];
    const std::vector<Place> places = std::move(tracked_);
    tracked_.clear();
    const size_t known = events_.size();
    for (const Place& place : places) {
      if (place.frame > after.frame) continue;  // a frame that is gone
      if (place.frame < after.frame) {
        track(place);
        continue;
      }
      if (is_call(insn) && after.frame != before.frame)
        entered(i, insn, place);
      else if (after.frame < before.frame)
        returned(i, place);
      else if (!defined(i, insn, place))
        unchanged_or_not(i, insn, place);
    }
    if (q_.branches && is_conditional(insn) && events_.size() == known && before.frame == after.frame) branch(i, insn);
    if (is_call(insn) && std::ranges::find(q_.calls, callee(i)) != q_.calls.end()) asked_for(i);
  }

  void asked_for(size_t i) {
    const Reg& arg = t_.steps[i].regs[1];
    const bool takes_one = callee(i).contains("lock") && !callee(i).contains("rcu");
    if (takes_one && q_.follow_calls) track({t_.steps[i].frame, false, 1});
    add(Event::Kind::Called, i,
        takes_one ? fmt::format("{}() is called with {} in r1", callee(i), describe(arg))
                  : fmt::format("{}() is called", callee(i)));
  }

  /// The place is in a frame that this call made.
  void entered(size_t i, const Insn& insn, const Place& place) {
    const Step& after = t_.steps[i + 1];
    if (place.on_stack || place.index == bpf::REG_FP) return;
    if (insn.src == bpf::PSEUDO_CALL && place.index >= 1 && place.index <= 5 && after.frame == t_.steps[i].frame + 1) {
      add(Event::Kind::Passed, i, fmt::format("r{} is passed to {}()", place.index, function_of(p_, after.insn)));
      track({t_.steps[i].frame, false, place.index});
    } else if (place.index >= 1 && place.index <= 5) {
      add(Event::Kind::Start, i,
          fmt::format("{}() calls {}() with {} in r{}", callee(i), function_of(p_, after.insn),
                      describe(after.regs[static_cast<size_t>(place.index)]), place.index));
    }
  }

  /// A subprogram has just returned to the place's frame.
  void returned(size_t i, const Place& place) {
    const std::string name = function_of(p_, t_.steps[i].insn);
    if (place.on_stack || place.index > 5) {
      changed_meanwhile(i, place, name);
      return track(place);
    }
    if (place.index == 0) {
      add(Event::Kind::Passed, i, fmt::format("{}() returns {}", name, describe(t_.steps[i + 1].regs[0])));
      track({t_.steps[i].frame, false, 0});
    } else {
      add(Event::Kind::Forgotten, i,
          fmt::format("the call of {}() leaves r{} without a value: only r6 to r9 outlive a call", name, place.index));
    }
  }

  /// What the function did to a place of its caller's frame: the states in between do not show that frame.
  void changed_meanwhile(size_t i, const Place& place, const std::string& function) {
    size_t call = i;
    while (call > 0 && t_.steps[call].frame != place.frame) call--;
    const Reg *a = value_at(t_.steps[call], place), *b = value_at(t_.steps[i + 1], place);
    if (t_.steps[call].frame != place.frame || !a || !b || same_reg(*a, *b)) return;
    if (const std::string was = describe(*a), is = describe(*b); was != is)
      add(b->is_scalar() && !a->is_scalar() ? Event::Kind::Forgotten : Event::Kind::Made, call,
          fmt::format("while {}() runs, {} turns from {} into {}", function, name_of(place), was, is), a->is_pkt_any());
  }

  /// True where this instruction writes the place: tells what it wrote and goes on with where that came from.
  bool defined(size_t i, const Insn& insn, const Place& place) {
    switch (insn.cls()) {
      case bpf::ALU:
      case bpf::ALU64:
        return !place.on_stack && insn.dst == place.index && computed(i, insn, place);
      case bpf::LDX:
        return !place.on_stack && insn.dst == place.index && loaded(i, insn, place);
      case bpf::LD:
        if (place.on_stack || place.index != (insn.mode() == bpf::IMM ? insn.dst : 0)) return false;
        made(i, place);
        return true;
      case bpf::ST:
      case bpf::STX:
        return place.on_stack ? stored(i, insn, place) : fetched(i, insn, place);
      case bpf::JMP:
        return insn.op() == bpf::CALL && !place.on_stack && place.index <= 5 && called(i, place);
      default:
        return false;
    }
  }

  void made(size_t i, const Place& place) {
    const Reg* v = value_at(t_.steps[i + 1], place);
    add(Event::Kind::Made, i,
        fmt::format("{} becomes {}", name_of(place), v ? describe(*v) : "bytes that are no register's"));
  }

  bool computed(size_t i, const Insn& insn, const Place& place) {
    const bool mov = insn.op() == bpf::MOV;
    if (mov && insn.src_is_reg() && insn.off == 0 && insn.cls() == bpf::ALU64) {
      add(Event::Kind::Copied, i, fmt::format("r{} is copied to r{}", insn.src, insn.dst));
      track({place.frame, false, insn.src});
      return true;
    }
    made(i, place);
    if (insn.src_is_reg() && insn.op() != bpf::END && insn.op() != bpf::NEG) track({place.frame, false, insn.src});
    if (!mov) track({place.frame, false, insn.dst});
    return true;
  }

  bool loaded(size_t i, const Insn& insn, const Place& place) {
    const int slot = slot_reached(t_.steps[i], insn.src, insn.off);
    if (slot < 0 || !value_at(t_.steps[i], {place.frame, true, slot})) {
      made(i, place);
      return true;
    }
    add(Event::Kind::Copied, i, fmt::format("r{} is read back from the stack at r10{}", insn.dst, -8 * (slot + 1)));
    track({place.frame, true, slot});
    return true;
  }

  bool stored(size_t i, const Insn& insn, const Place& place) {
    if (slot_reached(t_.steps[i], insn.dst, insn.off) != place.index) return false;
    if (insn.cls() == bpf::STX && insn.mode() == bpf::MEM && value_at(t_.steps[i + 1], place)) {
      add(Event::Kind::Copied, i, fmt::format("r{} is saved on the stack at r10{}", insn.src, -8 * (place.index + 1)));
      track({place.frame, false, insn.src});
    } else {
      made(i, place);
    }
    return true;
  }

  bool fetched(size_t i, const Insn& insn, const Place& place) {
    if (insn.cls() != bpf::STX || insn.mode() != bpf::ATOMIC || !(insn.imm & bpf::FETCH)) return false;
    if (place.index != (insn.imm == bpf::CMPXCHG ? 0 : insn.src)) return false;
    made(i, place);
    return true;
  }

  bool called(size_t i, const Place& place) {
    if (place.index == 0)
      add(Event::Kind::Made, i, fmt::format("{}() returns {}", callee(i), describe(t_.steps[i + 1].regs[0])));
    else
      add(Event::Kind::Forgotten, i,
          fmt::format("the call of {}() leaves r{} without a value: only r6 to r9 outlive a call", callee(i),
                      place.index));
    return true;
  }

  /// The instruction does not write the place, but may have told more or less about it.
  void unchanged_or_not(size_t i, const Insn& insn, const Place& place) {
    track(place);
    const Reg *a = value_at(t_.steps[i], place), *b = value_at(t_.steps[i + 1], place);
    if (!a || !b) {
      const std::string was = held(t_.steps[i], place), is = held(t_.steps[i + 1], place);
      if (was == is) return;
      const std::string who = is_call(insn) ? callee(i) + "()" : "the instruction";
      if (is_object(t_.steps[i + 1], place))
        add(Event::Kind::Made, i, fmt::format("{} makes {} in {}", who, is, name_of(place)));
      else if (is_object(t_.steps[i], place))
        add(Event::Kind::Made, i, fmt::format("{} ends {} in {}", who, was, name_of(place)));
      else
        add(Event::Kind::Made, i, fmt::format("{} now holds {}", name_of(place), is));
      return;
    }
    const bool compared = is_conditional(insn) && !place.on_stack &&
                          (insn.dst == place.index || (insn.src_is_reg() && insn.src == place.index));
    if (same_reg(*a, *b) && !compared) return;
    const std::string was = describe(*a), is = describe(*b);
    if (is_conditional(insn)) {
      if (was != is)
        add(Event::Kind::Narrowed, i,
            fmt::format("this path goes on where {}: {} is now {}", taken_text(i, insn), name_of(place), is));
      else if (compared && a->is_scalar())
        add(Event::Kind::Branch, i,
            fmt::format("this path goes on where {}, which tells nothing new about {}", taken_text(i, insn),
                        name_of(place)));
    } else if (was != is) {
      const char* why = a->is_pkt_any() && b->is_scalar()
                            ? ": the call may move or resize the packet, so earlier packet pointers no longer hold"
                            : "";
      add(Event::Kind::Forgotten, i,
          is_call(insn) ? fmt::format("{}() turns {} from {} into {}{}", callee(i), name_of(place), was, is, why)
                        : fmt::format("{} is now {}", name_of(place), is),
          a->is_pkt_any());
    }
  }

  std::string taken_text(size_t i, const Insn& insn) const {
    return condition_text(insn, t_.steps[i + 1].insn != t_.steps[i].insn + 1);
  }
  void branch(size_t i, const Insn& insn) {
    add(Event::Kind::Branch, i, fmt::format("this path goes on where {}", taken_text(i, insn)));
  }

  /// Path order; of what a loop repeats, the last time.
  std::vector<Event> finish() {
    std::map<std::pair<u32, Event::Kind>, size_t> last;
    std::vector<Event> out;
    for (Event& e : events_) {  // backwards: the first seen is the last that happened
      const auto kind = e.kind == Event::Kind::Narrowed ? Event::Kind::Branch : e.kind;
      auto [at, fresh] = last.try_emplace({e.insn, kind}, out.size());
      if (fresh)
        out.push_back(std::move(e));
      else if (out[at->second].step != e.step)
        out[at->second].times++;
    }
    std::ranges::reverse(out);
    std::ranges::stable_sort(out, {}, &Event::step);
    if (auto first = std::ranges::find(out, Event::Kind::Called, &Event::kind); first != out.end()) {
      const size_t since = first->step;
      std::erase_if(out, [&](const Event& e) { return e.kind == Event::Kind::Branch && e.step < since; });
    }
    return out;
  }

  const Trace& t_;
  const loader::LinkedProgram& p_;
  const CauseQuery& q_;
  std::vector<Place> tracked_;
  std::vector<Event> events_;
};

}  // namespace

bool gives_back(std::string_view function) {
  return function.contains("unlock") || function.contains("enable") || function.contains("restore");
}

bool is_conditional(const Insn& insn) {
  if (insn.cls() != bpf::JMP && insn.cls() != bpf::JMP32) return false;
  return insn.op() != bpf::JA && insn.op() != bpf::CALL && insn.op() != bpf::EXIT && insn.op() != bpf::JCOND;
}

bool is_call(const Insn& insn) { return insn.cls() == bpf::JMP && insn.op() == bpf::CALL; }

std::string callee_name(const loader::LinkedProgram& prog, u32 at) {
  const Insn& insn = prog.insns[at];
  if (insn.src == bpf::PSEUDO_CALL) return function_of(prog, at + static_cast<u32>(insn.imm) + 1);
  if (insn.src == bpf::PSEUDO_KFUNC_CALL) {
    const auto index = static_cast<size_t>(insn.off);
    if (index < prog.btfs.size() && prog.btfs[index])
      return std::string(prog.btfs[index]->type(static_cast<u32>(insn.imm)).name());
    return "a kernel function";
  }
  const std::string_view name = insn.imm > 0 ? helper_name(static_cast<u32>(insn.imm)) : "";
  return name.empty() ? fmt::format("helper #{}", insn.imm) : "bpf_" + std::string(name);
}

std::string condition_text(const Insn& insn, bool holds) {
  struct Sign {
    u8 op;
    const char *yes, *no;
  };
  static constexpr Sign signs[] = {{bpf::JEQ, "==", "!="},   {bpf::JNE, "!=", "=="},   {bpf::JGT, ">", "<="},
                                   {bpf::JGE, ">=", "<"},    {bpf::JLT, "<", ">="},    {bpf::JLE, "<=", ">"},
                                   {bpf::JSGT, "s>", "s<="}, {bpf::JSGE, "s>=", "s<"}, {bpf::JSLT, "s<", "s>="},
                                   {bpf::JSLE, "s<=", "s>"}};
  const char reg = insn.cls() == bpf::JMP32 ? 'w' : 'r';
  const std::string right = insn.src_is_reg() ? fmt::format("{}{}", reg, +insn.src) : fmt::format("{}", insn.imm);
  if (insn.op() == bpf::JSET) return fmt::format("({}{} & {}) is {}zero", reg, +insn.dst, right, holds ? "not " : "");
  for (const Sign& s : signs)
    if (s.op == insn.op()) return fmt::format("{}{} {} {}", reg, +insn.dst, holds ? s.yes : s.no, right);
  return "";
}

std::vector<Event> causal_path(const Trace& trace, const loader::LinkedProgram& prog, const CauseQuery& query) {
  return Slicer(trace, prog, query).run();
}

}  // namespace bpfcheck::report
