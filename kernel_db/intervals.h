// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// In which kernels something is so: mainline versions and releases of stable branches, as kernel_db/features.def writes
// them. Read at compile time: a row that is mistyped does not compile.
//
//   "7.0"              from 7.0 on
//   "5.10-6.4"         in 5.10, no more in 6.4
//   "6.18.21"          in 6.18.y from that release on; "6.12-6.12.20": in 6.12.y until that release took it back
//   "!6.12" "!5.10-6.2" these lines have it in none of their releases
//
// Blanks between several. A line that has releases of its own goes by them alone, else by the mainline versions.
#pragma once

#include <array>
#include <limits>
#include <string_view>

#include "base/types.h"
#include "kernel_db/release.h"

namespace bpfcheck {

/// A line's release as one number that orders: 6.18.21 is 0x06120015.
constexpr u32 release_key(u32 line, u32 patch) { return line << 16 | patch; }

/// Kernels from `from` on and before `until`, as release_key has them.
struct Interval {
  enum class Of : u8 { mainline, stable, absent };
  static constexpr u32 open = std::numeric_limits<u32>::max();
  u32 from = 0, until = open;
  Of of = Of::mainline;
};

/// When it is not known whether a release has something: leave it out, or take it to be there. What refuses more is
/// right.
enum class Unsure : bool { leave, take };

class Intervals {
 public:
  consteval explicit Intervals(std::string_view text) {
    while (!text.empty()) {
      const auto blank = text.find(' ');
      const std::string_view word = text.substr(0, blank);
      text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
      if (!word.empty()) at_[count_++] = read(word);
    }
    if (!count_) throw "an interval is wanted, such as \"6.18\"";
  }

  /// Whether a kernel of this line that is one of these releases has it.
  bool holds(u32 line, const PatchLevels& levels, Unsure unsure) const;

  const Interval* begin() const { return at_.data(); }
  const Interval* end() const { return at_.data() + count_; }

 private:
  struct Point {
    u32 key = 0;
    bool patch = false;
  };

  static consteval u32 number(std::string_view& text, u32 most) {
    if (text.empty() || text[0] < '0' || text[0] > '9') throw "a number is wanted";
    u32 n = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1)) {
      n = n * 10 + static_cast<u32>(text[0] - '0');
      if (n > most) throw "a number is too large";
    }
    return n;
  }

  static consteval Point point(std::string_view& text) {
    const u32 major = number(text, 0xff);
    if (!text.starts_with('.')) throw "a version has a dot";
    text.remove_prefix(1);
    const u32 line = major << 8 | number(text, 0xff);
    if (!text.starts_with('.')) return {release_key(line, 0), false};
    text.remove_prefix(1);
    return {release_key(line, number(text, 0xffff)), true};
  }

  static consteval Interval read(std::string_view word) {
    Interval i;
    const bool absent = word.starts_with('!');
    if (absent) word.remove_prefix(1);
    const Point from = point(word);
    Point until{Interval::open, false};
    if (word.starts_with('-')) {
      word.remove_prefix(1);
      until = point(word);
    }
    if (!word.empty()) throw "an interval is VERSION or VERSION-VERSION";
    const bool stable = from.patch || until.patch;
    if (absent && stable) throw "only whole lines are said to lack it";
    if (absent && until.key == Interval::open) until.key = from.key + release_key(1, 0);
    if (stable && until.key != Interval::open && from.key >> 16 != until.key >> 16)
      throw "a stable interval is of one line";
    if (from.key >= until.key) throw "an interval ends after it begins";
    i.from = from.key;
    i.until = until.key;
    i.of = absent ? Interval::Of::absent : stable ? Interval::Of::stable : Interval::Of::mainline;
    return i;
  }

  std::array<Interval, 16> at_{};
  u32 count_ = 0;
};

}  // namespace bpfcheck
