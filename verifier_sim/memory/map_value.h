// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accesses to map values: permission by map flags, bounds, special fields within, contents of read-only maps.
// As check_map_access_type, check_map_access, bpf_map_is_rdonly, bpf_map_direct_read, kernel/bpf/verifier.c, 6.18.
#pragma once

#include <span>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Who accesses memory (enum bpf_access_src).
enum AccessSrc : u8 { ACCESS_DIRECT = 1, ACCESS_HELPER = 2 };

int check_map_access_type(Env& env, u32 regno, int off, int size, AccessType type);
int check_map_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed, AccessSrc src);

/// The map's contents cannot change any more: read-only for programs, and frozen.
bool bpf_map_is_rdonly(const Map* map);
/// The map type has map_direct_value_addr.
bool map_has_direct_value(const Map* map);
/// map_direct_value_addr of an array map: the bytes of its only value that the object gives, from its start (what
/// follows them is zero). -EINVAL where off lies outside the value, -524 (ENOTSUPP) where the map has several.
int map_direct_value_addr(const Map* map, std::span<const u8>* value, u32 off);
int bpf_map_direct_read(const Env& env, const Map* map, int off, int size, u64* val, bool is_ldsx);

}  // namespace bpfcheck::sim
