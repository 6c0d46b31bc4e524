// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_answer.h.
#include "report/kernel_answer.h"

#include <fmt/format.h>

#include <cstring>

namespace bpfcheck::report {
namespace {

std::string words(const KernelAnswer& k) {
  const char* error = k.errnum ? strerrordesc_np(k.errnum) : nullptr;
  if (k.message.empty()) return error ? error : "no words";
  return error ? fmt::format("{} ({})", k.message, error) : k.message;
}

}  // namespace

const char* verdict_text(KernelAnswer::Verdict v) {
  switch (v) {
    case KernelAnswer::Verdict::Accept:
      return "accept";
    case KernelAnswer::Verdict::Reject:
      return "reject";
    default:
      return "not asked";
  }
}

std::string to_text(const KernelAnswer& k, const std::string& ours, const Palette& p) {
  if (k.verdict == KernelAnswer::Verdict::NotAsked)
    return fmt::format("  {}kernel{}    not asked: {}\n", p.mark, p.end, k.why_not);
  std::string out = fmt::format("  {}kernel{}    ", p.mark, p.end);
  if (k.verdict == KernelAnswer::Verdict::Accept)
    out += fmt::format("{}accept{}", p.good, p.end);
  else
    out += fmt::format("{}reject{}: {}", p.bad, p.end, words(k));
  if (k.log.processed >= 0) out += fmt::format("  ({} processed, {} microseconds)", k.log.processed, k.log.usec);
  out += '\n';
  if (!k.differs && !k.other_words) return out;
  out += fmt::format("  {}{}{}   simulated: {}\n", p.warn, k.differs ? "differs" : "wording", p.end, ours);
  if (const auto& d = k.first_difference)
    out += fmt::format("      the logs part at line {}:\n        simulated  {}\n        kernel     {}\n", d->line,
                       d->left.empty() ? "(ends)" : d->left, d->right.empty() ? "(ends)" : d->right);
  return out;
}

}  // namespace bpfcheck::report
