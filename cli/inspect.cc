// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `bpfcheck xlated` and `bpfcheck jited`: what the running kernel made of a program, just loaded or already there, or
// what was recorded of one.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/targets.h"
#include "jit_inspect/xlated_text.h"
#include "judge/judge.h"
#include "loader/load/object_loader.h"
#include "loader/load/privilege.h"
#include "loader/syscall/verifier_log.h"
#include "report/native.h"

namespace bpfcheck::cli {
namespace {

using jit::ProgramDump;

struct InspectOptions {
  std::vector<std::string> files, progs;
  std::vector<u32> ids;
  std::string recorded, record;
  OutputOptions output;
  bool diff = false;
};

class Inspector {
 public:
  Inspector(const InspectOptions& opts, bool native) : opts_(opts), native_(native) {}

  int run() {
    if (opts_.files.empty() && opts_.ids.empty() && opts_.recorded.empty())
      return complain({"", "give a FILE, --id N or --recorded FILE", EINVAL});
    Result<void> done;
    if (!opts_.recorded.empty()) done = from_record();
    for (u32 id : opts_.ids)
      if (done) done = from_id(id);
    for (const std::string& f : opts_.files)
      if (done) done = from_file(f);
    if (done && !recorded_.empty()) done = write_whole(opts_.record, recorded_);
    if (!done) return complain(done.error());
    if (!found_) return complain({opts_.files.empty() ? "" : opts_.files.front(), "no program of that name", ENOENT});
    return refused_ ? rejected : all_accepted;
  }

 private:
  Result<void> from_record() {
    BPFCHECK_ASSIGN(const Blob text, map_file(opts_.recorded));
    BPFCHECK_ASSIGN(
        const ProgramDump dump,
        jit::dump_from_json({reinterpret_cast<const char*>(text.bytes.data()), text.bytes.size()}, opts_.recorded));
    return show(dump);
  }

  Result<void> from_id(u32 id) {
    const Capabilities caps = loader::own_capabilities();
    if (!caps.sys_admin)
      return fail("bpf()", "opening a program by its id needs CAP_SYS_ADMIN, which this process does not have", EPERM);
    BPFCHECK_ASSIGN(auto fd, loader::sys::prog_by_id(id));
    BPFCHECK_ASSIGN(const ProgramDump dump, jit::read_dump(fd, symbols()));
    return show(dump);
  }

  Result<void> from_file(const std::string& path) {
    if (!target_) {
      BPFCHECK_ASSIGN(auto targets, open_targets({}));
      target_ = std::move(targets.front());
      kernel_ = loader::open_kernel(*target_);
    }
    BPFCHECK_ASSIGN(const auto objects, loader::open_file(path));
    for (const loader::Object& object : objects) {
      BPFCHECK_TRY(judge::same_byte_order(object, *target_));
      loader::ObjectLoader into_kernel(object, *target_, *kernel_);
      for (const loader::ObjectProgram& prog : object.programs)
        if (prog.entry && (opts_.progs.empty() || std::ranges::find(opts_.progs, prog.name) != opts_.progs.end()))
          BPFCHECK_TRY(from_program(into_kernel, object, prog));
    }
    return {};
  }

  Result<void> from_program(loader::ObjectLoader& into_kernel, const loader::Object& object,
                            const loader::ObjectProgram& prog) {
    BPFCHECK_TRY(loader::may_load(prog.type, loader::own_capabilities()));
    auto linked = judge::link(object, prog, *target_);
    if (!linked) return refused(linked.error().text());
    auto maps = into_kernel.create_maps(*linked);
    if (!maps) return refused(fmt::format("{} {}: {}", object.path, prog.name, maps.error().text()));
    auto answer = into_kernel.load(*linked, *maps, 1);
    if (!answer.accepted())
      return refused(fmt::format("{} {}: the kernel refuses it: {}", object.path, prog.name,
                                 loader::sys::summarise_log(answer.log).last_line));
    BPFCHECK_ASSIGN(ProgramDump dump, jit::read_dump(answer.fd, symbols()));
    dump.full_name = prog.name;
    dump.loaded = jit::LoadedProgram{linked->insns, linked->line_info};
    return show(dump);
  }

