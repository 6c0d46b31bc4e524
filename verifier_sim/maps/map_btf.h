// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map's key and value types: what the kernel checks of them when the map is created (map_check_btf:
// kernel/bpf/syscall.c, 6.18), and that libbpf tries again without them where it refuses (bpf_object__create_map,
// libbpf 1.7).
#pragma once

#include "kernel_db/target.h"
#include "loader/kernel.h"

namespace bpfcheck::sim::maps {

/// Sets has_btf and record; clears the type ids where the map comes to be without BTF. Goes on to the inner map.
void settle_map_btf(loader::MapDef& map, const loader::LoadedBtf& btf, const Target& target);

}  // namespace bpfcheck::sim::maps
