// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See constants.h.
#include "cli/constants.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>

#include "loader/constants.h"

namespace bpfcheck::cli {
namespace {

constexpr size_t most_variants = 1024;

Result<Assignment> assignment(const std::string& text, const char* option) {
  const auto eq = text.find('=');
  if (eq == 0 || eq == std::string::npos) return fail(fmt::format("{} {}", option, text), "write NAME=VALUE", EINVAL);
  return Assignment{text.substr(0, eq), text.substr(eq + 1)};
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    out.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

}  // namespace

void declare_constants(CLI::App& command, ConstantOptions& opts) {
  command
      .add_option("--rodata", opts.values,
                  "NAME=VALUE: check with this value of a global constant (const volatile);\nNAME may be config.mode "
                  "or table[3]; repeat for several")
      ->allow_extra_args(false);
  command.add_flag("--rodata-matrix", opts.matrix,
                   "check every combination of the values in the configuration's [rodata-matrix];\nor "
                   "--rodata-matrix=NAME=VALUE,VALUE... for values given here");
}

Result<std::vector<Variant>> variants_of(const ConstantOptions& opts) {
  Variant fixed;
  for (const std::string& text : opts.values) {
    BPFCHECK_ASSIGN(Assignment a, assignment(text, "--rodata"));
    fixed.assignments.push_back(std::move(a));
  }
  std::vector<Variant> out{fixed};
  std::vector<std::string> matrix;
  for (const std::string& text : opts.matrix)
    if (text != "true" && std::ranges::find(matrix, text) == matrix.end()) matrix.push_back(text);
  if (matrix.empty() && !opts.matrix.empty())
    return fail("--rodata-matrix",
                "the configuration has no [rodata-matrix]; give one, or write --rodata-matrix=NAME=VALUE,VALUE",
                EINVAL);
  for (const std::string& text : matrix) {
    BPFCHECK_ASSIGN(const Assignment a, assignment(text, "--rodata-matrix"));
    std::vector<Variant> next;
    for (const Variant& v : out) {
      for (const std::string& value : split(a.second)) {
        if (next.size() == most_variants)
          return fail("--rodata-matrix", fmt::format("there are more than {} combinations", most_variants), EINVAL);
        next.push_back(v);
        next.back().assignments.emplace_back(a.first, value);
        next.back().words += fmt::format("{}{}={}", v.words.empty() ? "" : " ", a.first, value);
      }
    }
    out = std::move(next);
  }
  return out;
}

Result<void> apply(const Variant& variant, loader::Object& object, std::vector<bool>& found) {
  found.resize(variant.assignments.size());
  for (size_t i = 0; i < found.size(); i++) {
    const auto& [name, value] = variant.assignments[i];
    BPFCHECK_ASSIGN(const bool has, loader::set_constant(object, name, value));
    if (has) found[i] = true;
  }
  return {};
}

}  // namespace bpfcheck::cli
