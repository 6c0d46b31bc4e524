// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kconfig.h.
#include "loader/kconfig.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "kernel_db/availability.h"
#include "kernel_db/kernel_facts.h"

namespace bpfcheck::loader {
namespace {

enum class KcfgType : u8 { Unknown, Char, Bool, Int, Tristate, CharArray };

/// find_kcfg_type
KcfgType type_of(const btf::Btf& btf, u32 id, bool& is_signed) {
  is_signed = false;
  const btf::Type t = btf.type(btf.skip_mods_and_typedefs(id));
  switch (t.kind()) {
    case btf::Kind::Int:
      if (t.int_encoding() & btf::int_bool) return t.size() == 1 ? KcfgType::Bool : KcfgType::Unknown;
      is_signed = t.int_is_signed();
      if (t.size() == 1) return KcfgType::Char;
      return t.size() == 2 || t.size() == 4 || t.size() == 8 ? KcfgType::Int : KcfgType::Unknown;
    case btf::Kind::Enum:
      if (t.size() != 4) return KcfgType::Unknown;
      [[fallthrough]];
    case btf::Kind::Enum64:
      return t.name() == "libbpf_tristate" ? KcfgType::Tristate : KcfgType::Unknown;
    case btf::Kind::Array: {
      bool unused;
      return t.array().nelems && type_of(btf, t.array().elem_type, unused) == KcfgType::Char ? KcfgType::CharArray
                                                                                             : KcfgType::Unknown;
    }
    default:
      return KcfgType::Unknown;
  }
}

class Setter {
 public:
  Setter(const Object& obj, const Extern& e, MapDef& map)
      : obj_(obj), e_(e), map_(map), type_(type_of(*obj.btf, obj.btf->type(e.btf_id).type(), signed_)) {}

  OptionType declared() const {
    return type_ == KcfgType::Bool       ? OptionType::boolean
           : type_ == KcfgType::Tristate ? OptionType::tristate
                                         : OptionType::other;
  }

  /// A value as a configuration file has it; "" where the option is not set.
  Result<void> option(const FactValue& v) {
    if (!v.empty()) return text(v);
    if (!e_.weak) return fail(obj_.path, fmt::format("extern '{}' (strong): not resolved", e_.name), ESRCH);
    return {};
  }

  Result<void> clear() { return put(0); }

  /// A value as a configuration file has it.
  Result<void> text(std::string_view v) {
    if (v.empty()) return bad("has no value");
    if (v[0] == 'y' || v[0] == 'n' || v[0] == 'm') return letter(v[0]);
    if (v[0] == '"') return string(v);
    u64 n = 0;
    if (!parse(v, n)) return bad(fmt::format("value '{}' isn't a valid integer", v));
    if (type_ != KcfgType::Int && type_ != KcfgType::Char)
      return bad(fmt::format("value '{}' implies integer type", v));
    return number(n);
  }

  Result<void> number(u64 n) {
    if (type_ != KcfgType::Int && type_ != KcfgType::Char && type_ != KcfgType::Bool)
      return bad(fmt::format("value '{}' implies integer, char, or boolean type", n));
    if (type_ == KcfgType::Bool && n > 1) return bad(fmt::format("value '{}' isn't boolean compatible", n));
    const u32 bits = e_.size * 8;
    const bool fits = bits >= 64 || (signed_ ? n + (u64{1} << (bits - 1)) < (u64{1} << bits) : (n >> bits) == 0);
    if (!fits) return bad(fmt::format("value '{}' doesn't fit in {} bytes", n, e_.size));
    return put(n);
  }

 private:
  std::unexpected<Error> bad(std::string what) const {
    return fail(obj_.path, fmt::format("extern (kcfg) '{}': {}", e_.name, what), EINVAL);
  }

  Result<void> put(u64 n) {
    for (u32 i = 0; i < e_.size && e_.data_off + i < map_.initial.size(); i++) {
      const u32 shift = obj_.endian == Endian::little ? i * 8 : (e_.size - 1 - i) * 8;
      map_.initial[e_.data_off + i] = shift < 64 ? static_cast<u8>(n >> shift) : 0;
    }
    return {};
  }

  Result<void> letter(char c) {
    switch (type_) {
      case KcfgType::Bool:
        if (c == 'm') return bad("value 'm' implies tristate or char type");
        return put(c == 'y');
      case KcfgType::Tristate:
        return put(c == 'y' ? 1 : c == 'm' ? 2 : 0);
      case KcfgType::Char:
        return put(static_cast<u8>(c));
      default:
        return bad(fmt::format("value '{}' implies bool, tristate, or char type", c));
    }
  }

