// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See target.h. Kernel lines are recognised by what each brought into vmlinux's BTF.
#include "kernel_db/target.h"

#include <fmt/format.h>

#include "kernel_db/feature_row.h"
#include "kernel_db/helpers.h"

namespace bpfcheck {
namespace {

/// What a line of kernels brought, newest first.
struct Line {
  u32 version;
  std::string_view witness;
};
constexpr Line lines[] = {
    {0x0700, "struct:cnum64.base"},
    {0x0612, "struct:bpf_verifier_env.liveness"},
    {0x0611, "struct:bpf_verifier_env.scc_info"},
    {0x060f, "struct:bpf_insn_aux_data.live_regs_before"},
    {0x060d, "struct:bpf_subprog_info.priv_stack_mode"},
    {0x060c, "struct:bpf_jmp_history_entry.linked_regs"},
    {0x0609, "struct:bpf_verifier_state.may_goto_depth"},
    {0x0608, "struct:bpf_jmp_history_entry.flags"},
    {0x0607, "func:bpf_throw"},
    {0x0604, "struct:bpf_iter_num.__opaque"},
    {0x0601, "enum:bpf_func_id.BPF_FUNC_user_ringbuf_drain"},
    {0x0511, "enum:bpf_func_id.BPF_FUNC_loop"},
    {0x050f, "enum:bpf_func_id.BPF_FUNC_get_func_ip"},
    {0x050a, "enum:bpf_func_id.BPF_FUNC_redirect_peer"},
};

Arch arch_of(const btf::Btf& btf) {
  auto regs = btf.find("pt_regs", btf::Kind::Struct);
  if (btf.endian() == Endian::big) return Arch::s390x;
  if (regs)
    for (u32 i = 0, n = btf.type(*regs).member_count(); i < n; i++)
      if (std::string_view m = btf.type(*regs).member(i).name; m == "r15") return Arch::x86_64;
  if (btf.find("user_pt_regs", btf::Kind::Struct)) return Arch::arm64;
  return Arch::other;
}

constexpr std::string_view arch_names[] = {"x86-64", "arm64", "s390x", "other"};

/// Which release it is: said on the command line, else by the kernel itself, else what its BTF shows.
void settle_release(Target& t, u32 line_of_btf, const std::optional<Release>& forced,
                    const std::optional<Release>& release) {
  auto exactly = [&](u32 patch) { t.levels = {patch, patch, ""}; };
  if (forced && forced->patch) return exactly(*forced->patch);
  if (!t.btf || line_of_btf != t.version) return;
  t.levels = patch_levels(*t.btf, t.version);
  // Distributions that stay at a line's first release name it and bring the fixes of later ones.
  if (release && release->line == t.version && release->patch.value_or(0) != 0) {
    exactly(*release->patch);
    t.evidence += fmt::format(" ({} by its own word)", release_text(t.version, t.levels));
  } else if (const std::string text = release_text(t.version, t.levels); !text.empty()) {
    t.evidence += fmt::format(" ({}: {})", text, t.levels.evidence);
  }
}

bool has_feature(const Target& t, const FeatureRow& row, bool forced) {
  if (t.btf && !row.witness.empty() && !forced) return shows(*t.btf, row.witness);
  return row.since.holds(t.version, t.levels, row.unsure);
}

}  // namespace

Target make_target(btf::BtfPtr vmlinux, std::string_view kernel_override, std::optional<Release> release) {
  Target t;
  t.btf = std::move(vmlinux);
  t.arch = t.btf ? arch_of(*t.btf) : Arch::x86_64;
  const Line* found = nullptr;
  if (t.btf)
    for (const Line& line : lines)
      if (shows(*t.btf, line.witness)) {
        found = &line;
        break;
      }
  t.version = found ? found->version : 0x0612;
  t.evidence = found ? fmt::format("its BTF has {}", found->witness.substr(found->witness.find(':') + 1))
                     : "nothing in its BTF tells";
  const auto forced = parse_release(kernel_override);
  if (forced) {
    t.version = forced->line;
    t.evidence = "--kernel says so";
  }
  settle_release(t, found ? found->version : 0, forced, release);
  for (size_t i = 0; const FeatureRow& row : feature_rows()) t.features[i++] = has_feature(t, row, forced.has_value());
  if (t.btf) t.offers = offers_of(*t.btf);
  t.helpers = helper_table_of(t);
  t.name = fmt::format("{} ({})", line_text(t.version), arch_names[static_cast<size_t>(t.arch)]);
  return t;
}

}  // namespace bpfcheck
