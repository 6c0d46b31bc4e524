// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See format.h.
#include "verifier_sim/calls/format.h"

#include "verifier_sim/memory/mem_region.h"

namespace bpfcheck::sim {
namespace {

constexpr int not_supported = 524;  // ENOTSUPP

// Characters by the kernel's table (lib/ctype.c), which goes on in Latin-1 above ASCII.
bool is_ascii(char c) { return static_cast<u8>(c) < 0x80; }
bool is_space(char c) { return (c >= '\t' && c <= '\r') || c == ' ' || static_cast<u8>(c) == 0xa0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_punct(char c) {
  const u8 u = static_cast<u8>(c);
  if (u >= 0x80) return (u > 0xa0 && u < 0xc0) || u == 0xd7 || u == 0xf7;
  return c > ' ' && c < 0x7f && !is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}
bool is_control(char c) { return is_ascii(c) && !is_space(c) && (c < ' ' || c == 0x7f); }
bool one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

/// Reads a format. Behind its end stand zeros, as in the kernel's terminated string.
class Format {
 public:
  Format(std::string_view text, bool utf8) : text_(text), utf8_(utf8) {}

  bool valid(u64 args) {
    for (; at_ < text_.size(); at_++) {
      if (is_control(peek(0)) || (!utf8_ && !is_ascii(peek(0)))) return false;
      if (peek(0) != '%') continue;
      if (peek(1) == '%') {
        at_++;
        continue;
      }
      if (args-- == 0) return false;
      at_++;
      if ((utf8_ && !is_ascii(peek(0))) || !conversion()) return false;
    }
    return true;
  }

 private:
  char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool ends(size_t ahead) const { return !peek(ahead) || is_space(peek(ahead)) || is_punct(peek(ahead)); }

  /// From behind the percent sign to the conversion's last character.
  bool conversion() {
    while (one_of(peek(0), "0+- ")) at_++;
    while (is_digit(peek(0))) at_++;
    if (peek(0) == 'p') return pointer();
    if (peek(0) == 's') return ends(1);
    if (peek(0) == 'c') return true;
    for (int i = 0; i < 2 && peek(0) == 'l'; i++) at_++;
    return peek(0) && one_of(peek(0), "iduxX");
  }

  bool pointer() {
    const char kind = peek(1);
    if (ends(1)) return true;
    if (one_of(kind, "ku") && peek(2) == 's') {
      at_ += 2;
      return ends(1);
    }
    if (one_of(kind, "KxsSB")) {
      at_++;
      return true;
    }
    if (!one_of(kind, "iI") || !peek(2) || !one_of(peek(2), "46")) return false;
    at_ += 2;
    return true;
  }

  std::string_view text_;
  bool utf8_;
  size_t at_ = 0;
};

/// A map's only value from `off` on, as the program finds it: what was not initialised is zero.
std::string value_bytes(const loader::MapDef& map, u64 off) {
  std::string bytes(map.value_size - off, '\0');
  for (size_t i = off; i < map.value_size && i < map.initial.size(); i++)
    bytes[i - off] = static_cast<char>(map.initial[i]);
  return bytes;
}

u64 offset_of(const Reg& reg) { return static_cast<u64>(s64{reg.off}) + reg.var_off().value; }

}  // namespace

bool valid_format(std::string_view format, u64 args, bool utf8) { return Format(format, utf8).valid(args); }

Stop check_reg_const_str(Env& env, const Reg& reg, u32 regno) {
  if (reg.type != PTR_TO_MAP_VALUE) return Stop::refused(EINVAL);
  const loader::MapDef& map = *reg.u.map->def;
  if (!(map.flags & F_RDONLY_PROG) || !map.frozen) return env.reject(Msg::StringNotReadonly, regno);
  if (!reg.is_const()) return env.reject(Msg::StringNotConstAddress, regno);
  if (map.type != MapType::ARRAY) return env.reject(Msg::StringNoDirectValue);
  if (Stop stop = check_map_access(env, regno, reg.off, static_cast<int>(map.value_size) - reg.off, false, false))
    return stop;
  const u64 off = offset_of(reg);
  if (map.max_entries != 1 || off >= map.value_size) {
    env.notes.note(Msg::StringDirectValueFailed);
    return map.max_entries != 1 ? Stop::refused(not_supported) : Stop::refused(EINVAL);
  }
  return value_bytes(map, off).find('\0') == std::string::npos ? env.reject(Msg::StringNotTerminated) : go_on;
}

Stop check_snprintf_format(Env& env) {
  const Reg &format = env.path.cur_regs()[3], &length = env.path.cur_regs()[5];
  if (length.var_off().value % 8) return Stop::refused(EINVAL);
  const std::string text = value_bytes(*format.u.map->def, offset_of(format));
  return valid_format(text.c_str(), length.var_off().value / 8, env.target.has(Feature::utf8_formats))
             ? go_on
             : env.reject(Msg::InvalidFormat);
}

}  // namespace bpfcheck::sim
