// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One target with single facts of another: what a kernel would answer if it had just that.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kernel_db/target.h"

namespace bpfcheck {

/// A fact by which targets differ.
struct Difference {
  enum class Kind : u8 {
    Feature,  ///< a row of kernel_db/features.def
    Helper,   ///< who may call it, and its prototype
    Kfuncs,   ///< which kernel functions are registered, and for whom
    Offers,   ///< types and flags of programs and maps
    Tables,   ///< what other tables have by version: fields of contexts, hooks
    Types,    ///< BTF of vmlinux and modules
    Facts,    ///< configuration, symbols
    Machine,  ///< architecture, processors, JIT
  } kind;
  u32 index = 0;  ///< of Feature; number of Helper
  bool operator==(const Difference&) const = default;
};

/// All by which they differ, of helpers those that are asked about; what is narrower comes first.
std::vector<Difference> differences_of(const Target& a, const Target& b, std::span<const u32> helpers);

/// `base` with these facts as `other` has them; a feature goes where what it rests on goes.
Target blended(const Target& base, const Target& other, std::span<const Difference> facts);

/// The helpers of `base`, some of them as `other` has them.
std::shared_ptr<const HelperTable> blended_helpers(const Target& base, const Target& other,
                                                   std::span<const u32> helpers);

/// The line that brought a helper ("bpf_loop": 5.17); 0 where it is older than all lines that are known.
u32 helper_line(u32 id);

}  // namespace bpfcheck
