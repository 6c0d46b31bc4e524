// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See call_chain.h.
#include "report/call_chain.h"

#include <algorithm>
#include <optional>

#include "report/source.h"

namespace bpfcheck::report {
namespace {

class Chains {
 public:
  Chains(const loader::LinkedProgram& prog, const std::vector<u32>& depths)
      : prog_(prog), depths_(depths), best_(prog.func_info.size()) {}

  std::vector<ChainLink> from_main() {
    std::vector<ChainLink> out;
    s64 call = -1;
    for (std::optional<size_t> f = 0; f && *f < best_.size() && out.size() <= best_.size();) {
      const Best b = best(*f);
      out.push_back({function_of(prog_, prog_.func_info[*f].insn_off), *f < depths_.size() ? depths_[*f] : 0, call});
      call = b.call;
      f = b.callee;
    }
    return out;
  }

 private:
  struct Best {
    u64 weight = 0;
    std::optional<size_t> callee;
    s64 call = -1;
    bool done = false, open = false;
  };

  u64 weight(size_t function) const {
    return function < depths_.size() ? (std::max(depths_[function], 1u) + 31) / 32 * 32 : 1;
  }

  std::optional<size_t> starting_at(s64 insn) const {
    auto it = std::ranges::find(prog_.func_info, insn, [](const auto& f) { return s64{f.insn_off}; });
    return it == prog_.func_info.end() ? std::nullopt
                                       : std::optional(static_cast<size_t>(it - prog_.func_info.begin()));
  }

  /// Calls that come back to a function that is being looked at are left out: recursion is refused before.
  Best best(size_t function) {
    Best& b = best_[function];
    if (b.done || b.open) return b;
    b.open = true;
    u64 below = 0;
    const size_t end =
        function + 1 < prog_.func_info.size() ? prog_.func_info[function + 1].insn_off : prog_.insns.size();
    for (size_t i = prog_.func_info[function].insn_off; i < end && i < prog_.insns.size(); i++) {
      const Insn& insn = prog_.insns[i];
      const bool call = insn.cls() == bpf::JMP && insn.op() == bpf::CALL && insn.src == bpf::PSEUDO_CALL;
      const bool taken = insn.code == bpf::LD_IMM64 && insn.src == bpf::PSEUDO_FUNC;
      const auto callee = call || taken ? starting_at(static_cast<s64>(i) + insn.imm + 1) : std::nullopt;
      if (!callee || best_[*callee].open) continue;
      if (const u64 w = best(*callee).weight; w > below) {
        below = w;
        b.callee = callee;
        b.call = static_cast<s64>(i);
      }
    }
    b.weight = weight(function) + below;
    b.open = false;
    b.done = true;
    return b;
  }

  const loader::LinkedProgram& prog_;
  const std::vector<u32>& depths_;
  std::vector<Best> best_;
};

}  // namespace

std::vector<ChainLink> heaviest_chain(const loader::LinkedProgram& prog, const std::vector<u32>& depths) {
  return prog.func_info.empty() ? std::vector<ChainLink>{} : Chains(prog, depths).from_main();
}

}  // namespace bpfcheck::report
