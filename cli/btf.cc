// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck btf`: a file's BTF as a C header, as a listing or as data.
#include "btf/c_header.h"
#include "btf/raw_text.h"
#include "btf/source.h"
#include "cli/command.h"
#include "cli/output.h"

namespace bpfcheck::cli {
namespace {

struct BtfOptions {
  std::string file, base, format = "c";
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

int print_btf(const BtfOptions& opts) {
  auto text = text_of(opts);
  if (!text) return complain(text.error());
  const auto written = write_whole("-", *text);
  return written ? all_accepted : complain(written.error());
}

void declare_options(CLI::App& command, BtfOptions& opts) {
  command
      .add_option("FILE", opts.file,
                  "BTF, an ELF file with .BTF, a bzImage, or any of them compressed or in an archive")
      ->required();
  command.add_option("--btf-base", opts.base, "the kernel's BTF that a module's is split from");
  command
      .add_option("--format", opts.format, "c: a header that compiles for BPF (vmlinux.h); raw: a listing; json: data")
      ->check(CLI::IsMember({"c", "raw", "json"}));
}

}  // namespace

void add_btf(CLI::App& app, Action& action) {
  add_command<BtfOptions>(app, action, "btf", "BTF as a C header, a listing or data", print_btf, declare_options);
}

}  // namespace bpfcheck::cli
