// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How errors travel: Result<T> holds a value or an Error. Bad input is never an exception of ours, an assertion or an
// abort.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace bpfcheck {

/// An error that a person can act on. `where` names the input (file, section, offset, type id); `what` says what is
/// wrong.
struct Error {
  std::string where;
  std::string what;
  /// The errno that the kernel or libbpf would give for the same input, positive; 0 where there is none.
  int errnum = 0;

  /// One line: "where: what".
  std::string text() const { return where.empty() ? what : where + ": " + what; }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string where, std::string what, int errnum = 0) {
  return std::unexpected<Error>(Error{std::move(where), std::move(what), errnum});
}

}  // namespace bpfcheck

/// Evaluates a Result; returns its error from the enclosing function or goes on.
#define BPFCHECK_TRY(expr)                                                                               \
  do {                                                                                                   \
    if (auto try_result_ = (expr); !try_result_) return std::unexpected(std::move(try_result_).error()); \
  } while (0)

#define BPFCHECK_CONCAT2(a, b) a##b
#define BPFCHECK_CONCAT(a, b) BPFCHECK_CONCAT2(a, b)
/// `BPFCHECK_ASSIGN(auto x, f());` declares x from the value of f(), or returns f()'s error.
#define BPFCHECK_ASSIGN(decl, expr) BPFCHECK_ASSIGN_(BPFCHECK_CONCAT(result_, __LINE__), decl, expr)
#define BPFCHECK_ASSIGN_(tmp, decl, expr)                   \
  auto tmp = (expr);                                        \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
