// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See judge.h. What libbpf and the kernel do in turn: link, create maps, verify; the first that refuses has the word.
#include "judge/judge.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>

#include "judge/needed_caps.h"
#include "judge/values.h"
#include "loader/link.h"
#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/maps/system_calls.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::judge {
namespace {

using Clock = std::chrono::steady_clock;

void verify(Judgement& j, const Target& target, u32 log_level) {
  const auto begin = Clock::now();
  if (log_level) {
    sim::KernelLog log(log_level);
    j.verdict = sim::verify(*j.linked, target, &log);
    j.log = log.text();
  } else {
    j.verdict = sim::verify(*j.linked, target);
  }
  j.usec = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

void refuse(Judgement& j, const Target& target) {
  j.kind = Judgement::Kind::Reject;
  j.errnum = j.verdict.reject.errnum;
  if (!j.verdict.before_verifier) {
    j.message = sim::last_words(*j.linked, target, j.verdict);
    return;
  }
  j.stage = Judgement::Stage::Maps;
  j.message = j.errnum == EPERM ? "the process lacks a capability that programs of this type need (see --needed-caps)"
                                : "the kernel refuses to load a program of this type and attach type";
}

}  // namespace

Result<loader::LinkedProgram> link(const loader::Object& object, const loader::ObjectProgram& program,
                                   const Target& target) {
  return loader::link(object, program, target, sim::maps::SystemCalls(target));
}

namespace {

Judgement judge_once(const loader::Object& object, const loader::ObjectProgram& program, const Target& target,
                     const Options& options) {
  Judgement j;
  j.object = object.path;
  j.prog = program.name;
  j.section = program.section;
  j.type = prog_type_name(program.type);
  j.target = target.name;
  j.simulated_as = target.simulated_as;
  j.insns = program.insns.size();
  auto linked = link(object, program, target);
  if (!linked) {
    j.stage = Judgement::Stage::Maps;
    j.kind = Judgement::Kind::Reject;
    j.errnum = linked.error().errnum;
    j.message = linked.error().text();
    return j;
  }
  j.insns = linked->insns.size();
  linked->flags |= options.flags;
  j.linked = std::move(*linked);
  verify(j, target, options.log_level);
  switch (j.verdict.kind) {
    case sim::Verdict::Kind::Accept:
      if (options.needed_caps)
        if (auto caps = needed_caps(object, program, target, options.flags)) j.needs = caps_names(*caps);
      break;
    case sim::Verdict::Kind::Reject:
      refuse(j, target);
      break;
    case sim::Verdict::Kind::Unsupported:
      j.kind = Judgement::Kind::Unsupported;
      j.message = j.verdict.unsupported;
      break;
  }
  return j;
}

}  // namespace

Judgement judge(const loader::Object& object, const loader::ObjectProgram& program, const Target& target,
                const Options& options) {
  Judgement first = judge_once(object, program, target, options);
  if (!asks_unknown(first, target)) return first;
  return judge_with_values(
      std::move(first), target, [&](const Target& t) { return judge_once(object, program, t, options); },
      [&](const Target& t) { return judge_once(object, program, t, {.flags = options.flags}); });
}

Judgement unreadable(const std::string& path, const Error& error) {
  Judgement j;
  j.stage = Judgement::Stage::Open;
  j.kind = Judgement::Kind::Reject;
  j.object = path;
  j.errnum = error.errnum;
  j.message = error.text();
  return j;
}

Result<void> same_byte_order(const loader::Object& object, const Target& target) {
  auto order = [](Endian e) { return e == Endian::little ? "little-endian" : "big-endian"; };
  if (target.btf->endian() == object.endian) return {};
  return fail(object.path,
              fmt::format("is {}, but the target {} is {}", order(object.endian), target.btf->origin(),
                          order(target.btf->endian())),
              EINVAL);
}

loader::LinkedProgram with_lines(const Judgement& judgement, const loader::Object& object,
                                 const loader::ObjectProgram& program, const Target& target) {
  const loader::LinkedProgram& linked = *judgement.linked;
  if (target.caps.has_bpf()) return linked;
  Target with_btf = target;
  with_btf.caps.bpf = true;
  with_btf.supposed = judgement.supposed;
  auto full = link(object, program, with_btf);
  if (!full) return linked;
  full->flags = linked.flags;
  return std::move(*full);
}

}  // namespace bpfcheck::judge
