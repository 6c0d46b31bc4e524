// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See state.h.
#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

void State::copy_from(const State& src) {
  for (u32 i = 0; i < MAX_CALL_FRAMES; i++) {
    if (i > src.curframe || !src.frame[i]) {
      frame[i].reset();
    } else if (frame[i]) {
      *frame[i] = *src.frame[i];
    } else {
      frame[i] = std::make_unique<Frame>(*src.frame[i]);
    }
  }
  static_cast<StateFacts&>(*this) = src;
}

}  // namespace bpfcheck::sim
