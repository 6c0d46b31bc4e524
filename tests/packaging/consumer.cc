// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A user of the installed library: consumer OBJECT BTF prints a line a program.
#include <bpfcheck/bpfcheck.h>

#include <iostream>

int main(int argc, char** argv) {
  namespace api = bpfcheck::api;
  if (argc != 3) return 2;
  auto kernel = api::Kernel::open(argv[2]);
  if (!kernel) {
    std::cerr << kernel.error().message << "\n";
    return 2;
  }
  auto results = api::check(argv[1], *kernel);
  if (!results) {
    std::cerr << results.error().message << "\n";
    return 2;
  }
  for (const api::Result& r : *results)
    std::cout << r.program << " " << (r.verdict == api::Verdict::accept ? "accept" : "reject") << " " << r.processed
              << " " << r.rule << " " << r.line << "\n";
  return api::explain("R1 offset is outside of the packet").contains("OutsidePacket") && api::version() == "0.1.0" ? 0
                                                                                                                   : 1;
}
