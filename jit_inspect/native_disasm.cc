// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See native_disasm.h.
#include "jit_inspect/native_disasm.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

#include "jit_inspect/arm64_atomics.h"

namespace bpfcheck::jit {
namespace {

/// "0xffffffff81234567", "#0xffff8000"; nothing for an operand that is no plain address.
std::optional<u64> plain_address(std::string_view operand) {
  if (operand.starts_with('#')) operand.remove_prefix(1);
  if (!operand.starts_with("0x")) return std::nullopt;
  u64 v = 0;
  auto [p, ec] = std::from_chars(operand.data() + 2, operand.data() + operand.size(), v, 16);
  return ec == std::errc() && p == operand.data() + operand.size() ? std::optional(v) : std::nullopt;
}

class Disassembler {
 public:
  ~Disassembler() {
    if (open_) cs_close(&handle_);
  }
  bool open(Arch arch) {
    if (arch == Arch::x86_64)
      open_ = cs_open(CS_ARCH_X86, CS_MODE_64, &handle_) == CS_ERR_OK;
    else if (arch == Arch::arm64)
      open_ = cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle_) == CS_ERR_OK;
    unit_ = arch == Arch::arm64 ? 4 : 1;
    return open_;
  }

  std::vector<NativeInsn> run(Bytes code, u64 address, const std::function<std::string(u64)>& symbol) {
    std::vector<NativeInsn> out;
    const std::unique_ptr<cs_insn, void (*)(cs_insn*)> insn(cs_malloc(handle_), [](cs_insn* i) { cs_free(i, 1); });
    const u8* at = code.data();
    size_t left = code.size();
    u64 pc = address;
    while (left) {
      const auto offset = static_cast<u32>(code.size() - left);
      if (cs_disasm_iter(handle_, &at, &left, &pc, insn.get())) {
        out.push_back({offset, insn->size, text(*insn, address, code.size(), symbol), true});
        continue;
      }
      const auto n = static_cast<u32>(std::min<size_t>(unit_, left));
      std::string known = unit_ == 4 && n == 4 ? arm64_atomic(load_as<u32>(at, Endian::little)) : "", bytes;
      for (u32 i = 0; i < n; i++) bytes += fmt::format("{}{:#04x}", i ? ", " : "", at[i]);
      out.push_back({offset, n, known.empty() ? ".byte " + bytes : known, !known.empty()});
      at += n;
      left -= n;
      pc += n;
    }
    return out;
  }

 private:
  static std::string text(const cs_insn& i, u64 begin, size_t size, const std::function<std::string(u64)>& symbol) {
    std::string out = i.mnemonic;
    if (i.op_str[0]) out += fmt::format(" {}", i.op_str);
    const auto to = plain_address(i.op_str);
    if (!to) return out;
    // Within the function a jump's target reads as an offset, as the listing's own.
    if (*to >= begin && *to < begin + size) return fmt::format("{} {:#x}", i.mnemonic, *to - begin);
    if (const std::string name = symbol(*to); !name.empty()) out += fmt::format(" <{}>", name);
    return out;
  }

  csh handle_ = 0;
  bool open_ = false;
  u32 unit_ = 1;
};

}  // namespace

Result<std::vector<NativeInsn>> disassemble_native(Arch arch, Bytes code, u64 address,
                                                   const std::function<std::string(u64)>& symbol) {
  Disassembler d;
  if (!d.open(arch)) return fail("native code", "disassembly knows x86-64 and arm64 only", ENOTSUP);
  return d.run(code, address, symbol);
}

}  // namespace bpfcheck::jit
