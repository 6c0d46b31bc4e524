// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See externs_in_kernel.h.
#include "loader/externs_in_kernel.h"

#include <fmt/format.h>

#include "core_reloc/flavour.h"
#include "core_reloc/match.h"
#include "kernel_db/kernel_facts.h"

namespace bpfcheck::loader {
namespace {

class Resolver {
 public:
  Resolver(const Object& obj, const ObjectProgram& prog, const Target& target, std::span<const btf::BtfPtr> btfs,
           UnknownExterns& unknown)
      : obj_(obj), prog_(prog), target_(target), btfs_(btfs), unknown_(unknown), externs_(obj.externs.size()) {}

  Result<std::vector<ResolvedExtern>> run() {
    for (bool typed : {false, true})  // libbpf looks through kallsyms first
      for (size_t i = 0; i < obj_.externs.size(); i++) {
        const Extern& e = obj_.externs[i];
        if (e.kind == Extern::Kind::Ksym && e.typeless != typed)
          BPFCHECK_TRY(typed ? resolve_typed(e, externs_[i]) : resolve_typeless(e, i));
      }
    for (size_t i = 0; i < obj_.externs.size(); i++) {
      const Extern& e = obj_.externs[i];
      if (e.kind != Extern::Kind::Ksym || externs_[i].set || e.weak) continue;
      if (!unknown_[i]) return bad(fmt::format("extern '{}' (strong): not resolved", e.name), ESRCH);
    }
    return std::move(externs_);
  }

 private:
  std::unexpected<Error> bad(std::string what, int errnum) const {
    return fail(place_of(obj_, prog_), std::move(what), errnum);
  }

  std::optional<std::pair<u32, u32>> find_in_kernel(std::string_view name, btf::Kind kind) const {
    for (u32 i = 0; i < btfs_.size(); i++) {
      if (!btfs_[i]) continue;
      auto id = btfs_[i]->find(name, kind);
      if (id && (i == 0 || *id >= btfs_[i]->first_id())) return std::pair(*id, i);
    }
    return std::nullopt;
  }

  /// By name in the kernel's list of symbols.
  Result<void> resolve_typeless(const Extern& e, size_t index) {
    ResolvedExtern& r = externs_[index];
    const SymbolTable* symbols = target_.facts ? target_.facts->symbols.get() : nullptr;
    if (symbols && symbols->known()) {
      for (const SymbolTable::Symbol& s : symbols->find(e.name)) {
        if (r.set && r.address != s.address)
          return bad(
              fmt::format("extern (ksym) '{}': resolution is ambiguous: {:#x} or {:#x}", e.name, r.address, s.address),
              EINVAL);
        r.set = true;
        r.address = s.address;
      }
      return {};
    }
    std::vector<FactValue> values = values_of_symbol(target_, e.name);
    if (const FactValue* value = supposed(target_, UnknownKind::symbol, e.name)) values = {*value};
    r.set = !values[0].empty();
    if (values.size() > 1) unknown_[index] = {{UnknownKind::symbol, e.name, std::move(values)}, !e.weak};
    const FactValue* image = supposed(target_, UnknownKind::image, image_fact().name);
    r.unplaced = r.set && !image;
    if (r.set) r.address = address_in(image ? *image : image_fact().values[0], static_cast<u32>(index));
    return {};
  }

  Result<void> resolve_typed(const Extern& e, ResolvedExtern& r) const {
    auto found = find_in_kernel(e.is_func ? e.essent_name : e.name, e.is_func ? btf::Kind::Func : btf::Kind::Var);
    if (!found) {
      if (e.weak) return {};
      return bad(fmt::format("extern ({} ksym) '{}': not found in kernel {}", e.is_func ? "func" : "var", e.name,
                             e.is_func ? "or module BTFs" : "BTF"),
                 EINVAL);
    }
    const btf::Btf& kernel = *btfs_[found->second];
    u32 local = obj_.btf->type(e.btf_id).type(), remote = kernel.type(found->first).type();
    if (core_reloc::types_are_compatible(*obj_.btf, obj_.btf->skip_mods_and_typedefs(local), kernel,
                                         e.is_func ? remote : kernel.skip_mods_and_typedefs(remote)) <= 0) {
      if (e.weak && e.is_func) return {};
      if (e.is_func)
        return bad(fmt::format("extern (func ksym) '{}': func_proto [{}] incompatible with {} [{}]", e.name, local,
                               found->second ? "a module's" : "vmlinux", remote),
                   EINVAL);
      const btf::Type l = obj_.btf->type(obj_.btf->skip_mods_and_typedefs(local)),
                      k = kernel.type(kernel.skip_mods_and_typedefs(remote));
      return bad(
          fmt::format("extern (var ksym) '{}': incompatible types, expected [{}] {} {}, but kernel has [{}] {} {}",
                      e.name, l.id(), core_reloc::kind_word(l), l.name(), k.id(), core_reloc::kind_word(k), k.name()),
          EINVAL);
    }
    r.set = true;
    r.btf_id = found->first;
    r.btf_index = found->second;
    return {};
  }

  const Object& obj_;
  const ObjectProgram& prog_;
  const Target& target_;
  std::span<const btf::BtfPtr> btfs_;
  UnknownExterns& unknown_;
  std::vector<ResolvedExtern> externs_;
};

}  // namespace

std::string place_of(const Object& obj, const ObjectProgram& prog) {
  return fmt::format("{}: prog '{}'", obj.path, prog.name);
}

Result<std::vector<ResolvedExtern>> resolve_externs(const Object& obj, const ObjectProgram& prog, const Target& target,
                                                    std::span<const btf::BtfPtr> btfs, UnknownExterns& unknown) {
  return Resolver(obj, prog, target, btfs, unknown).run();
}

}  // namespace bpfcheck::loader
