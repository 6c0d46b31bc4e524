// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Native code as the kernel tells of it (bpf_prog_jit_attempt_done, bpf_prog_fill_jited_linfo:
// kernel/bpf/core.c, 6.18).
#include "jit_inspect/native_image.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpfcheck::jit {
namespace {

/// Where each function begins in `xlated`. Without func_info there is one function, or the calls tell.
std::vector<u32> function_starts(const ProgramDump& d) {
  const size_t n = std::max<size_t>(d.info.func_lens.size(), 1);
  std::vector<u32> starts(1, 0);
  if (d.info.func_info.size() >= n) {
    starts.clear();
    for (size_t i = 0; i < n; i++) starts.push_back(d.info.func_info[i].insn_off);
    return starts;
  }
  for (u32 i = 0; i < d.info.xlated.size(); i++) {
    const Insn& insn = d.info.xlated[i];
    if (insn.code == (bpf::JMP | bpf::CALL) && insn.src == bpf::PSEUDO_CALL)
      starts.push_back(i + 1 + static_cast<u32>(static_cast<s32>(insn.off)));
  }
  std::ranges::sort(starts);
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  starts.resize(n, static_cast<u32>(d.info.xlated.size()));
  return starts;
}

class Builder {
 public:
  explicit Builder(const ProgramDump& d) : d_(d) { image_.arch = d.arch; }

  Result<NativeImage> run() {
    const auto& info = d_.info;
    if (info.jited.empty())
      return fail("native code", d_.hidden.empty() ? "the kernel gives none" : d_.hidden.front(), EPERM);
    std::vector<u32> lens = info.func_lens;
    if (lens.empty()) lens.push_back(static_cast<u32>(info.jited.size()));
    const auto starts = function_starts(d_);
    size_t at = 0;
    for (size_t i = 0; i < lens.size(); i++) {
      if (lens[i] > info.jited.size() - at)
        return fail("native code",
                    fmt::format("function {} lies outside the {} bytes that were given", i, info.jited.size()), EINVAL);
      NativeFunction f;
      f.address = i < info.ksyms.size() ? info.ksyms[i] : 0;
      f.symbol = d_.symbol(f.address);
      f.name = function_name(d_, i);
      f.insn_begin = i < starts.size() ? starts[i] : 0;
      f.insn_end = i + 1 < starts.size() && i + 1 < lens.size() ? starts[i + 1] : static_cast<u32>(info.xlated.size());
      const auto from = info.jited.begin() + static_cast<std::ptrdiff_t>(at);
      f.code.assign(from, from + static_cast<std::ptrdiff_t>(lens[i]));
      at += lens[i];
      image_.functions.push_back(std::move(f));
      add_pieces(static_cast<u32>(i));
    }
    return std::move(image_);
  }

 private:
  void add_pieces(u32 function) {
    const NativeFunction& f = image_.functions[function];
    const auto size = static_cast<u32>(f.code.size());
    const size_t first = image_.pieces.size();
    const auto& lines = d_.info.line_info;
    for (size_t i = 0; i < lines.size() && i < d_.info.jited_lines.size(); i++) {
      const u64 address = d_.info.jited_lines[i];
      if (lines[i].insn_off < f.insn_begin || lines[i].insn_off >= f.insn_end || !f.address) continue;
      if (address < f.address || address > f.address + size) continue;
      auto code = static_cast<u32>(address - f.address);
      if (image_.pieces.size() == first)
        code = 0;
      else
        code = std::max(code, image_.pieces.back().code_begin);
      image_.pieces.push_back({function, static_cast<s32>(i), lines[i].insn_off, f.insn_end, code, size});
    }
    if (image_.pieces.size() == first) image_.pieces.push_back({function, -1, f.insn_begin, f.insn_end, 0, size});
    image_.pieces[first].insn_begin = f.insn_begin;
    for (size_t i = first; i + 1 < image_.pieces.size(); i++) {
      image_.pieces[i].insn_end = image_.pieces[i + 1].insn_begin;
      image_.pieces[i].code_end = image_.pieces[i + 1].code_begin;
    }
  }

  const ProgramDump& d_;
  NativeImage image_;
};

}  // namespace

std::string function_name(const ProgramDump& d, size_t i) {
  if (!d.btf || i >= d.info.func_info.size()) return "";
  const btf::Type t = d.btf->type(d.info.func_info[i].type_id);
  return t.is(btf::Kind::Func) ? std::string(t.name()) : "";
}

std::string program_name(const ProgramDump& d) {
  if (!d.full_name.empty()) return d.full_name;
  const std::string name = function_name(d, 0);
  return name.empty() ? d.info.name : name;
}

Result<NativeImage> image_from_kernel(const ProgramDump& dump) { return Builder(dump).run(); }

}  // namespace bpfcheck::jit
