// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds what bpfcheck links against what libbpf links, instruction by instruction, just before the program would go to
// the kernel.
//
//   libbpf_diff --btf FILE [--kallsyms FILE] [--kconfig FILE] [--record FILE] [--old] OBJECT...
//
// Every program of every object is loaded by libbpf into a kernel that says yes to everything (fake_kernel.h), and
// linked by bpfcheck. Prints each difference; exit status 1 where there is one. --record writes down libbpf's side
// instead. --old makes that kernel as limited as Linux 5.4, and compares the BTF that programs go with.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>

#include "btf/decompress.h"
#include "btf/raw_text.h"
#include "btf/source.h"
#include "fake_kernel.h"
#include "judge/judge.h"
#include "kernel_db/kernel_facts.h"
#include "loader/load/ctx_args.h"
#include "loader/load/object_btf.h"
#include "support/linked_row.h"

namespace bpfcheck::test {
namespace {

std::string first_warning;

int on_print(libbpf_print_level level, const char* format, va_list ap) {
  if (level != LIBBPF_WARN || !first_warning.empty()) return 0;
  char line[1024];
  std::vsnprintf(line, sizeof line, format, ap);
  first_warning = line;
  while (first_warning.ends_with('\n')) first_warning.pop_back();
  return 0;
}

struct CloseObject {
  void operator()(bpf_object* o) const { bpf_object__close(o); }
};
using ObjectPtr = std::unique_ptr<bpf_object, CloseObject>;

/// What libbpf makes of a program, or why it makes nothing.
struct Outcome {
  std::optional<Row> row;
  std::vector<u8> btf;
  int err = 0;
  std::string words;
};

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

bool is_little(const bpf_object* obj) { return btf__endianness(bpf_object__btf(obj)) == BTF_LITTLE_ENDIAN; }

Row to_row(const std::string& object, bpf_object* obj, const bpf_program* prog) {
  Row r;
  r.object = object;
  r.prog = bpf_program__name(prog);
  r.type = bpf_program__type(prog);
  std::map<int, int> index;  // of a map by its file descriptor
  bpf_map* m;
  int n = 0;
  bpf_object__for_each_map(m, obj) index[bpf_map__fd(m)] = n++;
  for (const LoadedProgram& p : fake_kernel().programs)
    if (p.insns_at == bpf_program__insns(prog)) {
      r.attach_type = p.expected_attach_type;
      r.attach_btf_id = p.attach_btf_id;
      r.flags = p.flags;
      for (const auto& f : p.func_info) r.funcs.emplace_back(f.insn_off, f.type_id);
      for (const auto& l : p.line_info) r.lines.emplace_back(l.insn_off, l.line_col);
    }
  const auto* insns = reinterpret_cast<const Insn*>(bpf_program__insns(prog));
  r.insns.assign(insns, insns + bpf_program__insn_cnt(prog));
  for (Insn& i : r.insns)
    if (i.code == bpf::LD_IMM64 && (i.src == bpf::PSEUDO_MAP_FD || i.src == bpf::PSEUDO_MAP_VALUE))
      if (auto it = index.find(i.imm); it != index.end()) i.imm = it->second;
  return r;
}

std::vector<u8> btf_of(const bpf_program* prog) {
  for (const LoadedProgram& p : fake_kernel().programs)
    if (p.insns_at == bpf_program__insns(prog)) return p.btf;
  return {};
}

/// Maps of no size would get one from the program's own loader.
ObjectPtr open_object(const std::string& path) {
  first_warning.clear();
  fake_kernel().programs.clear();
  return ObjectPtr(bpf_object__open_file(path.c_str(), nullptr));
}

int load(bpf_object* obj) {
  bpf_map* m;
  bpf_object__for_each_map(m, obj) bpf_map__set_pin_path(m, nullptr);
  // libbpf loads no object of the other byte order, but links it.
  return bpf_object__btf(obj) && !is_little(obj) ? bpf_object__prepare(obj) : bpf_object__load(obj);
}

/// Every program; all at once where that works, else one by one.
std::map<std::string, Outcome> load_with_libbpf(const std::string& path) {
  std::map<std::string, Outcome> out;
  auto take = [&](bpf_object* obj, const char* only, int err) {
    bpf_program* p;
    bpf_object__for_each_program(p, obj) {
      const std::string name = bpf_program__name(p);
      if (only && name != only) continue;
      Outcome& o = out[name];
      o.err = -err;
      o.words = first_warning;
      if (err) continue;
      o.row = to_row(base_name(path), obj, p);
      o.btf = btf_of(p);
    }
  };
  ObjectPtr obj = open_object(path);
  if (!obj) {
    out[""] = {std::nullopt, {}, errno, first_warning};
    return out;
  }
  std::vector<std::string> names;
  bpf_program* p;
  bpf_object__for_each_program(p, obj.get()) {
    names.emplace_back(bpf_program__name(p));
    bpf_program__set_autoload(p, true);
  }
  bool struct_ops = false;  // they make some programs load and others not
  bpf_object__for_each_program(p, obj.get()) struct_ops |= bpf_program__type(p) == BPF_PROG_TYPE_STRUCT_OPS;
  if (!struct_ops && !fake_kernel().old)  // there each program has its own BTF
    if (const int err = load(obj.get()); !err) {
      take(obj.get(), nullptr, err);
      return out;
    }
  for (const std::string& name : names) {
    obj = open_object(path);
    bpf_object__for_each_program(p, obj.get()) bpf_program__set_autoload(p, name == bpf_program__name(p));
    take(obj.get(), name.c_str(), load(obj.get()));
  }
  return out;
}

struct Options {
  std::string btf, kallsyms = "/proc/kallsyms", kconfig = "/proc/config.gz", record;
  std::vector<std::string> objects;
  bool old = false;
};

class Diff {
 public:
  Diff(const Options& opts, Target target) : opts_(opts), target_(std::move(target)) {}

