// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What registers and stack slots may hold of the addresses of frames, found before paths are explored (struct
// arg_track, arg_track_xfer, arg_track_join: kernel/bpf/liveness.c, 7.2).
#pragma once

#include <array>

#include "verifier_sim/program/program.h"
#include "verifier_sim/state/frame.h"

namespace bpfcheck::sim {

/// A value with respect to frame pointers. The lattice: up to four places in one frame; somewhere in one frame;
/// somewhere in one of several frames.
struct FpTrack {
  static constexpr s8 None = -1;       ///< no address of a frame
  static constexpr s8 Unvisited = -2;  ///< no way has come here yet
  static constexpr s8 Imprecise = -3;  ///< in one of the frames in `mask`
  static constexpr u8 max_offsets = 4;

  s8 frame = None;  ///< by depth of call, or one of the above
  u8 off_cnt = 0;   ///< how many of `off` count; 0: somewhere in the frame
  u16 mask = 0;
  std::array<s16, max_offsets> off{};  ///< bytes from the frame's end, ascending

  bool visited() const { return frame != Unvisited; }
  bool is_fp() const { return frame >= 0 || frame == Imprecise; }
  bool operator==(const FpTrack& o) const;

  static FpTrack at(s8 frame, s16 off) { return {frame, 1, 0, {off}}; }
  static FpTrack somewhere_in(u16 mask) { return {Imprecise, 0, mask, {}}; }
};

/// The value where two ways meet.
FpTrack join(const FpTrack& a, const FpTrack& b);
/// Moves every place by `delta`; somewhere in the frame where one leaves 16 bits.
void move_by(FpTrack& t, s64 delta);

/// Slots fp-8 to fp-512.
using FpStack = std::array<FpTrack, bpf::MAX_STACK / bpf::REG_SIZE>;

struct FpState {
  std::array<FpTrack, bpf::MAX_REG> regs;
  FpStack stack;
  bool visited() const { return regs[0].visited() || regs[1].visited(); }
};

/// What instruction `insn_idx` of a subprogram called `depth` deep does to them. `outer`: what the stack of each frame
/// above holds where it calls; null where it is not known.
void track_frame_pointers(const Program& prog, u32 insn_idx, u32 depth,
                          const std::array<const FpStack*, MAX_CALL_FRAMES>& outer, FpState& state);

}  // namespace bpfcheck::sim
