// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See config.h.
#include "cli/config.h"

#include <fmt/format.h>
#include <glob.h>

#include <toml++/toml.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

namespace bpfcheck::cli {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::string>;

constexpr const char* file_name = "bpfcheck.toml";
/// Options that say where the configuration is, or what the program shall do instead, are no keys.
constexpr std::string_view no_keys[] = {"help", "config", "no-config"};
/// Keys whose values are paths; of a format only what follows the '='.
constexpr std::string_view path_keys[] = {"objects", "btf",      "btf-dir",  "btf-base", "module-btf",
                                          "kconfig", "kallsyms", "baseline", "output",   "log-dir"};

/// Options that may be repeated, but only behind another one: [[target]] says it in a file.
constexpr std::string_view single_keys[] = {"kernel", "kconfig", "kallsyms"};

template <class List>
bool one_of(std::string_view s, const List& list) {
  return std::ranges::find(list, s) != std::end(list);
}

std::string nearest() {
  std::error_code ec;
  for (fs::path p = fs::current_path(ec); !ec && !p.empty(); p = p.parent_path()) {
    if (fs::exists(p / file_name, ec)) return fs::proximate(p / file_name, ec).string();
    if (p == p.root_path()) break;
  }
  return "";
}

class Reader {
 public:
  Reader(CLI::App& command, std::string path)
      : command_(command), path_(std::move(path)), folder_(fs::path(path_).parent_path()) {}

  Result<void> run(const toml::table& table) {
    for (const auto& [key, node] : table) BPFCHECK_TRY(option(key.str(), node, key.source().begin.line));
    return {};
  }

 private:
  std::unexpected<Error> bad(unsigned line, std::string what) const {
    return fail(fmt::format("{}:{}", path_, line), std::move(what), EINVAL);
  }

  std::string keys() const {
    std::vector<std::string> all;
    for (const CLI::Option* o : command_.get_options())
      for (const std::string& name : o->get_lnames())
        if (!one_of(name, no_keys)) all.push_back(name);
    std::ranges::sort(all);
    return fmt::format("{}", fmt::join(all, ", "));
  }

  Result<void> option(std::string_view key, const toml::node& node, unsigned line) {
    CLI::Option* o = command_.get_option_no_throw("--" + std::string(key));
    if (!o || one_of(key, no_keys)) return bad(line, fmt::format("unknown key '{}'; the keys are {}", key, keys()));
    BPFCHECK_ASSIGN(Values values, values_of(key, node, line));
    // A matrix is declared in the file and asked for by the flag.
    const bool asks_for_declared = key == "rodata-matrix" && one_of("true", o->results());
    if ((o->count() || key == "rodata-matrix") && !asks_for_declared) return {};
    if (values.empty()) return {};
    const bool takes_several =
        o->get_items_expected_max() > 1 || o->get_multi_option_policy() != CLI::MultiOptionPolicy::Throw;
    if (values.size() > 1 && (!takes_several || one_of(key, single_keys)))
      return bad(line, fmt::format("'{}' takes one value", key));
    try {
      for (std::string& v : values) o->add_result(std::move(v));
      o->run_callback();
    } catch (const CLI::Error& e) {
      return bad(line, e.what());
    }
    return {};
  }

  static std::optional<std::string> plain(const toml::node& node) {
    if (auto v = node.as_string()) return v->get();
    if (auto v = node.as_integer()) return fmt::format("{}", v->get());
    if (auto v = node.as_floating_point()) return fmt::format("{}", v->get());
    if (auto v = node.as_boolean()) return v->get() ? "true" : "false";
    if (auto v = node.as_date()) return fmt::format("{:04}-{:02}-{:02}", v->get().year, v->get().month, v->get().day);
    return {};
  }