  void object(const std::string& path) {
    auto theirs = load_with_libbpf(path);
    if (!opts_.record.empty()) {
      for (const auto& [name, o] : theirs)
        if (o.row) recorded_ += to_text(*o.row);
      return;
    }
    auto objects = loader::open_file(path);
    if (auto open = theirs.find(""); open != theirs.end()) {
      programs_++;
      if (objects)
        tell(path, "", fmt::format("    libbpf does not open it: {}\n", open->second.words));
      else if (objects.error().errnum != open->second.err)
        tell(path, "",
             fmt::format("    errno: ours {} ({}), libbpf's {} ({})\n", objects.error().errnum, objects.error().what,
                         open->second.err, open->second.words));
      return;
    }
    if (!objects)
      return tell(path, "", fmt::format("    only bpfcheck does not open it: {}\n", objects.error().text()));
    for (const auto& prog : objects->front().programs)
      if (prog.entry) program(objects->front(), prog, theirs[prog.name]);
  }

  int finish() {
    if (!opts_.record.empty()) {
      std::ofstream(opts_.record) << fmt::format(
          "# What libbpf {} gives to BPF_PROG_LOAD: libbpf_diff --btf {} --record. Maps by their place in the object.\n"
          "# object program type attach-type attach-btf-id flags count, then the instructions\n{}",
          libbpf_version_string(), base_name(opts_.btf), recorded_);
      return 0;
    }
    if (opts_.old) {
      fmt::print("{} programs for an old kernel: the same types for {}, with arguments retyped in {}; {} differ\n",
                 programs_, linked_, retyped_, different_);
      return different_ != 0;
    }
    fmt::print("{} programs against {}: {} linked by both, {} by neither, {} differ\n", programs_, base_name(opts_.btf),
               linked_, programs_ - linked_ - different_, different_);
    return different_ != 0;
  }

 private:
  void program(const loader::Object& obj, const loader::ObjectProgram& prog, const Outcome& o) {
    programs_++;
    auto ours = judge::link(obj, prog, target_);
    if (opts_.old) return types(obj, ours, o);
    const bool map_refused =
        !ours && ours.error().what.starts_with("failed to create");  // the kernel here makes every map
    if (map_refused) return;
    if (!ours && !o.row) {
      if (ours.error().errnum != o.err && ours.error().errnum + o.err != 0)
        tell(obj.path, prog.name,
             fmt::format("    errno: ours {} ({}), libbpf's {} ({})\n", ours.error().errnum, ours.error().what, o.err,
                         o.words));
      return;
    }
    if (!ours) return tell(obj.path, prog.name, fmt::format("    only bpfcheck refuses: {}\n", ours.error().text()));
    if (!o.row) return tell(obj.path, prog.name, fmt::format("    only libbpf refuses: {}\n", o.words));
    const Row mine = row_of(base_name(obj.path), *ours);
    Row theirs = *o.row;
    if (obj.endian == Endian::big) {  // libbpf does not come to the system call's other arguments
      theirs.attach_type = mine.attach_type;
      theirs.attach_btf_id = mine.attach_btf_id;
      theirs.flags = mine.flags;
    }
    const std::string d = difference(mine, theirs, ours->btf && obj.endian == Endian::little);
    if (!d.empty()) return tell(obj.path, prog.name, d);
    linked_++;
  }

