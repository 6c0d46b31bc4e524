// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See state.h.
#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

std::unique_ptr<State> State::copy() const {
  auto st = std::make_unique<State>();
  static_cast<StateFacts&>(*st) = *this;
  for (u32 i = 0; i <= curframe; i++) st->frame[i] = std::make_unique<Frame>(*frame[i]);
  return st;
}

}  // namespace bpfcheck::sim
