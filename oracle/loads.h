// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs without an object, each to be loaded by the plain system call. A file NAME.loads is lines of words:
 *
 *   btf HEX                                                           the BTF that maps and programs refer to
 *   map NAME TYPE KEY VALUE ENTRIES FLAGS KEY_ID VALUE_ID FROZEN HEX  sizes in bytes; BTF types or 0; what entry 0
 * holds, or - prog NAME TYPE ATTACH_TYPE FLAGS FUNCTIONS HEX                    FUNCTIONS: START:TYPE_ID,... or -;
 * instructions
 *
 * Numbers are decimal. A BPF_LD_IMM64 names a map by the place of its line, from 0. `bpfcheck_differential --write`
 * makes such files.
 */
#pragma once
#include <bpf/bpf.h>
#include <stdbool.h>
#include <stddef.h>

struct raw_program {
  char name[64];
  enum bpf_prog_type type;
  unsigned attach_type, flags, functions;
  size_t insns;
};

bool is_loads(const char* path);

/// Loads each program with its log in `log`, and tells of it: `err` is 0 or the negative errno. False, with a line of
/// standard error, where the file cannot be read or a map not be made.
bool load_each(const char* path, unsigned log_level, char* log, size_t log_size,
               void (*tell)(const char* path, const struct raw_program*, int err));
