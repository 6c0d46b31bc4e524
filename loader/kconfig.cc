// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kconfig.h.
#include "loader/kconfig.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

namespace bpfcheck::loader {
namespace {

void put_number(MapDef& map, const Extern& e, u64 v) {
  if (e.size > 8 || e.data_off + e.size > map.initial.size()) return;
  std::memcpy(map.initial.data() + e.data_off, &v, e.size);
}

}  // namespace

Result<void> fill_kconfig(const Object& obj, const LinkOptions& opts, const Target& target, MapDef& map) {
  for (const Extern& e : obj.externs) {
    if (e.kind != Extern::Kind::Kconfig) continue;
    if (e.name == "LINUX_KERNEL_VERSION") {
      put_number(map, e, opts.kernel_version ? opts.kernel_version : target.version << 8);
    } else if (e.name == "LINUX_HAS_BPF_COOKIE" || e.name == "LINUX_HAS_SYSCALL_WRAPPER") {
      put_number(map, e, 1);
    } else if (!e.name.starts_with("CONFIG_")) {
      return fail(obj.path, fmt::format("unrecognized virtual kconfig extern '{}'", e.name), ESRCH);
    } else if (auto it = opts.kconfig.find(e.name); it != opts.kconfig.end()) {
      const std::string& v = it->second;
      if (v == "y" || v == "m" || v == "n") {
        // bool: 1 or 0; enum libbpf_tristate: no 0, yes 1, module 2; char: the letter itself.
        btf::Type t = obj.btf->type(obj.btf->skip_mods_and_typedefs(obj.btf->type(e.btf_id).type()));
        const bool is_char = t.is(btf::Kind::Int) && t.size() == 1 && !(t.int_encoding() & btf::int_bool);
        put_number(map, e, is_char ? static_cast<u8>(v[0]) : v == "y" ? 1u : v == "m" ? 2u : 0u);
      } else if (v.starts_with('"')) {
        std::string text = v.substr(1, v.size() >= 2 ? v.size() - 2 : 0);
        size_t n = std::min<size_t>(text.size(), e.size ? e.size - 1 : 0);
        if (e.data_off + n <= map.initial.size()) std::memcpy(map.initial.data() + e.data_off, text.data(), n);
      } else {
        put_number(map, e, std::strtoull(v.c_str(), nullptr, 0));
      }
    } else if (!e.weak) {
      return fail(obj.path, fmt::format("extern (strong) '{}' not resolved", e.name), ESRCH);
    }
  }
  return {};
}

}  // namespace bpfcheck::loader
