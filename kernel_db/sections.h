// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Section names and the programs they declare (section_defs: tools/lib/bpf/libbpf.c, libbpf 1.7).
#pragma once

#include <span>
#include <string_view>

#include "kernel_db/uapi.h"

namespace bpfcheck {

enum SectionFlag : u32 {
  attach_opt = 1,
  attachable = 2,
  attach_btf = 4,
  sleepable = 8,
  xdp_frags = 16,
  usdt = 32,
};

struct SectionDef {
  std::string_view name;
  ProgType type;
  u32 attach_type;  ///< 0 where none is expected
  u32 flags;        ///< SectionFlag
};

/// Every definition, in libbpf's order.
std::span<const SectionDef> section_defs();

/// The definition that a section name (without a leading '?') matches; nullptr for an unknown one.
const SectionDef* find_section_def(std::string_view section);

}  // namespace bpfcheck
