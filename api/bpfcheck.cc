// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See include/bpfcheck/bpfcheck.h: the stations of the house in a row.
#include "bpfcheck/bpfcheck.h"

#include <algorithm>
#include <cerrno>

#include "btf/source.h"
#include "judge/judge.h"
#include "kernel_db/kernel_facts.h"
#include "kernel_db/lines.h"
#include "loader/constants.h"
#include "loader/running_kernel.h"
#include "report/document.h"
#include "report/explain.h"

namespace bpfcheck::api {

struct Kernel::Data {
  Target target;
};

namespace {

std::unexpected<Failure> failure(const Error& e) { return std::unexpected(Failure{e.text(), e.errnum}); }

Result check_program(const loader::Object& object, const loader::ObjectProgram& prog, const Target& target,
                     bool explains) {
  using Kind = report::ProgramResult::Kind;
  report::ProgramResult judged{judge::judge(object, prog, target)};
  Result r;
  if (judged.kind != Kind::Accept) {
    r.verdict = judged.kind == Kind::Reject ? Verdict::reject : Verdict::unsupported;
    r.rule = report::rule_of(judged);
  }
  if (explains)
    if (const auto d = report::diagnose(judged, object, prog, target)) {
      r.explanation = report::to_text(*d, report::palette(false));
      r.file = d->at.file;
      r.line = d->at.line;
    }
  r.errnum = judged.errnum;
  r.instructions = static_cast<std::uint32_t>(judged.insns);
  r.processed = judged.verdict.stats.processed;
  r.object = std::move(judged.object);
  r.program = std::move(judged.prog);
  r.section = std::move(judged.section);
  r.type = std::move(judged.type);
  r.message = std::move(judged.message);
  for (judge::Tried& t : judged.tried) r.tried.push_back({std::move(t.name), std::move(t.values)});
  if (judged.decides) r.decides = std::move(judged.decides->name);
  return r;
}

/// The same kernel, of which these options are known as well.
Target with_config(Target target, const std::map<std::string, std::string>& config) {
  if (config.empty()) return target;
  KernelFacts facts = target.facts ? *target.facts : KernelFacts{};
  Kconfig all(config.begin(), config.end());
  if (facts.config) all.merge(*facts.config);
  facts.config = std::move(all);
  target.facts = std::make_shared<KernelFacts>(std::move(facts));
  return target;
}

}  // namespace

Kernel::Kernel(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;
Kernel::~Kernel() = default;

std::expected<Kernel, Failure> Kernel::open(const std::string& path, std::string_view version) {
  if (!version.empty())
    if (auto known = read_release(version); !known) return failure(known.error());
  auto btf = btf::open(path);
  if (!btf) return failure(btf.error());
  return Kernel(std::make_unique<Data>(make_target(std::move(*btf), version)));
}

std::expected<Kernel, Failure> Kernel::running() {
  auto btf = btf::open_running_kernel();
  if (!btf) return failure(btf.error());
  return Kernel(std::make_unique<Data>(make_target(std::move(*btf), {}, loader::running_release())));
}

std::string Kernel::name() const { return data_->target.name; }
std::string Kernel::simulated_as() const { return data_->target.simulated_as; }
std::string Kernel::evidence() const { return data_->target.evidence; }

std::expected<std::vector<Result>, Failure> check(const std::string& file, const Kernel& kernel,
                                                  const Options& options) {
  auto objects = loader::open_file(file);
  if (!objects) return failure(objects.error());
  for (const loader::Object& object : *objects)
    if (auto same = judge::same_byte_order(object, kernel.data().target); !same) return failure(same.error());
  for (const auto& [name, value] : options.constants) {
    bool found = false;
    for (loader::Object& object : *objects) {
      auto set = loader::set_constant(object, name, value);
      if (!set) return failure(set.error());
      found |= *set;
    }
    if (!found) return std::unexpected(Failure{name + ": no object has a constant of this name", EINVAL});
  }
  const Target target = with_config(kernel.data().target, options.kconfig);
  std::vector<Result> out;
  for (const loader::Object& object : *objects)
    for (const loader::ObjectProgram& prog : object.programs) {
      const bool wanted =
          options.programs.empty() || std::ranges::find(options.programs, prog.name) != options.programs.end();
      if (prog.entry && wanted) out.push_back(check_program(object, prog, target, options.explain));
    }
  return out;
}

std::string explain(std::string_view text) {
  const report::Palette& plain = report::palette(false);
  if (auto code = find_code(text)) return report::explain_code(*code, msg_info(*code).topic, plain);
  return report::explain_message(text, plain).value_or("");
}

std::string_view version() { return report::tool_version(); }

}  // namespace bpfcheck::api