  Result<void> refused(const std::string& why) {
    found_ = true;
    refused_ = true;
    complain({"", why, EINVAL});
    return {};
  }

  Result<void> show(const ProgramDump& dump) {
    found_ = true;
    if (!opts_.record.empty()) {
      if (!recorded_.empty()) return fail(opts_.record, "one program a record: name it with --prog", EINVAL);
      recorded_ = jit::to_json(dump);
    }
    const report::Palette& palette = report::palette(opts_.output.in_colour());
    std::optional<jit::RewriteDiff> diff;
    if (opts_.diff || (dump.loaded && !dump.info.xlated.empty())) {
      BPFCHECK_ASSIGN(diff, jit::diff_rewrite(dump));
    }
    std::optional<jit::NativeMap> map;
    if (native_) {
      BPFCHECK_ASSIGN(const auto image, jit::image_from_kernel(dump));
      BPFCHECK_ASSIGN(map, jit::map_native(dump, image));
    } else if (dump.info.xlated.empty()) {
      return fail("translated instructions", dump.hidden.empty() ? "the kernel gives none" : dump.hidden.front(),
                  EPERM);
    }
    if (opts_.output.json())
      return write_whole("-", report::native_json(dump, map ? &*map : nullptr, diff ? &*diff : nullptr));
    std::string out;
    if (std::exchange(shown_, true)) out += '\n';
    if (map)
      out += report::native_text(dump, *map, diff ? &*diff : nullptr, palette);
    else if (opts_.diff)
      out += report::rewrite_text(dump, *diff, palette);
    else
      out += (shows_one() ? "" : "# " + jit::program_name(dump) + "\n") + jit::xlated_text(dump);
    return write_whole("-", out);
  }

  bool shows_one() const { return opts_.files.empty() ? opts_.ids.size() <= 1 : opts_.progs.size() == 1; }

  const loader::KernelSymbols& symbols() {
    if (!symbols_) symbols_ = loader::KernelSymbols::read();
    return *symbols_;
  }

  const InspectOptions& opts_;
  bool native_, found_ = false, refused_ = false, shown_ = false;
  std::optional<Target> target_;
  std::optional<loader::KernelHandles> kernel_;
  std::optional<loader::KernelSymbols> symbols_;
  std::string recorded_;
};

int xlated(const InspectOptions& opts) { return Inspector(opts, false).run(); }
int jited(const InspectOptions& opts) { return Inspector(opts, true).run(); }

void declare_common(CLI::App& command, InspectOptions& opts) {
  auto* file = command.add_option("FILE", opts.files, "BPF objects: loaded, read and let go of");
  auto* id = command.add_option("--id", opts.ids, "a program that the kernel holds")
                 ->allow_extra_args(false)
                 ->check(CLI::Range(1u, ~0u));
  auto* recorded = command.add_option("--recorded", opts.recorded, "what --record wrote: needs no kernel");
  file->excludes(id)->excludes(recorded);
  id->excludes(recorded);
  command.add_option("--prog", opts.progs, "only programs of this name")->allow_extra_args(false);
  command.add_option("--record", opts.record, "also write the program with all that belongs to it, for --recorded");
  declare_output(command, opts.output, "text or json: a document a program, each on a line");
}

void declare_xlated(CLI::App& command, InspectOptions& opts) {
  declare_common(command, opts);
  command.add_flag("--diff", opts.diff, "against the loaded program: what the verifier removed and added, and why");
}

}  // namespace

void add_xlated(CLI::App& app, Action& action) {
  add_command<InspectOptions>(app, action, "xlated", "the program after the verifier, as the running kernel has it",
                              xlated, declare_xlated);
}

void add_jited(CLI::App& app, Action& action) {
  add_command<InspectOptions>(app, action, "jited", "its native code beside source lines and BPF instructions", jited,
                              declare_common);
}

}  // namespace bpfcheck::cli