  Result<Values> values_of(std::string_view key, const toml::node& node, unsigned line) const {
    Values out;
    if (const toml::table* t = node.as_table()) {
      BPFCHECK_TRY(assignments(key, *t, out));
    } else if (const toml::array* a = node.as_array()) {
      for (const toml::node& element : *a) {
        if (const toml::table* t = element.as_table())
          BPFCHECK_TRY(fields(key, *t, out));
        else if (auto v = plain(element))
          BPFCHECK_TRY(put(key, *v, element.source().begin.line, out));
        else
          return bad(element.source().begin.line, fmt::format("'{}' does not take such a value", key));
      }
    } else if (auto v = plain(node)) {
      BPFCHECK_TRY(put(key, *v, line, out));
    } else {
      return bad(line, fmt::format("'{}' does not take such a value", key));
    }
    return out;
  }

  /// [rodata] NAME = VALUE, [rodata-matrix] NAME = [VALUES]: an option NAME=VALUE or NAME=VALUE,VALUE each.
  Result<void> assignments(std::string_view key, const toml::table& t, Values& out) const {
    if (key != "rodata" && key != "rodata-matrix")
      return bad(t.source().begin.line, fmt::format("'{}' is no table", key));
    for (const auto& [name, node] : t) {
      const unsigned line = name.source().begin.line;
      std::string text;
      if (const toml::array* several = node.as_array(); several && key == "rodata-matrix") {
        for (const toml::node& element : *several) {
          auto v = plain(element);
          if (!v || v->contains(','))
            return bad(line, fmt::format("'{}' takes numbers, true, false and text without commas", name.str()));
          text += (text.empty() ? "" : ",") + *v;
        }
      } else if (auto v = plain(node)) {
        text = *v;
      } else {
        return bad(line, fmt::format("'{}' does not take such a value", name.str()));
      }
      out.push_back(fmt::format("{}={}", name.str(), text));
    }
    return {};
  }

  /// [[suppress]], [[target]]: one option "field=value; field=value".
  Result<void> fields(std::string_view key, const toml::table& t, Values& out) const {
    if (key != "suppress" && key != "target")
      return bad(t.source().begin.line, fmt::format("'{}' does not take such a value", key));
    std::string text;
    for (const auto& [name, node] : t) {
      BPFCHECK_ASSIGN(const Values values, values_of(name.str(), node, name.source().begin.line));
      text += fmt::format("{}{}={}", text.empty() ? "" : "; ", name.str(), fmt::join(values, ","));
    }
    out.push_back(std::move(text));
    return {};
  }

  std::string from_here(const std::string& path) const {
    if (path.empty() || path == "-" || path.front() == '/' || folder_.empty()) return path;
    return (folder_ / path).lexically_normal().string();
  }

  Result<void> put(std::string_view key, const std::string& value, unsigned line, Values& out) const {
    if (key == "objects") return matches(from_here(value), line, out);
    const auto eq = value.find('=');
    if (one_of(key, path_keys))
      out.push_back(from_here(value));
    else if (key == "format" && eq != std::string::npos)
      out.push_back(value.substr(0, eq + 1) + from_here(value.substr(eq + 1)));
    else
      out.push_back(value);
    return {};
  }

  Result<void> matches(const std::string& pattern, unsigned line, Values& out) const {
    if (pattern.find_first_of("*?[") == std::string::npos) {
      out.push_back(pattern);
      return {};
    }
    glob_t found{};
    const bool any = ::glob(pattern.c_str(), GLOB_BRACE, nullptr, &found) == 0;
    for (size_t i = 0; i < found.gl_pathc; i++) out.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (!any) return bad(line, fmt::format("no file matches {}", pattern));
    return {};
  }

  CLI::App& command_;
  std::string path_;
  fs::path folder_;
};

}  // namespace

Result<std::string> read_config(CLI::App& command, const std::string& named) {
  const std::string path = named.empty() ? nearest() : named;
  if (path.empty()) return path;
  try {
    const toml::table table = toml::parse_file(path);
    BPFCHECK_TRY(Reader(command, path).run(table));
  } catch (const toml::parse_error& e) {
    const unsigned line = e.source().begin.line;
    return fail(line ? fmt::format("{}:{}", path, line) : path, std::string(e.description()), EINVAL);
  }
  return path;
}

}  // namespace bpfcheck::cli
