// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpfcheck as a library: would these BPF programs load on that kernel, and if not, why? Needs neither that kernel nor
// root.
//
//     auto kernel = bpfcheck::api::Kernel::open("target.btf");
//     auto results = bpfcheck::api::check("prog.bpf.o", *kernel);
//     for (const auto& r : *results) std::cout << r.program << ": " << r.message << "\n";
//
// With CMake: find_package(bpfcheck) and link bpfcheck::bpfcheck; otherwise pkg-config bpfcheck. C++23. Nothing here
// throws, and objects may be used from several threads as long as no two use the same one.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bpfcheck::api {

/// What went wrong with the input itself. `message` names it; `errnum` is the errno that the kernel or libbpf would
/// give, 0 for none.
struct Failure {
  std::string message;
  int errnum = 0;
};

/// A kernel to check against, by its BTF.
class Kernel {
 public:
  /// BTF, an ELF file with .BTF (vmlinux), a bzImage, or any of them compressed or in an archive. `version` ("6.12",
  /// "6.18.15") overrides the kernel line and release that the BTF is taken for.
  static std::expected<Kernel, Failure> open(const std::string& path, std::string_view version = {});
  /// The running kernel.
  static std::expected<Kernel, Failure> running();

  std::string name() const;  ///< "6.18 (x86-64)"
  /// "7.3": the line by whose rules programs are judged, where there are none for this kernel; else "".
  std::string simulated_as() const;
  std::string evidence() const;  ///< why it is taken for that line

  Kernel(Kernel&&) noexcept;
  Kernel& operator=(Kernel&&) noexcept;
  ~Kernel();

  struct Data;
  const Data& data() const { return *data_; }

 private:
  explicit Kernel(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

enum class Verdict {
  accept,
  reject,
  unsupported,  ///< the program does something that bpfcheck does not model: no verdict
};

/// A fact that the kernel's BTF does not tell, with the values that it may have. The first is that of the figures.
struct Tried {
  std::string name;                 ///< "CONFIG_HZ", a symbol, "kernel image", "CPUs"
  std::vector<std::string> values;  ///< "250"; "not set", "absent"
};

/// The answer about one program.
struct Result {
  std::string object, program, section, type;
  Verdict verdict = Verdict::accept;
  int errnum = 0;           ///< of the refusal, positive
  std::string rule;         ///< stable name of why: "OutsidePacket"; "" where accepted
  std::string message;      ///< the kernel's last words, or libbpf's; for `unsupported` what is not modelled
  std::string explanation;  ///< reason, place, causal path and suggestion, in lines; "" where there is none
  std::string file;         ///< source of the refused instruction; "" where not known
  std::uint32_t line = 0;
  std::uint32_t instructions = 0;  ///< length of the program
  std::uint32_t processed = 0;     ///< instructions that the verifier went through
  std::vector<Tried> tried;        ///< the verdict is the same with each of these
  /// Where the verdict differs by such a fact it is `unsupported`, and `message` has both outcomes: its name.
  std::string decides;
};

struct Options {
  std::vector<std::string> programs;             ///< only those of these names; empty: all
  std::map<std::string, std::string> constants;  ///< values of `const volatile` variables
  std::map<std::string, std::string> kconfig;    ///< "CONFIG_HZ" -> "250", for kconfig externs
  bool explain = true;                           ///< fill Result::explanation
};

/// Every program of a BPF object, or of the objects that an executable embeds. Fails where the file cannot be read as
/// such, or a constant is in none of its objects.
std::expected<std::vector<Result>, Failure> check(const std::string& file, const Kernel& kernel,
                                                  const Options& options = {});

/// What a rejection code or a message of any kernel means, with an example; "" where it is not known.
std::string explain(std::string_view code_or_message);

/// Version of this library: "0.1.0".
std::string_view version();

}  // namespace bpfcheck::api
