// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See probe.h.
#include "loader/load/probe.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernel_db/helpers.h"
#include "loader/load/privilege.h"
#include "loader/syscall/btf_load.h"
#include "loader/syscall/map_create.h"
#include "loader/syscall/prog_load.h"

namespace bpfcheck::loader {
namespace {

constexpr int errno_ENOTSUPP = 524;  // the kernel's own, which no header gives

/// Types for local storage: [1] int, [2] a structure of one.
std::vector<u8> storage_btf() {
  constexpr u32 words[] = {0x0001eb9f, 24,
                           0,          40,
                           40,         9,  // header
                           1,          1u << 24,
                           4,          0x01000020,  // int
                           5,          (4u << 24) | 1,
                           4,          7,
                           1,          0};  // struct val { int c; }
  constexpr std::string_view strings("\0int\0v\0c\0", 9);
  std::vector<u8> raw(sizeof words + strings.size());
  std::memcpy(raw.data(), words, sizeof words);
  std::memcpy(raw.data() + sizeof words, strings.data(), strings.size());
  return raw;
}

class Prober {
 public:
  explicit Prober(const Target& target) : target_(target) {}

  FeatureList run() {
    FeatureList out;
    out.source = "the running kernel, asked";
    for (const Representative& r : representatives()) {
      out.prog_types.push_back(prog_type(r));
      if (out.prog_types.back().offered.value_or(false)) out.helpers.push_back(helpers_of(r));
    }
    for (u32 t = 1; t <= static_cast<u32>(MapType::ARENA); t++)
      out.map_types.push_back({map_type_name(static_cast<MapType>(t)), map_type(static_cast<MapType>(t))});
    return out;
  }

 private:
  /// Nothing where the program has no place to attach to.
  std::optional<sys::ProgLoad> request(const Representative& r, const Insns& insns) const {
    sys::ProgLoad q;
    q.name = "probe";
    q.type = r.type;
    q.expected_attach_type = static_cast<u32>(r.attach);
    q.flags = r.sleepable ? u32{F_SLEEPABLE} : 0;
    q.license = "GPL";
    q.insns = insns;
    q.log_level = 1;
    q.log_size = 8192;
    if (r.type == ProgType::EXT) q.attach_btf_id = 1;
    if (!r.attach_to.empty()) {
      auto to = attach_target_of(target_, r);
      if (!to) return std::nullopt;
      q.attach_btf_id = to->second;
    }
    if (!r.struct_ops.empty()) {
      auto id = target_.btf->find(r.struct_ops, btf::Kind::Struct);
      if (!id) return std::nullopt;
      q.attach_btf_id = *id;
      const btf::Type t = target_.btf->type(*id);
      for (u32 i = 0; i < t.member_count(); i++)
        if (t.member(i).name == struct_ops_member) q.expected_attach_type = i;
    }
    return q;
  }

  Offered prog_type(const Representative& r) const {
    static const Insns nothing = {{.code = bpf::ALU64 | bpf::MOV | bpf::K}, {.code = bpf::JMP | bpf::EXIT}};
    static const Insns one = {{.code = bpf::ALU64 | bpf::MOV | bpf::K, .imm = 1}, {.code = bpf::JMP | bpf::EXIT}};
    Offered out{representative_name(r), std::nullopt};
    auto q = request(r, nothing);
    if (!q) return out;
    sys::ProgAnswer a = sys::prog_load(*q);
    // Some types may not return 0: words about the value mean that the program was verified to its end.
    if (!a.accepted() && a.log.find("At program exit") != std::string::npos) a = sys::prog_load(*request(r, one));
    out.offered =
        a.accepted() || (r.type == ProgType::EXT && a.log.find("Cannot replace kernel functions") != std::string::npos);
    if (a.errnum == EPERM && a.log.empty()) out.note = "forbidden: a security module or another policy of this system";
    return out;
  }

  HelperList helpers_of(const Representative& r) const {
    HelperList out{representative_name(r), {}, ""};
    if (r.type == ProgType::EXT) {
      out.why_unknown = "those of the program that it extends";
      return out;
    }
    for (u32 id = 1; id < helper_count_of(target_); id++) {
      const Insns call = {{.code = bpf::JMP | bpf::CALL, .imm = static_cast<s32>(id)}, {.code = bpf::JMP | bpf::EXIT}};
      const sys::ProgAnswer a = sys::prog_load(*request(r, call));
      const auto says = [&](const char* words) { return a.log.find(words) != std::string::npos; };
      // Whatever else is wrong with such a call, it is looked at only where the helper is there.
      if (a.accepted() || !(says("invalid func ") || says("unknown func ") || says("cannot use helper ")))
        out.helpers.push_back(id);
    }
    return out;
  }

  std::optional<bool> map_type(MapType type) const {
    using enum MapType;
    sys::MapCreate q;
    q.name = "probe";
    q.type = type;
    q.key_size = q.value_size = 4;
    q.max_entries = 1;
    sys::Fd inner;
    sys::BtfAnswer btf;
    switch (type) {
      case STACK_TRACE:
        q.value_size = 8;
        break;
      case LPM_TRIE:
        q.key_size = q.value_size = 8;
        q.flags = F_NO_PREALLOC;
        break;
      case CGROUP_STORAGE:
      case PERCPU_CGROUP_STORAGE:
        q.key_size = 16;
        q.value_size = 8;
        q.max_entries = 0;
        break;
      case QUEUE:
      case STACK:
      case BLOOM_FILTER:
        q.key_size = 0;
        break;
      case SK_STORAGE:
      case INODE_STORAGE:
      case TASK_STORAGE:
      case CGRP_STORAGE:
        btf = sys::btf_load(storage_btf());
        if (!btf.fd) return std::nullopt;
        q.btf_fd = btf.fd.get();
        q.btf_key_type_id = 1;
        q.btf_value_type_id = 2;
        q.max_entries = 0;
        q.flags = F_NO_PREALLOC;
        break;
      case RINGBUF:
      case USER_RINGBUF:
        q.key_size = q.value_size = 0;
        q.max_entries = static_cast<u32>(::sysconf(_SC_PAGESIZE));
        break;
      case STRUCT_OPS: {  // type 1 wraps no operations: a kernel that has such maps says so by an errno of its own
        q.btf_vmlinux_value_type_id = 1;
        const auto map = sys::map_create(q);
        return map || map.error().errnum == errno_ENOTSUPP;
      }
      case ARENA:
        q.key_size = q.value_size = 0;
        q.flags = F_MMAPABLE;
        break;
      case ARRAY_OF_MAPS:
      case HASH_OF_MAPS: {
        auto template_map =
            sys::map_create({.name = "probe", .type = HASH, .key_size = 4, .value_size = 4, .max_entries = 1});
        if (!template_map) return std::nullopt;
        inner = std::move(*template_map);
        q.inner_map_fd = inner.get();
        break;
      }
      default:
        break;
    }
    return sys::map_create(q).has_value();
  }

  const Target& target_;
};

}  // namespace

Result<FeatureList> probe_kernel(const Target& target) {
  const Capabilities caps = own_capabilities();
  for (const Representative& r : representatives()) BPFCHECK_TRY(may_load(r.type, caps));
  return Prober(target).run();
}

}  // namespace bpfcheck::loader
