// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See target_spec.h.
#include "cli/target_spec.h"

#include <fmt/format.h>
#include <glob.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>

#include "cli/targets.h"

namespace bpfcheck::cli {
namespace {

namespace fs = std::filesystem;

/// Names of architectures in the folders of BTF archives, and what `--arch` may say.
constexpr std::pair<std::string_view, Arch> arch_words[] = {
    {"x86_64", Arch::x86_64}, {"amd64", Arch::x86_64},  {"x86-64", Arch::x86_64},
    {"arm64", Arch::arm64},   {"aarch64", Arch::arm64}, {"s390x", Arch::s390x},
};

/// The fields of TargetSpec that options and --target name alike.
Result<void> set_fact(TargetSpec& t, std::string_view field, const std::string& value, const std::string& where) {
  std::string* at = field == "name"       ? &t.name
                    : field == "btf"      ? &t.btf
                    : field == "kernel"   ? &t.kernel
                    : field == "kconfig"  ? &t.kconfig
                    : field == "kallsyms" ? &t.kallsyms
                    : field == "caps"     ? &t.caps
                                          : nullptr;
  if (field == "module-btf") {
    std::istringstream in(value);
    for (std::string path; std::getline(in, path, ',');) t.modules.push_back(path);
    return {};
  }
  if (field == "cpus") {
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), t.cpus);
    if (ec != std::errc() || end != value.data() + value.size() || !t.cpus || t.cpus > 65536)
      return fail(where, fmt::format("cpus={} is no number from 1 to 65536", value), EINVAL);
    return {};
  }
  if (!at)
    return fail(where,
                fmt::format("'{}' is none of name, btf, kernel, kconfig, kallsyms, module-btf, caps, cpus (each as "
                            "NAME=VALUE, with ; between)",
                            field),
                EINVAL);
  if (!at->empty()) return fail(where, fmt::format("{} is given twice for one target", field), EINVAL);
  *at = value;
  return {};
}

/// "name=old fleet; btf=5.10.btf; kernel=5.10.200"
Result<TargetSpec> parse_target(const std::string& text) {
  TargetSpec t;
  const std::string where = "--target \"" + text + "\"";
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, ';');) {
    const auto begin = field.find_first_not_of(' '), last = field.find_last_not_of(' ');
    if (begin == std::string::npos) continue;
    field = field.substr(begin, last - begin + 1);
    const auto eq = field.find('=');
    BPFCHECK_TRY(set_fact(t, field.substr(0, eq), eq == std::string::npos ? "" : field.substr(eq + 1), where));
  }
  if (t.btf.empty()) return fail(where, "names no btf", EINVAL);
  return t;
}

bool holds_btf_by_name(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.contains(".btf") || name.starts_with("vmlinux");
}

std::optional<Arch> arch_of_path(const fs::path& path) {
  for (const fs::path& part : path)
    for (const auto& [word, arch] : arch_words)
      if (part == word) return arch;
  return {};
}

/// Below a folder at any depth, or the files that a pattern names.
Result<std::vector<std::string>> files_of(const std::string& pattern, const std::vector<Arch>& archs) {
  std::vector<fs::path> roots;
  glob_t found{};
  if (::glob(pattern.c_str(), GLOB_BRACE, nullptr, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++) roots.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  if (roots.empty()) return fail("--btf-dir " + pattern, "no such folder or file", ENOENT);
  std::vector<std::string> files;
  auto take = [&](const fs::path& path) {
    const auto arch = arch_of_path(path);
    if (archs.empty() || !arch || std::ranges::find(archs, *arch) != archs.end()) files.push_back(path.string());
  };
  for (const fs::path& root : roots) {
    std::error_code ec;
    if (!fs::is_directory(root, ec)) {
      take(root);
      continue;
    }
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, ec), end;
    for (; !ec && at != end; at.increment(ec))
      if (std::error_code e; at->is_regular_file(e) && holds_btf_by_name(at->path())) take(at->path());
    if (ec) return fail("--btf-dir " + root.string(), ec.message(), ec.value());
  }
  if (files.empty())
    return fail(
        "--btf-dir " + pattern,
        "holds no file *.btf, *.btf.* or vmlinux*" + std::string(archs.empty() ? "" : " of these architectures"),
        ENOENT);
  std::ranges::sort(files);
  return files;
}

/// Puts each fact to the --btf before it.
class Binder {
 public:
  explicit Binder(const TargetOptions& opts) : opts_(opts) {}

