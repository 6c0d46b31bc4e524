// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// libbpf's own error numbers, above the system's (enum libbpf_errno, libbpf 1.7), where it gives them for an object.
#pragma once

namespace bpfcheck::loader {

inline constexpr int LIBBPF_ERRNO_FORMAT = 4001;  ///< a file that it cannot read
inline constexpr int LIBBPF_ERRNO_RELOC = 4005;   ///< a relocation that it cannot resolve

}  // namespace bpfcheck::loader
