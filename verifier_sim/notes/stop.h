// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How a check ends: it goes on, or the verification stops here, with the kernel's errno or because something is not
// modelled. As std::error_code does, a Stop reads as true where there is one:
//
//     if (Stop stop = check_reg_arg(env, regno, SRC_OP)) return stop;
#pragma once

#include <cerrno>
#include <expected>

namespace bpfcheck::sim {

class [[nodiscard]] Stop {
 public:
  constexpr Stop() = default;
  /// Refused with this errno, positive. The words that explain it have been noted, or the kernel has none.
  static constexpr Stop refused(int errnum) { return Stop(errnum); }
  /// Something that is not modelled decides; it has been named.
  static constexpr Stop unmodelled() { return Stop(not_modelled); }

  constexpr bool operator==(const Stop&) const = default;
  constexpr explicit operator bool() const { return code_ != 0; }
  constexpr bool is_refused() const { return code_ > 0; }
  constexpr bool is_unmodelled() const { return code_ == not_modelled; }
  constexpr bool is(int errnum) const { return code_ == errnum; }
  /// Positive; 0 where it is no refusal.
  constexpr int errnum() const { return code_ > 0 ? code_ : 0; }

 private:
  static constexpr int not_modelled = -1;
  constexpr explicit Stop(int code) : code_(code) {}
  int code_ = 0;
};

/// Nothing stops.
inline constexpr Stop go_on{};

/// A value, or why there is none.
template <class T>
using Expected = std::expected<T, Stop>;

}  // namespace bpfcheck::sim
