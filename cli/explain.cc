// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck explain`: what a rejection code, a message or the end of a kernel log means.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "report/explain.h"

namespace bpfcheck::cli {
namespace {

struct ExplainOptions {
  std::vector<std::string> words;
  std::string log, colour = "auto";
};

/// All of standard input, or a file; nothing where it cannot be read.
std::optional<std::string> read_all(const std::string& path) {
  std::FILE* in = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (!in) return {};
  std::string text;
  char buffer[65536];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, in)) > 0;) text.append(buffer, n);
  const bool ok = !std::ferror(in);
  if (in != stdin) std::fclose(in);
  return ok ? std::optional(std::move(text)) : std::nullopt;
}

int not_recognised(const std::string& what) {
  fmt::print(stderr, "bpfcheck: not a message or code of the verifier that bpfcheck knows: {}\n", what);
  auto similar = report::similar_codes(what, 5);
  if (!similar.empty()) fmt::print(stderr, "nearest:\n");
  for (Msg m : similar) fmt::print(stderr, "  {:<28} {}\n", msg_info(m).code, plain_words(msg_info(m).words));
  return bad_input;
}

int explain(const ExplainOptions& opts) {
  const report::Palette& p = report::palette(wants_colour(opts.colour));
  if (!opts.log.empty()) {
    auto log = read_all(opts.log);
    if (!log) {
      fmt::print(stderr, "bpfcheck: {}: cannot be read\n", opts.log);
      return bad_input;
    }
    auto text = report::explain_log(*log, p);
    if (!text) {
      fmt::print(stderr, "bpfcheck: {}: no message of the verifier that bpfcheck knows is in it\n", opts.log);
      return bad_input;
    }
    fmt::print("{}", *text);
    return all_accepted;
  }
  std::string what;
  for (const std::string& w : opts.words) what += (what.empty() ? "" : " ") + w;
  if (what.empty()) {
    fmt::print("{}", report::list_codes(p));
    return all_accepted;
  }
  if (auto code = find_code(what)) {
    fmt::print("{}", report::explain_code(*code, msg_info(*code).topic, p));
    return all_accepted;
  }
  if (auto text = report::explain_name(what, p)) {
    fmt::print("{}", *text);
    return all_accepted;
  }
  auto text = what.contains('\n') ? report::explain_log(what, p) : report::explain_message(what, p);
  if (!text) return not_recognised(what);
  fmt::print("{}", *text);
  return all_accepted;
}

void declare_options(CLI::App& command, ExplainOptions& opts) {
  command.add_option("WORDS", opts.words,
                     "a code (OutsidePacket) or a message (\"R1 offset is outside of the packet\"); none: every code");
  command.add_option("--log", opts.log, "a kernel log, of any kernel (- for standard input): explain how it ends");
  declare_colour(command, opts.colour);
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  add_command<ExplainOptions>(app, action, "explain", "what a rejection means, why the kernel insists, how to mend it",
                              explain, declare_options);
}

}  // namespace bpfcheck::cli
