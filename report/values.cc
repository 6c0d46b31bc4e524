// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See values.h.
#include "report/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "report/document.h"

namespace bpfcheck::report {

std::string tried_words(const judge::Judgement& j) {
  std::string out;
  for (const judge::Tried& t : j.tried)
    out += fmt::format("{}{}={}", out.empty() ? "alike with " : ", ", t.name, fmt::join(t.values, "|"));
  return out;
}

void put_values(nlohmann::ordered_json& out, const judge::Judgement& j) {
  for (const judge::Tried& t : j.tried) out["tried"].push_back({{"name", t.name}, {"values", t.values}});
  if (!j.decides) return;
  out["decides"] = {{"name", j.decides->name}};
  for (const auto& o : j.decides->outcomes)
    out["decides"]["outcomes"].push_back({{"value", o.value}, {"verdict", kind_text(o.kind)}, {"message", o.message}});
}

}  // namespace bpfcheck::report
