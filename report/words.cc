// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See words.h.
#include "report/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "loader/map.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/program/map.h"

namespace bpfcheck::report {
namespace {

using sim::Reg;
using sim::Scalar;

std::string number(s64 v) {
  return v > -65536 && v < 65536 ? fmt::format("{}", v)
         : v < 0                 ? fmt::format("-{:#x}", 0 - static_cast<u64>(v))
                                 : fmt::format("{:#x}", v);
}
std::string number(u64 v) { return v < 65536 ? fmt::format("{}", v) : fmt::format("{:#x}", v); }

std::string map_phrase(const Reg& r, const char* part) {
  const loader::MapDef* def = r.u.map ? r.u.map->def : nullptr;
  if (!def) return fmt::format("a pointer to a {} of a map", part);
  const bool is_key = r.base() == PTR_TO_MAP_KEY;
  const std::string& name = def->elf_name.empty() ? def->name : def->elf_name;
  if (def->is_global_data)
    return fmt::format("a pointer into the global data `{}` ({})", name, count(def->value_size, "byte"));
  return fmt::format("a pointer to a {} of map `{}` ({})", part, name,
                     count(is_key ? def->key_size : def->value_size, "byte"));
}

std::string btf_phrase(const Reg& r) {
  std::string name = r.u.btf && r.u.btf->has(r.u.btf_id) ? std::string(r.u.btf->type(r.u.btf_id).name()) : "";
  std::string out = fmt::format("a pointer to a kernel object{}", name.empty() ? "" : fmt::format(", struct {}", name));
  const std::string which = name.empty() ? "" : fmt::format(", struct {}", name);
  if (r.type & MEM_ALLOC) out = fmt::format("a pointer to an object of the program's own{}", which);
  if (r.type & NON_OWN_REF)
    out = fmt::format("a pointer to an object in a list or tree{}, which the program does not own", which);
  if (r.type & PTR_UNTRUSTED)
    out += ", not trusted: it may be stale";
  else if (r.type & PTR_TRUSTED)
    out += ", which the kernel vouches for";
  else if (r.type & MEM_RCU)
    out += ", protected by RCU";
  if (r.type & MEM_USER) out += ", in user memory";
  if (r.type & MEM_PERCPU) out += ", one for each CPU";
  return out;
}

std::string packet_phrase(const Reg& r) {
  const char* what = r.base() == PTR_TO_PACKET_META ? "a pointer to the packet's metadata" : "a packet pointer";
  // `range` counts from where the pointer stood before its constant offset.
  const int readable = r.u.range - r.off;
  if (r.u.range <= 0) return fmt::format("{} of which nothing has been proved readable", what);
  if (readable <= 0)
    return fmt::format("{} at the end of the {} that are proved readable", what,
                       count(static_cast<u64>(r.u.range), "byte"));
  return fmt::format("{} with {} proved readable from there", what, count(static_cast<u64>(readable), "byte"));
}

std::string pointer_phrase(const Reg& r) {
  switch (r.base()) {
    case PTR_TO_CTX:
      return "the program's context";
    case CONST_PTR_TO_MAP: {
      const loader::MapDef* def = r.u.map ? r.u.map->def : nullptr;
      return def ? fmt::format("the map `{}` itself", def->elf_name.empty() ? def->name : def->elf_name)
                 : "a map itself";
    }
    case PTR_TO_MAP_VALUE:
      return map_phrase(r, "value");
    case PTR_TO_MAP_KEY:
      return map_phrase(r, "key");
    case PTR_TO_STACK:
      return "a pointer to the stack";
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
      return packet_phrase(r);
    case PTR_TO_PACKET_END:
      return "the end of the packet (data_end)";
    case PTR_TO_FLOW_KEYS:
      return "a pointer to the flow keys";
    case PTR_TO_SOCKET:
      return "a pointer to a socket (struct bpf_sock)";
    case PTR_TO_SOCK_COMMON:
      return "a pointer to the common part of a socket";
    case PTR_TO_TCP_SOCK:
      return "a pointer to a TCP socket";
    case PTR_TO_XDP_SOCK:
      return "a pointer to an XDP socket";
    case PTR_TO_TP_BUFFER:
      return "the tracepoint's writable buffer";
    case PTR_TO_BTF_ID:
      return btf_phrase(r);
    case PTR_TO_MEM:
      return r.type & MEM_RINGBUF
                 ? fmt::format("a pointer to a reserved ring buffer record ({})", count(r.u.mem_size, "byte"))
                 : fmt::format("a pointer to {} of memory", count(r.u.mem_size, "byte"));
    case PTR_TO_ARENA:
      return "a pointer into the arena";
    case PTR_TO_BUF:
      return "a pointer to a buffer";
    case PTR_TO_FUNC:
      return "the address of a subprogram";
    case CONST_PTR_TO_DYNPTR:
      return "a dynptr";
    default:
      return TypeNames().of(r.type);
  }
}

/// Where in its object a pointer stands; "" at its start.
std::string offset_phrase(const Reg& r) {
  if (r.base() == PTR_TO_STACK) {
    if (!r.is_const())
      return fmt::format(" at r10{} plus a number {}", r.off ? fmt::format("{:+}", r.off) : "", describe_range(r));
    s64 at = r.off + static_cast<s64>(r.var_off().value);
    return at ? fmt::format(" at r10{:+}", at) : " (the frame pointer)";
  }
  std::string out;
  if (r.off)
    out +=
        fmt::format(", {} {} its start", count(static_cast<u64>(r.off < 0 ? -static_cast<s64>(r.off) : r.off), "byte"),
                    r.off < 0 ? "before" : "after");
  if (!r.is_const())
    out += fmt::format(", plus a number {}", describe_range(r));
  else if (r.var_off().value)
    out += fmt::format(", plus {}", number(static_cast<s64>(r.var_off().value)));
  return out;
}

}  // namespace

std::string count(u64 n, const char* noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string describe_range(const Scalar& s) {
  const bool low = s.umin() != 0, high = s.umax() != sim::U64_MAX;
  std::string bits;
  if (u64 known = ~s.var_off().mask;
      !s.is_const() && known && !(s.var_off().value & 7) && (known & 7) == 7 && s.umax() > 7)
    bits = ", a multiple of 8";
  if (s.smin() < 0 && s.smax() >= 0 && (s.smin() != sim::S64_MIN || s.smax() != sim::S64_MAX)) {
    if (s.smin() == sim::S64_MIN) return fmt::format("that is at most {} and may be negative", number(s.smax()));
    if (s.smax() == sim::S64_MAX) return fmt::format("that is at least {}", number(s.smin()));
    return fmt::format("from {} to {}", number(s.smin()), number(s.smax()));
  }
  if (s.smax() < 0) return fmt::format("from {} to {}, always negative", number(s.smin()), number(s.smax()));
  if (!high && !low) {
    if (s.u32_max() != sim::U32_MAX)
      return fmt::format("whose lower 32 bits are at most {} and whose upper bits are not known",
                         number(u64{s.u32_max()}));
    return "of which nothing is known";
  }
  if (!high) return fmt::format("that is at least {}", number(s.umin()));
  if (s.umax() == sim::U32_MAX && !low) return "of 32 bits, not bounded any further";
  return fmt::format("from {} to {}{}", number(s.umin()), number(s.umax()), bits);
}

std::string describe(const Reg& r) {
  if (r.type == NOT_INIT) return "without a value";
  if (r.is_scalar()) {
    if (r.is_const()) return fmt::format("the number {}", number(static_cast<s64>(r.var_off().value)));
    return "a number " + describe_range(r);
  }
  std::string out = pointer_phrase(r) + offset_phrase(r);
  if ((r.type & MEM_RDONLY) && r.base() != CONST_PTR_TO_MAP) out += ", read-only";
  if (r.maybe_null()) out += ", or NULL: it has not been compared with NULL";
  return out;
}

bool holds_object(const sim::StackSlot& slot) {
  using sim::SlotType;
  return std::ranges::any_of(
      slot.slot, [](SlotType t) { return t == SlotType::Dynptr || t == SlotType::Iter || t == SlotType::IrqFlag; });
}

std::string slot_words(const sim::StackSlot& slot) {
  using sim::SlotType;
  for (const SlotType t : {SlotType::Dynptr, SlotType::Iter, SlotType::IrqFlag})
    if (std::ranges::find(slot.slot, t) != std::end(slot.slot))
      return t == SlotType::Dynptr ? "a dynptr" : t == SlotType::Iter ? "an iterator" : "saved interrupt state";
  if (slot.is_spilled_reg()) return describe(slot.spilled);
  const auto unset = std::ranges::count(slot.slot, SlotType::Invalid);
  if (unset == std::ssize(slot.slot)) return "nothing";
  return unset ? fmt::format("{} that were written and {} that were not", std::ssize(slot.slot) - unset, unset)
               : "bytes that were written";
}

}  // namespace bpfcheck::report
