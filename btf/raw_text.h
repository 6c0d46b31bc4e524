// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BTF as a listing of its types, a line or more each: what `bpftool btf dump` prints as raw and, with -j, as JSON.
#pragma once

#include <string>

#include "btf/btf.h"

namespace bpfcheck::btf {

/// The types of its own (without the base's), as `bpftool btf dump file F format raw`.
std::string raw_text(const Btf& btf);
/// The same as `bpftool -j btf dump file F`, one line.
std::string json_text(const Btf& btf);

}  // namespace bpfcheck::btf