  Result<void> run(const CLI::App* command) {
    if (command)
      for (const CLI::Option* o : command->parse_order())
        BPFCHECK_TRY(occurrence(o->get_lnames().empty() ? "" : o->get_lnames()[0]));
    // What no command line gave stands in a configuration, without order.
    BPFCHECK_TRY(rest());
    return {};
  }

  std::vector<TargetSpec> specs;
  TargetSpec unbound;

 private:
  const std::vector<std::string>* values_of(const std::string& name) const {
    return name == "btf"          ? &opts_.btfs
           : name == "btf-dir"    ? &opts_.dirs
           : name == "target"     ? &opts_.targets
           : name == "kernel"     ? &opts_.kernels
           : name == "kconfig"    ? &opts_.kconfigs
           : name == "kallsyms"   ? &opts_.kallsyms
           : name == "module-btf" ? &opts_.modules
                                  : nullptr;
  }

  Result<void> occurrence(const std::string& name) {
    const auto* values = values_of(name);
    if (!values || next_[name] >= values->size()) return {};
    return take(name, (*values)[next_[name]++]);
  }

  Result<void> rest() {
    for (const char* name : {"btf", "target", "btf-dir"})
      while (next_[name] < values_of(name)->size()) BPFCHECK_TRY(occurrence(name));
    if (specs.size() != 1) current_ = nothing;
    for (const char* name : {"kernel", "kconfig", "kallsyms", "module-btf"})
      while (next_[name] < values_of(name)->size()) BPFCHECK_TRY(occurrence(name));
    return {};
  }

  Result<void> take(const std::string& name, const std::string& value) {
    if (name == "btf") {
      specs.push_back({.btf = value});
      current_ = specs.size() - 1;
    } else if (name == "target") {
      BPFCHECK_ASSIGN(TargetSpec t, parse_target(value));
      specs.push_back(std::move(t));
      current_ = specs.size() - 1;
    } else if (name == "btf-dir") {
      BPFCHECK_ASSIGN(const auto files, files_of(value, archs_));
      for (const std::string& file : files) specs.push_back({.btf = file, .from_dir = true});
      current_ = several;
    } else if (current_ == several) {
      return fail(fmt::format("--{} {}", name, value),
                  "would apply to every target of --btf-dir: give those that it is for by --btf", EINVAL);
    } else {
      return set_fact(current_ == nothing ? unbound : specs[current_], name, value, "--" + name + " " + value);
    }
    return {};
  }

  static constexpr size_t nothing = ~size_t{0}, several = nothing - 1;
  const TargetOptions& opts_;
  std::vector<Arch> archs_ = archs_of(opts_.archs);
  std::map<std::string, size_t> next_;
  size_t current_ = nothing;
};

}  // namespace

std::vector<Arch> archs_of(const std::vector<std::string>& words) {
  std::vector<Arch> out;
  for (const std::string& w : words)
    if (auto at = std::ranges::find(arch_words, w, [](const auto& p) { return p.first; }); at != std::end(arch_words))
      out.push_back(at->second);
  return out;
}

std::vector<std::string> arch_names() {
  std::vector<std::string> out;
  for (const auto& [word, arch] : arch_words) out.emplace_back(word);
  return out;
}

Result<std::vector<TargetSpec>> target_specs(const TargetOptions& opts) {
  Binder binder(opts);
  BPFCHECK_TRY(binder.run(opts.command));
  TargetSpec& u = binder.unbound;
  if (binder.specs.empty()) return std::vector{std::move(u)};
  const std::pair<const char*, const std::string*> said[] = {
      {"kernel", &u.kernel}, {"kconfig", &u.kconfig}, {"kallsyms", &u.kallsyms}};
  for (const auto& [name, value] : said) {
    if (value->empty()) continue;
    const std::string where = fmt::format("--{} {}", name, *value);
    if (binder.specs.size() > 1)
      return fail(where, "would apply to several targets: put it behind the --btf that it is for", EINVAL);
    BPFCHECK_TRY(set_fact(binder.specs[0], name, *value, where));
  }
  if (!u.modules.empty() && binder.specs.size() > 1)
    return fail("--module-btf " + u.modules[0],
                "would apply to several targets: put it behind the --btf that it is for", EINVAL);
  std::ranges::move(u.modules, std::back_inserter(binder.specs[0].modules));
  return std::move(binder.specs);
}

}  // namespace bpfcheck::cli
