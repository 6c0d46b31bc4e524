// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck btf`: a file's BTF as a C header, as a listing or as data; of kernels' BTFs what objects
// need.
#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "btf/c_header.h"
#include "btf/raw_text.h"
#include "btf/source.h"
#include "cli/command.h"
#include "cli/objects.h"
#include "cli/output.h"
#include "cli/target_spec.h"
#include "cli/targets.h"
#include "loader/core_needs.h"
#include "report/target_line.h"

namespace bpfcheck::cli {
namespace {

struct BtfOptions {
  std::string file, base, format = "c", output;
  std::vector<std::string> minimize;
  TargetOptions target;
};

Result<std::string> text_of(const BtfOptions& opts) {
  btf::BtfPtr base;
  if (!opts.base.empty()) {
    BPFCHECK_ASSIGN(base, btf::open(opts.base));
  }
  BPFCHECK_ASSIGN(btf::BtfPtr btf, btf::open(opts.file, base));
  if (opts.format == "raw") return btf::raw_text(*btf);
  if (opts.format == "json") return btf::json_text(*btf);
  return btf::c_header(*btf);
}

/// Of each target a BTF with what the objects need, into a folder.
Result<void> minimize(const BtfOptions& opts) {
  namespace fs = std::filesystem;
  if (opts.output.empty()) return fail("--minimize", "needs -o DIR, where the BTFs are to be written", EINVAL);
  if (opts.target.btfs.empty() && opts.target.dirs.empty() && opts.target.targets.empty())
    return fail("--minimize", "needs --btf FILE or --btf-dir DIR, the kernels that the objects are to run on", EINVAL);
  BPFCHECK_ASSIGN(const auto objects, open_objects(opts.minimize, true));
  BPFCHECK_ASSIGN(const auto specs, target_specs(opts.target));
  std::error_code ec;
  fs::create_directories(opts.output, ec);
  if (ec) return fail(opts.output, ec.message(), ec.value());
  std::set<std::string> written;
  for (const TargetSpec& spec : specs) {
    BPFCHECK_ASSIGN(const btf::BtfPtr kernel, btf::open(spec.btf));
    btf::Subset subset(*kernel);
    for (const loader::Object& object : objects) BPFCHECK_TRY(loader::keep_core_needs(object, *kernel, subset));
    const std::string name = (spec.name.empty() ? report::file_label(spec.btf) : spec.name) + ".btf";
    if (!written.insert(name).second)
      return fail("--minimize", "two targets would be written to " + name + ": name them by --target", EINVAL);
    const std::vector<u8> bytes = subset.bytes();
    const std::string path = (fs::path(opts.output) / name).string();
    BPFCHECK_TRY(write_whole(path, std::string(bytes.begin(), bytes.end())));
    BPFCHECK_TRY(
        write_whole("-", fmt::format("{}: {} types, {} bytes, of {}\n", path, subset.types(), bytes.size(), spec.btf)));
  }
  return {};
}

int print_btf(const BtfOptions& opts) {
  if (!opts.minimize.empty()) {
    const auto done = minimize(opts);
    return done ? all_accepted : complain(done.error());
  }
  if (opts.file.empty()) return complain({"", "no FILE is named; --help tells more"});
  auto text = text_of(opts);
  if (!text) return complain(text.error());
  const auto written = write_whole("-", *text);
  return written ? all_accepted : complain(written.error());
}

void declare_options(CLI::App& command, BtfOptions& opts) {
  auto* file = command.add_option("FILE", opts.file,
                                  "BTF, an ELF file with .BTF, a bzImage, or any of them compressed or in an archive");
  command.add_option("--btf-base", opts.base, "the kernel's BTF that a module's is split from");
  command
      .add_option("--format", opts.format, "c: a header that compiles for BPF (vmlinux.h); raw: a listing; json: data")
      ->check(CLI::IsMember({"c", "raw", "json"}));
  command
      .add_option("--minimize", opts.minimize,
                  "write what the CO-RE relocations of these objects need of each target's BTF:\nfor machines whose "
                  "kernel has none of its own")
      ->excludes(file);
  command.add_option("-o,--output", opts.output, "folder for --minimize: TARGET.btf each");
  declare_named_targets(command, opts.target);
}

}  // namespace

void add_btf(CLI::App& app, Action& action) {
  add_command<BtfOptions>(app, action, "btf", "BTF as a C header, a listing or data", print_btf, declare_options);
}

}  // namespace bpfcheck::cli
