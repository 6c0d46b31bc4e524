// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Side by side with libbpf in one run: opening a kernel's BTF and finding a type in it; opening an object and
// relocating it.
//
//   bpfcheck_bench [BTF [OBJECT]]
//
// Times are medians over rounds in which both take turns. libbpf relocates into a kernel that says yes (tests/libbpf),
// with the target's BTF open already, as it is for bpfcheck.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "btf/source.h"
#include "fake_kernel.h"
#include "judge/judge.h"

namespace bpfcheck {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int rounds = 31;

template <class F>
double once(F f) {
  const auto begin = Clock::now();
  f();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> v) {
  std::ranges::nth_element(v, v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2));
  return v[v.size() / 2];
}

void print(std::string_view what, const std::vector<double>& ours, const std::vector<double>& theirs, double goal) {
  const double a = median(ours), b = median(theirs);
  fmt::print("{:<58} bpfcheck {:7.3f} ms  libbpf {:7.3f} ms  ratio {:.3f} (goal {:.2f}){}\n", what, a, b, a / b, goal,
             a / b <= goal ? "" : "  MISSED");
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "bpfcheck_bench: {}\n", why);
  std::exit(2);
}

void open_and_find(const std::string& path) {
  std::vector<double> ours, theirs;
  for (int i = 0; i < rounds; i++) {
    ours.push_back(once([&] {
      auto b = btf::open(path);
      if (!b || !(*b)->find("task_struct", btf::Kind::Struct)) give_up(path + ": no task_struct");
    }));
    theirs.push_back(once([&] {
      ::btf* b = btf__parse(path.c_str(), nullptr);
      if (!b || btf__find_by_name_kind(b, "task_struct", BTF_KIND_STRUCT) <= 0)
        give_up(path + ": libbpf finds no task_struct");
      btf__free(b);
    }));
  }
  print("open a kernel's BTF, find task_struct, close it", ours, theirs, 0.2);
}

/// `fresh`: nothing was looked up in the target before.
void relocate(const std::string& btf_path, const std::string& object, bool fresh) {
  std::vector<double> ours, theirs;
  size_t relocations = 0;
  auto shared = btf::open(btf_path);
  if (!shared) give_up(shared.error().text());
  Target warm = make_target(*shared);
  for (int i = 0; i < rounds; i++) {
    Target target = warm;
    if (fresh) target.btf = *btf::open(btf_path);
    ours.push_back(once([&] {
      auto objects = loader::open_file(object);
      if (!objects) give_up(objects.error().text());
      relocations = 0;
      for (const auto& s : objects->front().ext.core_relos) relocations += s.records.size();
      for (const auto& p : objects->front().programs)
        if (p.entry)
          if (auto linked = judge::link(objects->front(), p, target); !linked) give_up(linked.error().text());
    }));
    ::btf* vmlinux = btf__parse(btf_path.c_str(), nullptr);
    test::fake_kernel().vmlinux = vmlinux;
    test::fake_kernel().programs.clear();
    theirs.push_back(once([&] {
      bpf_object* o = bpf_object__open_file(object.c_str(), nullptr);
      if (!o || bpf_object__load(o)) give_up(object + ": libbpf does not load it");
      bpf_object__close(o);
    }));
    test::fake_kernel().vmlinux = nullptr;
    btf__free(vmlinux);
  }
  print(fmt::format("open, relocate and link an object with {} relocations{}", relocations, fresh ? ", first" : ""),
        ours, theirs, 0.5);
}

}  // namespace
}  // namespace bpfcheck

int main(int argc, char** argv) {
  using namespace bpfcheck;
  const std::string path = argc > 1 ? argv[1] : "/sys/kernel/btf/vmlinux",
                    object = argc > 2 ? argv[2] : BENCH_DIR "/many_relocations.bpf.o";
  libbpf_set_print(nullptr);
  // libbpf reads raw BTF only: give both the same file.
  auto opened = btf::open(path);
  if (!opened) give_up(opened.error().text());
  const std::string raw = "/tmp/bpfcheck_bench.btf";
  const Bytes bytes = (*opened)->raw().bytes;
  std::ofstream(raw, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  fmt::print("{}: {:.1f} MB, {} types; libbpf {}\n", path, static_cast<double>(bytes.size()) / 1e6,
             (*opened)->type_count(), libbpf_version_string());
  open_and_find(raw);
  relocate(raw, object, true);
  relocate(raw, object, false);
  std::remove(raw.c_str());
  return 0;
}
