// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One verification under way (struct bpf_verifier_env, 6.18): the program, what is known of it, the state being
// explored.
//
// Functions of the rooms follow the kernel's conventions: they return 0 or a non-negative result, or a negative errno
// after the words that explain it have been noted. Unsupported travels the same way, as its own negative number.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <cerrno>

#include "kernel_db/helpers.h"
#include "kernel_db/messages.h"
#include "kernel_db/target.h"
#include "loader/program.h"
#include "verifier_sim/domain/ranges.h"
#include "verifier_sim/state/aux.h"
#include "verifier_sim/state/map.h"
#include "verifier_sim/state/state.h"
#include "verifier_sim/verdict.h"

namespace bpfcheck::sim {

inline constexpr int ERR_UNSUPPORTED = -4096;
inline constexpr u32 MAX_SUBPROGS = 256;
inline constexpr u32 COMPLEXITY_LIMIT_INSNS = 1000000, COMPLEXITY_LIMIT_JMP_SEQ = 8192, COMPLEXITY_LIMIT_STATES = 64;
inline constexpr s32 MAX_ERRNO = 4095;
inline constexpr u32 MAX_FUNC_ARGS = 12;  ///< MAX_BPF_FUNC_ARGS
inline constexpr u32 MAX_VAR_OFF = 1u << 29, MAX_VAR_SIZ = 1u << 29;

struct Explorer;    // prune/explorer.h: stack of states to explore, explored states, SCC visits
struct Cfg;         // flow/cfg.h: post-order
struct Liveness;    // flow/stack_liveness.h
struct KfuncTable;  // calls/kfunc_desc.h

class Env {
 public:
  Env(const Target& target, const loader::LinkedProgram& prog, Observer* observer);
  ~Env();

  // What is judged.
  const Target& target;
  const loader::LinkedProgram& prog;
  Insns insns;               ///< BPF_LD_IMM64 immediates as resolve_pseudo_ldimm64 leaves them to the explorer
  std::vector<InsnAux> aux;  ///< one an instruction
  std::vector<Subprog>
      subprogs;         ///< by start; one more, hidden, ends the list: subprogs[subprog_cnt].start == insns.size()
  u32 subprog_cnt = 0;  ///< real subprograms
  u32 hidden_subprog_cnt = 0;
  s32 exception_callback_subprog = 0;
  std::vector<std::shared_ptr<Map>> maps;  ///< as LinkedProgram::maps, those in use filled
  std::vector<const btf::Btf*> used_btfs;

  // Facts about the program, settled before exploration (check_attach_btf_id and friends).
  ProgType type = ProgType::UNSPEC;  ///< resolved: an extension has its target's
  u32 expected_attach_type = 0;
  bool sleepable = false;  ///< prog->sleepable
  const btf::Btf* attach_btf = nullptr;
  u32 attach_btf_id = 0;
  std::string_view attach_func_name;
  u32 attach_func_proto = 0;         ///< FUNC_PROTO id in attach_btf; 0 none
  std::string_view struct_ops_name;  ///< struct_ops: kernel type
  std::string_view struct_ops_member;
  struct CtxArgInfo {
    u32 offset = 0;
    u32 reg_type = 0;
    const btf::Btf* btf = nullptr;
    u32 btf_id = 0;
    u32 ref_obj_id = 0;
    bool refcounted = false;
  };
  std::vector<CtxArgInfo> ctx_arg_info;
  struct CtxConvert {
    u32 prog_type_id;
    u32 kern_type_id;
  };
  std::optional<CtxConvert> ctx_convert;  ///< memory/ctx_type.cc's: the context's types in vmlinux, looked up once
  bool has_callchain_buf = false, dst_needed = false, cb_access = false, kprobe_override = false,
       enforce_expected_attach_type = false;
  bool changes_pkt_data = false, might_sleep = false, tail_call_reachable = false, call_get_stack = false,
       call_get_func_ip = false;
  u32 max_ctx_offset = 0, max_pkt_offset = 0, max_rdonly_access = 0, max_rdwr_access = 0, max_tp_access = 0;
  bool jits_use_priv_stack = false, priv_stack_requested = false, attach_tracing_prog = false, saved_dst_prog = false,
       attach_btf_trace = false;
  const Map* arena = nullptr;
  const Map* cgroup_storage[2] = {};

  // Privileges and options.
  bool allow_ptr_leaks = true, allow_uninit_stack = true, bpf_capable = true, bypass_spec_v1 = true,
       bypass_spec_v4 = true;
  bool strict_alignment = false, test_state_freq = false, test_reg_invariants = false;
  const std::unique_ptr<const Ranges> ranges;
  bool explore_alu_limits = false, seen_direct_write = false, seen_exception = false;

