// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See output.h.
#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "cli/command.h"

namespace bpfcheck::cli {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

/// True for what cannot be replaced by renaming: a pipe, a terminal, /dev/null.
bool is_special(const std::string& path) {
  struct stat st;
  return ::stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode);
}

Result<void> write_through(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fail(path, std::strerror(errno), errno);
  const bool ok = write_all(fd, text);
  const int why = errno;
  ::close(fd);
  if (!ok) return fail(path, std::strerror(why), why);
  return {};
}

}  // namespace

void declare_colour(CLI::App& command, std::string& value) {
  command
      .add_option("--color", value, "auto, always or never; auto is off where NO_COLOR is set or output is no terminal")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

bool wants_colour(const std::string& value) {
  if (value != "auto") return value == "always";
  const char* no = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) && !(no && *no);
}

size_t output_width() {
  constexpr size_t least = 40, usual = 120;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) return std::max<size_t>(size.ws_col, least);
  const char* columns = std::getenv("COLUMNS");
  const long given = columns ? std::strtol(columns, nullptr, 10) : 0;
  return given > 0 ? std::max(static_cast<size_t>(given), least) : usual;
}

bool wants_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const char* value = std::getenv(name); value && *value) {
      const std::string_view locale = value;
      return locale.contains("UTF-8") || locale.contains("utf8") || locale.contains("UTF8");
    }
  return false;
}

void declare_output(CLI::App& command, OutputOptions& opts, const char* words) {
  command.add_option("--format", opts.format, words)->check(CLI::IsMember({"text", "json"}));
  declare_colour(command, opts.colour);
}

int complain(const Error& e) {
  std::fflush(stdout);
  fmt::print(stderr, "bpfcheck: {}\n", e.text());
  return bad_input;
}

Result<void> write_whole(const std::string& path, std::string_view text) {
  if (path == "-") {
    std::fflush(stdout);
    if (!write_all(STDOUT_FILENO, text)) return fail("standard output", std::strerror(errno), errno);
    return {};
  }
  if (is_special(path)) return write_through(path, text);
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) return fail(path, std::strerror(errno), errno);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const bool ok = write_all(fd, text) && ::fchmod(fd, 0666 & ~mask) == 0 && ::fsync(fd) == 0;
  int why = errno;
  const bool closed = ::close(fd) == 0;
  if (ok && closed && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  if (ok) why = errno;
  ::unlink(temporary.c_str());
  return fail(path, std::strerror(why), why);
}

}  // namespace bpfcheck::cli
