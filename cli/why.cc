// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck why`: what makes two kernels judge a program differently.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/objects.h"
#include "cli/output.h"
#include "cli/targets.h"
#include "judge/causes.h"
#include "loader/object.h"
#include "report/causes.h"

namespace bpfcheck::cli {
namespace {

struct WhyOptions {
  ObjectOptions objects;
  TargetOptions target;
  OutputOptions output;
};

/// A target and what reports say of it.
struct Side {
  const Target* target;
  report::TargetLine line;
};

/// Tells of two kernels, the refusing one first, where their verdicts differ; `always`: also where they do not.
bool tell(const WhyOptions& opts, const loader::Object& object, const loader::ObjectProgram& prog, const Side& a,
          const Side& b, bool always, std::string& text, nlohmann::ordered_json& all) {
  const bool a_loads = judge::judge(object, prog, *a.target).kind == judge::Judgement::Kind::Accept;
  const auto& [from, to] = a_loads ? std::pair(b, a) : std::pair(a, b);
  const judge::Causes causes = judge::causes_of(object, prog, *from.target, *to.target);
  const bool differ = causes.from.kind != causes.to.kind;
  if (!differ && !always) return false;
  if (opts.output.json())
    all.push_back(report::story_json(causes, from.line, to.line));
  else
    text += (text.empty() ? "" : "\n") +
            report::story_text(causes, from.line, to.line, report::palette(opts.output.in_colour()));
  return differ && !causes.complete;
}

/// True where some difference is left unexplained.
Result<bool> tell_all(const WhyOptions& opts) {
  BPFCHECK_ASSIGN(const std::vector<Target> targets, open_targets(opts.target));
  if (targets.size() < 2) return fail("why", "compares kernels: give two or more with --btf", EINVAL);
  std::vector<Side> sides;
  for (const Target& t : targets) sides.push_back({&t, report::target_line(t)});
  std::ranges::stable_sort(sides, [](const Side& a, const Side& b) { return a.line.before(b.line); });
  std::string text;
  auto all = nlohmann::ordered_json::array();
  bool any = false, unexplained = false;
  BPFCHECK_ASSIGN(const auto objects, open_objects(opts.objects.files, opts.objects.legacy_maps));
  for (const loader::Object& object : objects) {
    for (const Target& t : targets) BPFCHECK_TRY(judge::same_byte_order(object, t));
    for (const loader::ObjectProgram& prog : object.programs) {
      if (!prog.entry || !opts.objects.wants(prog.name)) continue;
      any = true;
      const bool always = opts.objects.names(prog.name) && sides.size() == 2;
      for (size_t i = 0; i + 1 < sides.size(); i++)
        unexplained |= tell(opts, object, prog, sides[i], sides[i + 1], always, text, all);
    }
  }
  if (!any)
    return fail("why", opts.objects.progs.empty() ? "no program is in these files" : "no program of that name", EINVAL);
  if (text.empty() && !opts.output.json()) text = "no program is judged differently\n";
  BPFCHECK_TRY(write_whole(
      "-", opts.output.json() ? all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : text));
  return unexplained;
}

int why(const WhyOptions& opts) {
  auto unexplained = tell_all(opts);
  if (!unexplained) return complain(unexplained.error());
  return *unexplained ? inconclusive : all_accepted;
}

void declare_options(CLI::App& command, WhyOptions& opts) {
  declare_targets(command, opts.target);
  declare_objects(command, opts.objects);
  declare_output(command, opts.output);
}

}  // namespace

void add_why(CLI::App& app, Action& action) {
  add_command<WhyOptions>(app, action, "why",
                          "what makes kernels judge a program differently: the smallest change of the one that gives\n"
                          "the other's verdict (of several kernels, each is compared with the next)\n"
                          "(exit status 3 where nothing that is known makes the difference)",
                          why, declare_options);
}

}  // namespace bpfcheck::cli