  Result<void> string(std::string_view v) {
    if (type_ != KcfgType::CharArray) return bad(fmt::format("value '{}' implies char array type", v));
    if (v.size() < 2 || v.back() != '"') return bad(fmt::format("invalid string config '{}'", v));
    v = v.substr(1, v.size() - 2);
    v = v.substr(0, std::min<size_t>(v.size(), e_.size - 1));  // libbpf cuts what is too long
    if (e_.data_off + v.size() <= map_.initial.size())
      std::memcpy(map_.initial.data() + e_.data_off, v.data(), v.size());
    return {};
  }

  /// strtoull with base 0: decimal, 0x, or octal; a minus wraps round.
  static bool parse(std::string_view v, u64& out) {
    const bool minus = v.starts_with('-');
    if (minus || v.starts_with('+')) v.remove_prefix(1);
    int base = 10;
    if (v.starts_with("0x") || v.starts_with("0X"))
      base = 16, v.remove_prefix(2);
    else if (v.size() > 1 && v[0] == '0')
      base = 8;
    auto [end, ec] = std::from_chars(v.data(), v.data() + v.size(), out, base);
    if (minus) out = -out;
    return ec == std::errc() && end == v.data() + v.size();
  }

  const Object& obj_;
  const Extern& e_;
  MapDef& map_;
  bool signed_ = false;
  KcfgType type_;
};

/// What libbpf finds out by trying (FEAT_BPF_COOKIE, FEAT_SYSCALL_WRAPPER) is seen in the target's BTF.
std::optional<u64> virtual_value(const Target& t, std::string_view name) {
  if (name == "LINUX_KERNEL_VERSION")
    return t.facts && t.facts->version ? t.facts->version
                                       : (t.line << 8) + (t.levels.exact() ? std::min(t.levels.least, 255u) : 0);
  if (name == "LINUX_HAS_BPF_COOKIE")
    return t.has_enumerator("bpf_func_id", "BPF_FUNC_get_attach_cookie") && prog_type_supported(t, ProgType::KPROBE);
  if (name != "LINUX_HAS_SYSCALL_WRAPPER") return std::nullopt;
  const char* function = t.arch == Arch::x86_64  ? "__x64_sys_bpf"
                         : t.arch == Arch::arm64 ? "__arm64_sys_bpf"
                         : t.arch == Arch::s390x ? "__s390x_sys_bpf"
                                                 : "";
  return t.has_func(function) && t.btf->find("trace_kprobe", btf::Kind::Struct);  // libbpf sets a kprobe there
}

}  // namespace

bool kcfg_type_supported(const btf::Btf& btf, u32 type_id) {
  bool unused;
  return type_of(btf, type_id, unused) != KcfgType::Unknown;
}

Result<UnknownExterns> fill_kconfig(const Object& obj, const Target& target, MapDef& map) {
  UnknownExterns unknown(obj.externs.size());
  const Kconfig* config = target.facts && target.facts->config ? &*target.facts->config : nullptr;
  for (size_t i = 0; i < obj.externs.size(); i++) {
    const Extern& e = obj.externs[i];
    if (e.kind != Extern::Kind::Kconfig) continue;
    Setter set(obj, e, map);
    if (!e.name.starts_with("CONFIG_")) {
      auto value = virtual_value(target, e.name);
      if (!value && (!e.name.starts_with("LINUX_") || !e.weak))
        return fail(obj.path, fmt::format("extern (kcfg) '{}': unrecognized virtual extern", e.name), EINVAL);
      BPFCHECK_TRY(set.number(value.value_or(0)));
      continue;
    }
    std::vector<FactValue> values;
    if (config) {
      const auto it = config->find(e.name);
      values.push_back(it == config->end() ? "" : it->second);
    } else if (const FactValue* value = supposed(target, UnknownKind::option, e.name)) {
      values.push_back(*value);
    } else {
      values = values_of_option(target, e.name, set.declared());
    }
    if (values.size() == 1) {
      BPFCHECK_TRY(set.option(values[0]));
      continue;
    }
    bool may_refuse = values.empty() && !e.weak;
    for (const FactValue& v : values) may_refuse = may_refuse || !set.option(v);
    BPFCHECK_TRY(set.clear());
    unknown[i] = {{UnknownKind::option, e.name, std::move(values)}, may_refuse};
  }
  return unknown;
}

}  // namespace bpfcheck::loader
