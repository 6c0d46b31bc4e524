// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The running kernel, asked about programs that were simulated before: `bpfcheck load` and `check --compare-kernel`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/pins.h"
#include "loader/load/object_loader.h"
#include "loader/load/privilege.h"
#include "report/result.h"

namespace bpfcheck::cli {

struct KernelOptions {
  bool anyway = false;  ///< also what the simulation does not accept
  std::string pin;      ///< folder in a BPF file system; "" keeps nothing
  u32 log_level = 0;    ///< of the kernel's log that is shown
};

class KernelAsker {
 public:
  /// `target` outlives it. Errors: the target is not the running kernel's.
  static Result<std::unique_ptr<KernelAsker>> make(const Target& target, KernelOptions opts);

  void begin(const loader::Object& object);
  /// A program that never gets as far as being loaded.
  void leave_out(const std::string& prog, std::string why, report::ProgramResult& r);
  /// Fills in r.kernel. Errors: the process may not load such a program.
  Result<void> ask(const loader::LinkedProgram& prog, report::ProgramResult& r);
  /// Ends an object: pins what was loaded where that was asked for and nothing was refused.
  Result<void> end();
  /// What was pinned stays; without it nothing does.
  void keep_pins() { pins_.keep(); }
  /// The kernel's log of the last program that was asked for.
  const std::string& log() const { return log_; }
  size_t differing() const { return differing_; }
  size_t refused() const { return n_refused_; }
  bool all_asked() const { return n_left_out_ == 0; }
  std::string summary() const;

 private:
  KernelAsker(const Target& target, KernelOptions opts)
      : target_(target), opts_(std::move(opts)), kernel_(loader::open_kernel(target)) {}
  void compare(const loader::LinkedProgram& prog, std::span<const loader::KernelMap> maps, report::ProgramResult& r);
  Result<void> pin_all();

  const Target& target_;
  KernelOptions opts_;
  loader::KernelHandles kernel_;
  Capabilities caps_ = loader::own_capabilities();
  const loader::Object* object_ = nullptr;
  std::unique_ptr<loader::ObjectLoader> loader_;
  std::vector<loader::KernelMap> shared_maps_;  ///< where programs are kept
  std::map<std::string, loader::sys::Fd> kept_;
  std::optional<loader::LinkedProgram> any_;  ///< one of the kept programs: knows the maps
  Pins pins_;
  std::string refused_;  ///< a program of this object that is not loaded
  std::string log_;
  size_t differing_ = 0, n_accepted_ = 0, n_refused_ = 0, n_left_out_ = 0;
};

}  // namespace bpfcheck::cli
