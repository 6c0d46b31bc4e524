// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// CO-RE relocations in words: what is asked of which field, and what a target has in place of what it lacks.
#pragma once

#include <string>
#include <vector>

#include "core_reloc/spec.h"

namespace bpfcheck::core_reloc {

/// What a relocation asks: "byte offset", "existence", "value".
std::string_view question_words(Kind k);
/// "struct task_struct.se.vruntime", "struct task_struct.comm[3]", "enum bpf_map_type::BPF_MAP_TYPE_HASH", "typedef
/// pid_t".
std::string path_words(const Spec& spec);
/// The type of the field at a path's end, "unsigned char *"; "" where there is no field.
std::string field_type_words(const Spec& spec);

struct Missing {
  std::string what;                  ///< "struct task_struct has no member 'rss'"; "" where nothing is missing
  std::vector<std::string> closest;  ///< names that the target has, the most alike first
};

/// Why a path does not lead through a target.
Missing why_missing(const Spec& local, const btf::Btf& target);

}  // namespace bpfcheck::core_reloc
