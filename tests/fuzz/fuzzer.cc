// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The libFuzzer entry of one target, chosen when it is compiled (FUZZ_TARGET).
#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  bpfcheck::fuzz::FUZZ_TARGET({data, size});
  return 0;
}