  // Exploration.
  u32 insn_idx = 0, prev_insn_idx = 0;
  State* cur_state = nullptr;  ///< owned by the explorer
  u32 id_gen = 0;
  HistoryEntry* cur_hist_ent = nullptr;
  u32 pass_cnt = 0;
  Reg fake_reg[2];
  Stats stats;
  u32 prev_insn_processed = 0, jmps_processed = 0, prev_jmps_processed = 0;
  u32 insn_processed() const { return stats.processed; }

  // Pieces that belong to one room each.
  std::unique_ptr<Explorer> explorer;
  std::unique_ptr<Cfg> cfg;
  std::unique_ptr<Liveness> liveness;
  std::unique_ptr<KfuncTable> kfuncs;

  // What has been touched since the state was last printed.
  mutable u32 scratched_regs = 0;
  mutable u64 scratched_stack_slots = 0;
  void mark_reg_scratched(u32 regno) { scratched_regs |= 1u << regno; }
  void mark_stack_slot_scratched(u32 spi) { scratched_stack_slots |= 1ull << spi; }
  void mark_verifier_state_clean() const {
    scratched_regs = 0;
    scratched_stack_slots = 0;
  }
  void mark_verifier_state_scratched() {
    scratched_regs = ~0u;
    scratched_stack_slots = ~0ull;
  }

  // Words. Every row of the catalogue that the kernel would print goes through here.
  Observer* const observer;
  bool watched() const { return observer != nullptr; }
  bool detailed() const { return detailed_; }  ///< somebody reads details
  /// verbose(): words without a decision.
  template <class... A>
  [[gnu::cold, gnu::noinline]] void note(Msg m, A&&... operands) {
    last_note.code = m;
    last_note.insn = insn_idx;
    last_note.operands.clear();
    (last_note.operands.push_back(operand(std::forward<A>(operands))), ...);
    note_is_fresh = true;
    if (observer) observer->on_note(*this, m, last_note.operands);
  }
  /// Words that the kernel prints at log level 2 alone: they explain nothing and are only for an observer.
  template <class... A>
  void detail(Msg m, A&&... operands) {
    if (!detailed_) return;
    Operands o;
    (o.push_back(operand(std::forward<A>(operands))), ...);
    observer->on_detail(*this, m, o);
  }
  /// The words and the catalogue's errno, negative: `return env.reject(Msg::x, ...)`.
  template <class... A>
  [[gnu::cold, gnu::noinline]] int reject(Msg m, A&&... operands) {
    note(m, std::forward<A>(operands)...);
    return -msg_info(m).errnum;
  }
  /// What is not modelled: named once, first name wins.
  [[gnu::cold, gnu::noinline]] int unsupported(std::string_view what) {
    if (unsupported_name.empty()) unsupported_name = what;
    return ERR_UNSUPPORTED;
  }
  Reject last_note;
  bool note_is_fresh = false;  ///< last_note was made since the current instruction began
  std::string unsupported_name;

  // Shorthands of the kernel.
  Frame* cur_func() { return cur_state->frame[cur_state->curframe].get(); }
  Reg* cur_regs() { return cur_func()->regs.data(); }
  InsnAux* cur_aux() { return &aux[insn_idx]; }
  Frame* func(const Reg* reg) { return cur_state->frame[reg->frameno].get(); }
  Reg* reg_state(u32 regno) { return &cur_func()->regs[regno]; }
  bool attach_is(AttachType a) const { return expected_attach_type == static_cast<u32>(a); }
  bool in_sleepable() const {
    return cur_state && target.has(Feature::sleepable_by_state) ? cur_state->in_sleepable
                                                                : sleepable || (cur_state && cur_state->in_sleepable);
  }
  u32 new_id() { return ++id_gen; }
  std::string_view subprog_name(u32 subprog) const;
  bool subprog_is_global(u32 subprog) const {
    return subprogs[subprog].linkage == static_cast<u32>(btf::Linkage::Global);
  }
  HelperContext helper_context() const;

 private:
  const bool detailed_ = observer && observer->reads_details();
  template <class T>
  static Operand operand(T&& v) {
    using D = std::decay_t<T>;
    if constexpr (std::is_same_v<D, bool>)
      return static_cast<s64>(v);
    else if constexpr (std::is_enum_v<D>)
      return static_cast<u64>(v);
    else if constexpr (std::is_integral_v<D> && std::is_signed_v<D>)
      return static_cast<s64>(v);
    else if constexpr (std::is_integral_v<D>)
      return static_cast<u64>(v);
    else
      return std::string(std::string_view(v));
  }
};

}  // namespace bpfcheck::sim
