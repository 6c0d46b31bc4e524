// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_asker.h. Without --pin each program gets maps of its own, so that no program's answer hangs on another's.
#include "cli/kernel_asker.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "loader/running_kernel.h"
#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::cli {
namespace {

using report::KernelAnswer;
using report::ProgramResult;

constexpr u32 first_question = 1 | 4;          // the last path, and statistics
constexpr u32 whole = 2;                       // log level at which two logs are compared
constexpr s64 longest_to_compare = 200'000;    // instructions: beyond, a whole log is hundreds of megabytes
constexpr long bpf_fs_magic = 0xcafe4a11;

/// A pinned name has no dots: the kernel reserves them.
std::string pin_name(std::string name) {
  std::ranges::replace(name, '.', '_');
  return name;
}

/// Folders and files made so far, taken away again unless they are to stay.
class Pins {
 public:
  ~Pins() {
    for (auto it = made_.rbegin(); it != made_.rend(); ++it)
      if (::unlink(it->c_str()) != 0) ::rmdir(it->c_str());
  }
  Result<void> folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) made_.push_back(path);
    else if (errno != EEXIST) return fail(path, std::strerror(errno), errno);
    struct statfs fs;
    if (::statfs(path.c_str(), &fs) != 0) return fail(path, std::strerror(errno), errno);
    if (fs.f_type != bpf_fs_magic) return fail(path, "is not in a BPF file system (usually /sys/fs/bpf)", EINVAL);
    return {};
  }
  Result<void> pin(const loader::sys::Fd& fd, const std::string& path) {
    BPFCHECK_TRY(loader::sys::pin(fd, path));
    made_.push_back(path);
    return {};
  }
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;
};

}  // namespace

Result<std::unique_ptr<KernelAsker>> KernelAsker::make(const Target& target, KernelOptions opts) {
  if (!target.btf || !loader::is_running_kernel(*target.btf, target.btf->origin()))
    return fail(target.btf ? target.btf->origin() : "target", "is not the running kernel's BTF: only the running kernel can be asked to load", EINVAL);
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
  return fmt::format("the kernel: {} accepted, {} refused, {} not asked; {} decided otherwise than simulated\n", n_accepted_, n_refused_, n_left_out_, differing_);
}

Result<void> KernelAsker::ask(const loader::LinkedProgram& prog, ProgramResult& r) {
  log_.clear();
  if (r.kind != ProgramResult::Kind::Accept && !opts_.anyway) {
    leave_out(prog.name, r.kind == ProgramResult::Kind::Reject ? "it would be refused (--anyway asks nevertheless)" : "it is not known whether it would load (--anyway asks nevertheless)", r);
    return {};
  }
  KernelAnswer& k = r.kernel.emplace();
  BPFCHECK_TRY(loader::may_load(prog.type, caps_));
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
  if (!answer.accepted()) refused_ = prog.name;
  else if (keep) kept_[prog.name] = std::move(answer.fd);
  if (keep && !any_) any_ = prog;
  return {};
}

void KernelAsker::compare(const loader::LinkedProgram& prog, std::span<const loader::KernelMap> maps, ProgramResult& r) {
  KernelAnswer& k = *r.kernel;
  const bool accepted = k.verdict == KernelAnswer::Verdict::Accept;
  if (r.kind == ProgramResult::Kind::Unsupported) return;
  k.differs = accepted != (r.kind == ProgramResult::Kind::Accept);
  k.other_words = !accepted && !k.differs && (k.errnum != r.errnum || (k.verified && k.message != r.message));
  differing_ += k.differs;
  if ((!k.differs && !k.other_words) || std::max<s64>(k.log.processed, r.verdict.stats.processed) > longest_to_compare) return;
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
  if (!refused_.empty()) return fail(object_->path, fmt::format("nothing is pinned: program {} was not loaded", refused_), EINVAL);
  BPFCHECK_TRY(loader_->fill_program_arrays(*any_, shared_maps_, [&](const std::string& name) {
    auto it = kept_.find(name);
    return it == kept_.end() ? -1 : it->second.get();
  }));
  Pins pins;
  BPFCHECK_TRY(pins.folder(opts_.pin));
  for (const auto& [name, fd] : kept_) BPFCHECK_TRY(pins.pin(fd, opts_.pin + "/" + pin_name(name)));
  bool folder = false;
  for (size_t i = 0; i < shared_maps_.size(); i++) {
    if (!shared_maps_[i].fd) continue;
    if (!std::exchange(folder, true)) BPFCHECK_TRY(pins.folder(opts_.pin + "/maps"));
    BPFCHECK_TRY(pins.pin(shared_maps_[i].fd, opts_.pin + "/maps/" + pin_name(any_->maps[i]->name)));
  }
  pins.keep();
  return {};
}

}  // namespace bpfcheck::cli
