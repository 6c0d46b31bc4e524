// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/program.h"

#include <fmt/format.h>

#include "base/disasm.h"
#include "kernel_db/helpers.h"
#include "verifier_sim/maps/special_fields.h"

namespace bpfcheck::differential {
namespace {

using Maps = std::array<std::shared_ptr<const loader::MapDef>, map_count>;

std::shared_ptr<loader::MapDef> make(const char* name, MapType type, u32 key, u32 value, u32 entries) {
  auto m = std::make_shared<loader::MapDef>();
  m->name = m->elf_name = name;
  m->type = type;
  m->key_size = key;
  m->value_size = value;
  m->max_entries = entries;
  return m;
}

Maps make_maps() {
  auto data = make("global_data", MapType::ARRAY, 4, 40, 1);
  data->initial.assign(data->value_size, 0);
  auto fixed = make("constants", MapType::ARRAY, 4, 32, 1);
  fixed->flags = F_RDONLY_PROG;
  fixed->frozen = true;
  for (u32 i = 0; i < fixed->value_size; i++)
    fixed->initial.push_back(static_cast<u8>(i < 8 ? i : i < 16 ? 0 : 0xf0 + i));
  auto lock = make("locked", MapType::ARRAY, 4, locked_size, 2);
  lock->has_btf = true;
  lock->btf_key_type_id = key_type_id();
  lock->btf_value_type_id = locked_type_id();
  if (auto record = sim::maps::btf_parse_fields(*types(), locked_type_id(), FIELD_SPIN_LOCK, locked_size, Target{}))
    lock->record = *record;
  return {make("small_array", MapType::ARRAY, 4, 64, 4),
          make("hash", MapType::HASH, 8, 48, 8),
          make("percpu_array", MapType::PERCPU_ARRAY, 4, 16, 1),
          make("ring_buffer", MapType::RINGBUF, 0, 0, 4096),
          make("program_array", MapType::PROG_ARRAY, 4, 4, 3),
          data,
          fixed,
          lock};
}

const Maps& maps() {
  static const Maps all = make_maps();
  return all;
}

constexpr const char* kfunc_names[] = {"bpf_iter_num_new",   "bpf_iter_num_next",   "bpf_iter_num_destroy",
                                       "bpf_rcu_read_lock",  "bpf_rcu_read_unlock", "bpf_preempt_disable",
                                       "bpf_preempt_enable", "bpf_local_irq_save",  "bpf_local_irq_restore"};
static_assert(std::size(kfunc_names) == static_cast<size_t>(Kfunc::count));

bool calls_kfunc(const Insn& i) {
  return i.code == (bpf::JMP | bpf::CALL) && i.src == bpf::PSEUDO_KFUNC_CALL && i.imm >= 0 &&
         static_cast<size_t>(i.imm) < std::size(kfunc_names);
}

}  // namespace

Insns with_kfunc_ids(const Insns& insns, const btf::Btf& vmlinux) {
  Insns out = insns;
  for (Insn& i : out)
    if (calls_kfunc(i)) i.imm = static_cast<s32>(vmlinux.find(kfunc_names[i.imm], btf::Kind::Func).value_or(0));
  return out;
}

const loader::MapDef& map_def(s32 index) { return *maps()[static_cast<size_t>(index)]; }

loader::LinkedProgram linked(const Program& p, const btf::BtfPtr& vmlinux) {
  loader::LinkedProgram out;
  out.name = "generated";
  out.type = p.type;
  out.expected_attach_type = p.attach_type;
  out.flags = p.flags;
  out.license = "GPL";
  out.gpl_compatible = true;
  out.insns = with_kfunc_ids(p.insns, *vmlinux);
  out.btfs = {vmlinux};
  out.maps.assign(maps().begin(), maps().end());
  out.btf = types();  // the maps' too; without function info the kernel takes no notice of the program's
  for (const auto& f : p.functions) out.func_info.push_back({f.start, func_type_id(f.func)});
  return out;
}

std::string listing(const Program& p) {
  static const DisasmNames names = {
      .call =
          [](const Insn& i) {
            if (calls_kfunc(i)) return std::string(kfunc_names[i.imm]);
            return i.src || i.imm < 0 ? std::string() : "bpf_" + std::string(helper_name(static_cast<u32>(i.imm)));
          },
      .imm =
          [](const Insn& i, u64 imm) {
            const bool map =
                (i.src == bpf::PSEUDO_MAP_FD || i.src == bpf::PSEUDO_MAP_VALUE) && static_cast<u32>(i.imm) < map_count;
            if (map) return fmt::format("map {}[{}]", map_def(i.imm).name, imm >> 32);
            return i.src == bpf::PSEUDO_FUNC ? fmt::format("function pc{:+}", i.imm) : fmt::format("{:#x}", imm);
          }};
  std::string s;
  size_t next = 0;
  for (size_t i = 0; i < p.insns.size(); i++) {
    if (next < p.functions.size() && p.functions[next].start == i)
      s += fmt::format("{}:\n", types()->type(func_type_id(p.functions[next++].func)).name());
    s += fmt::format("{:4}: ", i);
    if (p.insns[i].code == bpf::LD_IMM64 && i + 1 == p.insns.size())
      s += "(18) half an instruction";
    else
      disassemble(s, &p.insns[i], names);
    s += '\n';
    if (p.insns[i].code == bpf::LD_IMM64) i++;
  }
  return s;
}

}  // namespace bpfcheck::differential
