// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/case.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdio>
#include <fstream>

#include "differential/code.h"

namespace bpfcheck::differential {
namespace {

std::string notation(const Program& p, size_t at) {
  Program one;
  one.insns.assign(p.insns.begin() + static_cast<std::ptrdiff_t>(at), p.insns.end());
  std::string s = listing(one);
  s = s.substr(0, s.find('\n'));
  return s.substr(s.find(": ") + 2);
}

Result<ProgType> type_named(const std::string& name, const std::string& path) {
  for (u32 t = 0; t <= static_cast<u32>(ProgType::NETFILTER); t++)
    if (name == prog_type_name(static_cast<ProgType>(t))) return static_cast<ProgType>(t);
  return fail(path, "no program type is named " + name);
}

Result<Func> func_named(const std::string& name, const std::string& path) {
  for (u8 f = 0; f < static_cast<u8>(Func::count); f++)
    if (types()->type(func_type_id(static_cast<Func>(f))).name() == name) return static_cast<Func>(f);
  return fail(path, "no function is named " + name);
}

}  // namespace

std::string running_kernel() {
  utsname u{};
  uname(&u);
  const std::string release = u.release;
  return release.substr(0, release.find('-')) + " " + u.machine;
}

std::string write_case(const Program& p, const Outcome& k, const std::string& kernel_name, const std::string& about) {
  std::string s = about;
  s += fmt::format("kernel: {}\ntype: {}\nflags: {:#x}\n", kernel_name, prog_type_name(p.type), p.flags);
  if (p.unprivileged) s += "capabilities: bpf net_admin\n";
  for (const auto& f : p.functions)
    s += fmt::format("function: {} {}\n", f.start, types()->type(func_type_id(f.func)).name());
  s += fmt::format("verdict: {}\nerrno: {}\nprocessed: {}\nstates: {}\nmessage: {}\nprogram:\n",
                   k.kind == Outcome::Kind::accept ? "accept" : "reject", k.errnum, k.processed, k.states, k.message);
  for (size_t i = 0; i < p.insns.size(); i++) {
    const Insn& n = p.insns[i];
    const bool second = i && p.insns[i - 1].code == bpf::LD_IMM64;
    s += fmt::format("{:02x} {:x} {:x} {} {}  ; {}{}\n", n.code, static_cast<int>(n.dst), static_cast<int>(n.src),
                     n.off, n.imm, i, second ? "" : ": " + notation(p, i));
  }
  return s;
}

Result<Case> read_case(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(path, "cannot be read", ENOENT);
  Case c;
  bool program = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    if (line[0] == '#') {
      c.about += line + "\n";
      continue;
    }
    if (program) {
      unsigned code, dst, src;
      int off, imm;
      if (std::sscanf(line.c_str(), "%x %x %x %d %d", &code, &dst, &src, &off, &imm) != 5)
        return fail(path, "no instruction: " + line);
      c.program.insns.push_back(insn(static_cast<int>(code), static_cast<int>(dst), static_cast<int>(src), off, imm));
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string::npos) return fail(path, "neither 'name: value' nor an instruction: " + line);
    const std::string name = line.substr(0, colon), value = colon + 2 <= line.size() ? line.substr(colon + 2) : "";
    auto number = [&] { return std::strtoll(value.c_str(), nullptr, 0); };
    if (name == "program")
      program = true;
    else if (name == "type") {
      BPFCHECK_ASSIGN(c.program.type, type_named(value, path));
    } else if (name == "flags")
      c.program.flags = static_cast<u32>(number());
    else if (name == "capabilities")
      c.program.unprivileged = value == "bpf net_admin";
    else if (name == "function") {
      const auto space = value.find(' ');
      BPFCHECK_ASSIGN(const Func f, func_named(space == std::string::npos ? "" : value.substr(space + 1), path));
      c.program.functions.push_back({static_cast<u32>(number()), f});
    } else if (name == "verdict")
      c.kernel.kind = value == "accept" ? Outcome::Kind::accept : Outcome::Kind::reject;
    else if (name == "errno")
      c.kernel.errnum = static_cast<int>(number());
    else if (name == "processed")
      c.kernel.processed = number();
    else if (name == "states")
      c.kernel.states = number();
    else if (name == "message")
      c.kernel.message = value;
    else if (name != "kernel")
      return fail(path, "unknown field " + name);
  }
  if (c.program.insns.empty()) return fail(path, "no program");
  return c;
}

}  // namespace bpfcheck::differential
