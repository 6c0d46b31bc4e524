// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known of a kernel beyond its BTF: its configuration, its symbols, what it refuses whatever the program is. Of
// the running kernel all of it can be found out (loader/running_kernel.h); of another only what files tell (--kconfig,
// --kallsyms).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "kernel_db/uapi.h"

namespace bpfcheck {

/// "CONFIG_HZ" -> "250", "CONFIG_X" -> "y", "CONFIG_S" -> "\"text\"". An option that is not set is absent.
using Kconfig = std::map<std::string, std::string, std::less<>>;

/// Lines CONFIG_X=value; others are passed over.
Kconfig parse_kconfig(std::string_view text);

enum class Lockdown : u8;
/// The lockdown that a kernel of this configuration boots with.
Lockdown boot_lockdown(const Kconfig& config);

/// A kernel's symbols by name, as /proc/kallsyms and System.map list them. Read when first asked.
class SymbolTable {
 public:
  using Reader = std::function<Result<std::string>()>;
  explicit SymbolTable(Reader read) : read_(std::move(read)) {}

  struct Symbol {
    u64 address;
    char type;  ///< as nm(1) has it: 'T', 'd', ...
  };
  /// Every symbol of that name; where a compiler has made a static variable unique ("name.llvm.123"), by the name
  /// before it.
  const std::vector<Symbol>& find(std::string_view name) const;
  /// kallsyms_lookup_name finds it.
  bool has(std::string_view name) const { return !find(name).empty(); }
  /// False where the list cannot be read: then nothing is known.
  bool known() const { return text().has_value(); }

 private:
  const std::optional<std::string>& text() const;
  Reader read_;
  mutable std::once_flag once_;
  mutable std::optional<std::string> text_;
  mutable std::mutex found_mutex_;
  mutable std::unordered_map<std::string, std::vector<Symbol>> found_;
};

/// A kind of program that a kernel's policy (a security module, a lockdown) keeps from its verifier.
struct RefusedProgram {
  ProgType type;
  u32 attach_type;
  int errnum;
};

/// How far the kernel is closed to its own root (security/lockdown).
enum class Lockdown : u8 { none, integrity, confidentiality };

struct KernelFacts {
  std::string source;  ///< for reports: "the running kernel", a file
  u32 version = 0;     ///< LINUX_KERNEL_VERSION, as libbpf finds it; 0 unknown
  std::optional<Kconfig> config;
  std::shared_ptr<const SymbolTable> symbols;  ///< null: unknown
  bool symbols_at_hand = false;                ///< they are read: to look one up costs next to nothing
  std::vector<RefusedProgram> refused;
  Lockdown lockdown = Lockdown::none;

  /// The errno with which programs of this kind are refused before the verifier; 0 where they are not.
  int refusal(ProgType type, u32 attach_type) const;
};

}  // namespace bpfcheck
