// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_asker.h. Without --pin each program gets maps of its own, so that no program's answer hangs on another's.
#include "cli/kernel_asker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "loader/running_kernel.h"
#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::cli {
namespace {

using report::KernelAnswer;
using report::ProgramResult;

constexpr u32 first_question = 1 | 4;        // the last path, and statistics
constexpr u32 whole = 2;                     // log level at which two logs are compared
constexpr s64 longest_to_compare = 200'000;  // instructions: beyond, a whole log is hundreds of megabytes

}  // namespace

Result<std::unique_ptr<KernelAsker>> KernelAsker::make(const Target& target, KernelOptions opts) {
  if (!target.btf || !loader::is_running_kernel(*target.btf, target.btf->origin()))
    return fail(target.btf ? target.btf->origin() : "target",
                "is not the running kernel's BTF: only the running kernel can be asked to load", EINVAL);
  return std::unique_ptr<KernelAsker>(new KernelAsker(target, std::move(opts)));
}

void KernelAsker::begin(const loader::Object& object) {
  object_ = &object;
  loader_ = std::make_unique<loader::ObjectLoader>(object, target_, kernel_);
  shared_maps_.clear();
  kept_.clear();
  any_.reset();
  refused_.clear();
}

void KernelAsker::leave_out(const std::string& prog, std::string why, ProgramResult& r) {
  r.kernel.emplace().why_not = std::move(why);
  refused_ = prog;
  n_left_out_++;
}

std::string KernelAsker::summary() const {
  return fmt::format("the kernel: {} accepted, {} refused, {} not asked; {} decided otherwise than simulated\n",
                     n_accepted_, n_refused_, n_left_out_, differing_);
}

Result<void> KernelAsker::ask(const loader::LinkedProgram& prog, ProgramResult& r) {
  log_.clear();
  BPFCHECK_TRY(loader::may_load(prog.type, caps_));
  if (r.kind != ProgramResult::Kind::Accept && !opts_.anyway) {
    leave_out(prog.name,
              r.kind == ProgramResult::Kind::Reject
                  ? "it would be refused (--anyway asks nevertheless)"
                  : "it is not known whether it would load (--anyway asks nevertheless)",
              r);
    return {};
  }
  KernelAnswer& k = r.kernel.emplace();
  const bool keep = !opts_.pin.empty();
  std::vector<loader::KernelMap> own;
  if (!keep || !any_) {
    auto maps = loader_->create_maps(prog);
    if (!maps) {
      k.verdict = KernelAnswer::Verdict::Reject;
      k.errnum = maps.error().errnum;
      k.message = maps.error().text();
      k.differs = r.kind == ProgramResult::Kind::Accept;
      differing_ += k.differs;
      n_refused_++;
      refused_ = prog.name;
      return {};
    }
    (keep ? shared_maps_ : own) = std::move(*maps);
  }
  const std::vector<loader::KernelMap>& maps = keep ? shared_maps_ : own;
  loader::sys::ProgAnswer answer = loader_->load(prog, maps, opts_.log_level | first_question);
  k.verdict = answer.accepted() ? KernelAnswer::Verdict::Accept : KernelAnswer::Verdict::Reject;
  k.log = loader::sys::summarise_log(answer.log);
  k.verified = answer.accepted() || !answer.log.empty();
  k.errnum = answer.errnum;
  if (!answer.accepted()) k.message = k.log.last_line;
  if (opts_.log_level) log_ = std::move(answer.log);
  compare(prog, maps, r);
  (answer.accepted() ? n_accepted_ : n_refused_)++;
  if (!answer.accepted())
    refused_ = prog.name;
  else if (keep)
    kept_[prog.name] = std::move(answer.fd);
  if (keep && !any_) any_ = prog;
  return {};
}

void KernelAsker::compare(const loader::LinkedProgram& prog, std::span<const loader::KernelMap> maps,
                          ProgramResult& r) {
  KernelAnswer& k = *r.kernel;
  const bool accepted = k.verdict == KernelAnswer::Verdict::Accept;
  if (r.kind == ProgramResult::Kind::Unsupported) return;
  k.differs = accepted != (r.kind == ProgramResult::Kind::Accept);
  k.other_words = !accepted && !k.differs && (k.errnum != r.errnum || (k.verified && k.message != r.message));
  differing_ += k.differs;
  if ((!k.differs && !k.other_words) || std::max<s64>(k.log.processed, r.verdict.stats.processed) > longest_to_compare)
    return;
  sim::KernelLog ours(whole);
  sim::verify(prog, target_, &ours);
  k.first_difference = loader::sys::first_difference(ours.text(), loader_->load(prog, maps, whole).log);
}

Result<void> KernelAsker::end() {
  Result<void> done;
  if (!opts_.pin.empty() && any_) done = pin_all();
  loader_.reset();
  kept_.clear();
  shared_maps_.clear();
  any_.reset();
  return done;
}

Result<void> KernelAsker::pin_all() {
  if (!refused_.empty())
    return fail(object_->path, fmt::format("nothing is pinned: program {} was not loaded", refused_), EINVAL);
  BPFCHECK_TRY(loader_->fill_program_arrays(*any_, shared_maps_, [&](const std::string& name) {
    auto it = kept_.find(name);
    return it == kept_.end() ? -1 : it->second.get();
  }));
  BPFCHECK_TRY(pins_.folder(opts_.pin));
  for (const auto& [name, fd] : kept_) BPFCHECK_TRY(pins_.pin(fd, opts_.pin, name));
  const std::string folder = opts_.pin + "/maps";
  bool made = false;
  for (size_t i = 0; i < shared_maps_.size(); i++) {
    if (!shared_maps_[i].fd) continue;
    if (!std::exchange(made, true)) BPFCHECK_TRY(pins_.folder(folder));
    // Objects may all have a .rodata: the kernel's name tells whose it is. Names of other maps are cut there.
    const loader::MapDef& def = *any_->maps[i];
    BPFCHECK_TRY(pins_.pin(shared_maps_[i].fd, folder, def.is_global_data ? def.name : def.elf_name));
  }
  return {};
}

}  // namespace bpfcheck::cli
