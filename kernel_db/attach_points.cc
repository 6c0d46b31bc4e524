// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See attach_points.h.
#include "kernel_db/attach_points.h"

#include <algorithm>

#include "kernel_db/when.h"

namespace bpfcheck {
namespace {

struct Point {
  std::string_view function;
  AttachPoint property;
  When when;
};
constexpr Point points[] = {
#define ATTACH_POINT(function, property, ...) {#function, AttachPoint::property, When{__VA_ARGS__}},
#include "kernel_db/attach_points.def"
#undef ATTACH_POINT
};

enum class TpArg : u8 { maybe_null, maybe_error };
struct TpRow {
  std::string_view tracepoint;
  u32 arg;
  TpArg what;
};
constexpr TpRow tp_rows[] = {
#define RAW_TP_ARG(tracepoint, arg, what) {#tracepoint, arg, TpArg::what},
#include "kernel_db/raw_tp_args.def"
#undef RAW_TP_ARG
};

constexpr IterArg iter_rows[] = {
#define ITER_ARG(target, arg, reg_type, btf_struct) {#target, arg, reg_type, btf_struct},
#include "kernel_db/iterators.def"
#undef ITER_ARG
};

/// The names under which each architecture enters its system calls.
constexpr std::string_view syscall_prefixes[] = {"__x64_sys_",   "__ia32_sys_",         "__ia32_compat_sys_",
                                                 "__arm64_sys_", "__arm64_compat_sys_", "__s390x_sys_"};

}  // namespace

bool attach_point_is(const Target& target, std::string_view function, AttachPoint property) {
  return std::ranges::any_of(
      points, [&](const Point& p) { return p.property == property && p.function == function && p.when.holds(target); });
}

bool is_system_call(std::string_view function) {
  return std::ranges::any_of(syscall_prefixes, [&](std::string_view p) { return function.starts_with(p); });
}

bool error_injectable(const Target& target, std::string_view function) {
  if (!target.has_func("within_error_injection_list")) return false;
  return is_system_call(function) || attach_point_is(target, function, AttachPoint::injectable) ||
         attach_point_is(target, function, AttachPoint::unsleepable);
}

RawTpArg raw_tp_arg(std::string_view tracepoint, u32 arg) {
  RawTpArg found;
  for (const TpRow& r : tp_rows)
    if (r.tracepoint == tracepoint && r.arg == arg)
      (r.what == TpArg::maybe_null ? found.maybe_null : found.maybe_error) = true;
  return found;
}

bool raw_tp_listed(std::string_view tracepoint) {
  return std::ranges::find(tp_rows, tracepoint, &TpRow::tracepoint) != std::end(tp_rows);
}

bool iter_target_known(std::string_view target) {
  return std::ranges::find(iter_rows, target, &IterArg::target) != std::end(iter_rows);
}

std::span<const IterArg> iter_args() { return iter_rows; }

}  // namespace bpfcheck
