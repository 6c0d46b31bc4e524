// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the running kernel offers, learned by asking it: the smallest program of each type, the smallest map of each
// type, one call of each helper from each type (libbpf_probe_bpf_*: libbpf 1.7, with real attach targets in place of
// its special cases).
#pragma once

#include "kernel_db/feature_list.h"

namespace bpfcheck::loader {

/// `target` is the running kernel's: it names what there is to ask for. Errors: what this process may not do.
Result<FeatureList> probe_kernel(const Target& target);

}  // namespace bpfcheck::loader
