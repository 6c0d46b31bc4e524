// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Formats of bpf_snprintf. What is valid was asked of Linux 6.18.44: a program for each row, loaded.
#include "verifier_sim/calls/format.h"

#include <gtest/gtest.h>

namespace bpfcheck::sim {
namespace {

struct Row {
  const char* format;
  u64 args;
  bool valid;
};

constexpr Row rows[] = {
    {"words", 0, true},
    {"%d %i %u %x", 4, true},
    {"%ld %llu %lx %llX", 4, true},
    {"%08d %-5u %+3x % 7lld", 4, true},
    {"100%% %d", 1, true},
    {"%d %d", 1, false},
    {"%d", 4, true},
    {"%c%c", 2, true},
    {"%s %pks %pus", 3, true},
    {"%8s,%-3s.", 2, true},
    {"%sx", 1, false},
    {"%p %px %pK %pB", 4, true},
    {"%pxx%pKK", 2, true},
    {"%ps %pS", 2, true},
    {"%pI4 %pi6 %pI6", 3, true},
    {"%pI5", 1, false},
    {"%pz", 1, false},
    {"%o", 1, false},
    {"%f", 1, false},
    {"%hd", 1, false},
    {"%llld", 1, false},
    {"%.3d", 1, false},
    {"%d %", 2, false},
    {"%l", 2, false},
    {"%", 1, false},
    {"\xc3\xa4 %d", 1, true},
    {"%\xc3\xa4", 1, false},
    {"%s\xc3\xa4", 1, false},
    {"%s\xa0", 1, true},
    {"%s\xa7", 1, true},
    {"\x01%d", 1, false},
    {"\t%d\n", 1, true},
    {"\x7f", 0, false},
};

TEST(Format, AsTheKernelDecides) {
  for (const Row& r : rows) EXPECT_EQ(valid_format(r.format, r.args), r.valid) << r.format;
}

}  // namespace
}  // namespace bpfcheck::sim
