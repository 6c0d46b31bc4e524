// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See feature_list.h.
#include "kernel_db/feature_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel_db/availability.h"
#include "kernel_db/feature_row.h"
#include "kernel_db/helpers.h"
#include "kernel_db/kernel_facts.h"
#include "kernel_db/listed_options.h"

namespace bpfcheck {
namespace {

using A = AttachType;
constexpr A no_attach{};

constexpr Representative representative_rows[] = {
    {ProgType::SOCKET_FILTER, no_attach, false, "", ""},
    {ProgType::KPROBE, no_attach, false, "", ""},
    {ProgType::SCHED_CLS, no_attach, false, "", ""},
    {ProgType::SCHED_ACT, no_attach, false, "", ""},
    {ProgType::TRACEPOINT, no_attach, false, "", ""},
    {ProgType::XDP, A::XDP, false, "", ""},
    {ProgType::PERF_EVENT, no_attach, false, "", ""},
    {ProgType::CGROUP_SKB, A::CGROUP_INET_INGRESS, false, "", ""},
    {ProgType::CGROUP_SOCK, A::CGROUP_INET_SOCK_CREATE, false, "", ""},
    {ProgType::LWT_IN, no_attach, false, "", ""},
    {ProgType::LWT_OUT, no_attach, false, "", ""},
    {ProgType::LWT_XMIT, no_attach, false, "", ""},
    {ProgType::SOCK_OPS, A::CGROUP_SOCK_OPS, false, "", ""},
    {ProgType::SK_SKB, A::SK_SKB_STREAM_VERDICT, false, "", ""},
    {ProgType::CGROUP_DEVICE, A::CGROUP_DEVICE, false, "", ""},
    {ProgType::SK_MSG, A::SK_MSG_VERDICT, false, "", ""},
    {ProgType::RAW_TRACEPOINT, no_attach, false, "", ""},
    {ProgType::CGROUP_SOCK_ADDR, A::CGROUP_INET4_CONNECT, false, "", ""},
    {ProgType::LWT_SEG6LOCAL, no_attach, false, "", ""},
    {ProgType::LIRC_MODE2, A::LIRC_MODE2, false, "", ""},
    {ProgType::SK_REUSEPORT, A::SK_REUSEPORT_SELECT, false, "", ""},
    {ProgType::FLOW_DISSECTOR, A::FLOW_DISSECTOR, false, "", ""},
    {ProgType::CGROUP_SYSCTL, A::CGROUP_SYSCTL, false, "", ""},
    {ProgType::RAW_TRACEPOINT_WRITABLE, no_attach, false, "", ""},
    {ProgType::CGROUP_SOCKOPT, A::CGROUP_GETSOCKOPT, false, "", ""},
    {ProgType::TRACING, A::TRACE_RAW_TP, false, "btf_trace_sched_switch btf_trace_sys_enter", "", "tp_btf"},
    {ProgType::TRACING, A::TRACE_FENTRY, false, "bpf_fentry_test1 vfs_read do_exit", "", "fentry"},
    {ProgType::STRUCT_OPS, no_attach, false, "", "tcp_congestion_ops"},
    {ProgType::EXT, no_attach, false, "", ""},
    {ProgType::LSM, A::LSM_MAC, false, "bpf_lsm_file_open", ""},
    {ProgType::SK_LOOKUP, A::SK_LOOKUP, false, "", ""},
    {ProgType::SYSCALL, no_attach, true, "", ""},
    {ProgType::NETFILTER, A::NETFILTER, false, "", ""},
};

constexpr u32 map_type_count = static_cast<u32>(MapType::ARENA) + 1;

HelperList helpers_of(const Target& target, const Representative& r) {
  HelperList out{representative_name(r), {}, ""};
  if (r.type == ProgType::EXT) {
    out.why_unknown = "those of the program that it extends";
    return out;
  }
  const auto attach = attach_target_of(target, r);
  HelperContext ctx{r.type,       static_cast<u32>(r.attach),
                    r.sleepable,  attach ? attach->first : "",
                    r.struct_ops, r.struct_ops.empty() ? "" : struct_ops_member};
  for (u32 id = 1; id < helper_count_of(target); id++)
    if (helper_proto(target, ctx, id)) out.helpers.push_back(id);
  return out;
}

void compare_types(std::vector<std::string>& out, std::string_view what, const std::vector<Offered>& a,
                   const std::vector<Offered>& b, const FeatureList& of_a, const FeatureList& of_b) {
  for (const Offered& x : a) {
    auto y = std::ranges::find(b, x.name, &Offered::name);
    if (y == b.end() || !x.offered || !y->offered || *x.offered == *y->offered) continue;
    auto says = [](const Offered& o) {
      return fmt::format("{}{}", *o.offered ? "offered" : "not offered", o.note.empty() ? "" : " (" + o.note + ")");
    };
    out.push_back(fmt::format("{} {}: {} by {}, {} by {}", what, x.name, says(x), of_a.source, says(*y), of_b.source));
  }
}

/// The witness or the release tells.
bool is_told(const Target& t, const FeatureRow& row, bool present) {
  if (t.btf && !row.witness.empty() && shows(*t.btf, row.witness) == present) return true;
  return row.since.holds(t.version, t.levels, Unsure::take) == row.since.holds(t.version, t.levels, Unsure::leave);
}

Setting option_setting(const Target& target, std::string_view option) {
  Setting out{std::string(option), std::nullopt, ""};
  if (target.facts && target.facts->config) {
    const auto it = target.facts->config->find(option);
    out.value = value_words(UnknownKind::option, it == target.facts->config->end() ? "" : it->second);
    return out;
  }
  const std::vector<FactValue> values = values_of_option(target, option, OptionType::other);
  if (values.size() == 1) {
    out.value = value_words(UnknownKind::option, values[0]);
    return out;
  }
  for (const FactValue& v : values)
    out.taken += fmt::format("{}{}", out.taken.empty() ? "tried: " : ", ", value_words(UnknownKind::option, v));
  return out;
}

std::vector<Setting> settings_of(const Target& target) {
  std::vector<Setting> out;
  for (std::string_view option : listed_options()) out.push_back(option_setting(target, option));
  using Text = std::optional<std::string>;
  Text cpus;
  if (target.cpus_known) cpus = std::to_string(target.nr_cpus);
  out.push_back({"CPUs", cpus, fmt::format("tried: {}, 1, 2", target.nr_cpus)});
  const bool always_on =
      target.facts && target.facts->config && target.facts->config->contains("CONFIG_BPF_JIT_ALWAYS_ON");
  out.push_back({"JIT (net.core.bpf_jit_enable)", always_on ? Text("on") : Text(), "taken as on"});
  constexpr const char* lockdowns[] = {"none", "integrity", "confidentiality"};
  const bool asked = target.facts && (target.facts->config || !target.facts->source.empty());
  out.push_back(
      {"lockdown", asked ? Text(lockdowns[static_cast<size_t>(target.facts->lockdown)]) : Text(), "taken as none"});
  out.push_back({"addresses of static functions",
                 target.facts && target.facts->symbols ? Text("told by its symbols") : Text(),
                 "a function that the BTF has is taken to be there under its name"});
  return out;
}

}  // namespace

std::span<const Representative> representatives() { return representative_rows; }

std::string representative_name(const Representative& r) {
  return r.label.empty() ? prog_type_name(r.type) : fmt::format("{}:{}", prog_type_name(r.type), r.label);
}

std::optional<std::pair<std::string_view, u32>> attach_target_of(const Target& target, const Representative& r) {
  if (!target.btf) return std::nullopt;
  for (std::string_view list = r.attach_to; !list.empty();) {
    const auto blank = list.find(' ');
    const std::string_view name = list.substr(0, blank);
    if (auto id = target.btf->find(name, name.starts_with("btf_trace_") ? btf::Kind::Typedef : btf::Kind::Func))
      return std::pair(name, *id);
    list.remove_prefix(blank == std::string_view::npos ? list.size() : blank + 1);
  }
  return std::nullopt;
}

FeatureList features_of(const Target& target) {
  FeatureList out;
  out.source = target.btf ? "BTF of " + target.btf->origin() : target.name;
  for (const Representative& r : representative_rows) {
    out.prog_types.push_back({representative_name(r), prog_type_supported(target, r.type)});
    if (*out.prog_types.back().offered) out.helpers.push_back(helpers_of(target, r));
  }
  for (u32 t = 1; t < map_type_count; t++)
    out.map_types.push_back(
        {map_type_name(static_cast<MapType>(t)), map_type_supported(target, static_cast<MapType>(t))});
  for (size_t i = 0; const FeatureRow& row : feature_rows()) {
    const bool present = target.features[i++];
    out.verifier.push_back({row.name, row.prose, present, is_told(target, row, present)});
  }
  out.settings = settings_of(target);
  return out;
}

std::vector<std::string> differences(const FeatureList& a, const FeatureList& b) {
  std::vector<std::string> out;
  compare_types(out, "program type", a.prog_types, b.prog_types, a, b);
  compare_types(out, "map type", a.map_types, b.map_types, a, b);
  for (const HelperList& x : a.helpers) {
    auto y = std::ranges::find(b.helpers, x.prog_type, &HelperList::prog_type);
    if (y == b.helpers.end() || !x.why_unknown.empty() || !y->why_unknown.empty()) continue;
    auto one_sided = [&](const std::vector<u32>& in, const std::vector<u32>& not_in, const FeatureList& has,
                         const FeatureList& lacks) {
      for (u32 id : in)
        if (!std::ranges::binary_search(not_in, id))
          out.push_back(fmt::format("helper bpf_{} for {}: offered by {}, not by {}", helper_name(id), x.prog_type,
                                    has.source, lacks.source));
    };
    one_sided(x.helpers, y->helpers, a, b);
    one_sided(y->helpers, x.helpers, b, a);
  }
  return out;
}

}  // namespace bpfcheck