  void types(const loader::Object& obj, const Result<loader::LinkedProgram>& ours, const Outcome& o) {
    if (!ours || !o.row || o.btf.empty() || obj.endian != Endian::little) return;
    if (ours->func_info.size() != o.row->funcs.size())
      return;  // an exception's callback, which libbpf finds only where a kernel has tags
    auto raw = loader::btf_for_kernel(obj);
    if (!raw)
      return tell(obj.path, ours->name, fmt::format("    only bpfcheck makes no BTF: {}\n", raw.error().text()));
    std::vector<loader::FuncInfo> funcs = ours->object_func_info();
    if (auto typed = loader::type_ctx_args(obj, ours->type, Arch::x86_64, funcs)) {
      *raw = std::move(typed->btf);
      funcs = std::move(typed->func_info);
      retyped_++;
    }
    const loader::BtfSupport linux_5_4{.func_global = false,
                                       .float_kind = false,
                                       .decl_tag = false,
                                       .type_tag = false,
                                       .enum64 = false,
                                       .qmark_datasec = false};
    const std::string mine = listing(loader::sanitize_btf(std::move(*raw), linux_5_4)), theirs = listing(o.btf);
    if (mine != theirs) return tell(obj.path, ours->name, first_difference(mine, theirs));
    for (size_t i = 0; i < funcs.size(); i++)
      if (funcs[i].type_id != o.row->funcs[i].second)
        return tell(obj.path, ours->name,
                    fmt::format("    function at {}: ours type {}, libbpf's {}\n", funcs[i].insn_off, funcs[i].type_id,
                                o.row->funcs[i].second));
    linked_++;
  }

  /// The types by name and id, wherever their strings lie.
  static std::string listing(std::vector<u8> raw) {
    auto btf = btf::Btf::parse(Blob::own(std::move(raw)), {.validate = false});
    return btf ? btf::raw_text(**btf) : btf.error().text();
  }

  static std::string first_difference(std::string_view a, std::string_view b) {
    const auto [x, y] = std::ranges::mismatch(a, b);
    auto line = [](std::string_view s, size_t at) {
      const size_t begin = at ? s.rfind('\n', at - 1) + 1 : 0;
      return s.substr(begin, s.find('\n', at) - begin);
    };
    return fmt::format("    ours     {}\n    libbpf's {}\n", line(a, static_cast<size_t>(x - a.begin())),
                       line(b, static_cast<size_t>(y - b.begin())));
  }

  void tell(const std::string& object, const std::string& prog, const std::string& what) {
    different_++;
    fmt::print("{} {}\n{}", base_name(object), prog, what);
  }

  const Options& opts_;
  const Target target_;
  std::string recorded_;
  size_t programs_ = 0, linked_ = 0, different_ = 0, retyped_ = 0;
};

int run(const Options& opts) {
  auto ours = btf::open(opts.btf);
  if (!ours) return fmt::print(stderr, "{}\n", ours.error().text()), 2;
  const Bytes raw = (*ours)->raw().bytes;
  fake_kernel().vmlinux = btf__new(raw.data(), static_cast<__u32>(raw.size()));
  fake_kernel().kallsyms = opts.kallsyms;
  fake_kernel().kconfig = opts.kconfig;
  if (!fake_kernel().vmlinux) return fmt::print(stderr, "{}: libbpf does not take it\n", opts.btf), 2;
  KernelFacts facts;
  facts.symbols = std::make_shared<SymbolTable>([&] { return btf::read_text(opts.kallsyms); });
  auto config = btf::read_text(opts.kconfig);
  if (!config) return fmt::print(stderr, "{}\n", config.error().text()), 2;
  facts.config = parse_kconfig(*config);
  Target target = make_target(*ours);
  target.facts = std::make_shared<KernelFacts>(std::move(facts));
  libbpf_set_print(on_print);
  Diff diff(opts, std::move(target));
  for (const std::string& path : opts.objects) diff.object(path);
  return diff.finish();
}

}  // namespace
}  // namespace bpfcheck::test

int main(int argc, char** argv) {
  bpfcheck::test::Options opts;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    if (arg == "--old") {
      opts.old = bpfcheck::test::fake_kernel().old = true;
      continue;
    }
    std::string* value = arg == "--btf"        ? &opts.btf
                         : arg == "--kallsyms" ? &opts.kallsyms
                         : arg == "--kconfig"  ? &opts.kconfig
                         : arg == "--record"   ? &opts.record
                                               : nullptr;
    if (!value)
      opts.objects.push_back(arg);
    else if (++i < argc)
      *value = argv[i];
  }
  if (opts.btf.empty() || opts.objects.empty())
    return fmt::print(stderr,
                      "usage: libbpf_diff --btf FILE [--kallsyms FILE] [--kconfig FILE] [--record FILE] OBJECT...\n"),
           2;
  return bpfcheck::test::run(opts);
}
