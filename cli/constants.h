// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// --rodata and --rodata-matrix: values of global constants, for which the verifier takes other branches.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "loader/object.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

struct ConstantOptions {
  std::vector<std::string> values;  ///< NAME=VALUE
  std::vector<std::string> matrix;  ///< NAME=VALUE,VALUE...; "true": those that the configuration declares
};

void declare_constants(CLI::App& command, ConstantOptions& opts);

using Assignment = std::pair<std::string, std::string>;
/// What is set in one turn.
struct Variant {
  std::vector<Assignment> assignments;
  std::string words;  ///< of the matrix' variables: "debug=1 cpus=4"
};
/// At least one. Errors: no NAME=VALUE, no matrix where one is asked for, over 1024 combinations.
Result<std::vector<Variant>> variants_of(const ConstantOptions& opts);

/// Sets them in the object; `found[i]` becomes true where the object has the i-th.
Result<void> apply(const Variant& variant, loader::Object& object, std::vector<bool>& found);

}  // namespace bpfcheck::cli
