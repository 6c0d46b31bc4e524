// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See obj_info.h (bpf_prog_get_info_by_fd, bpf_obj_get_next_id: kernel/bpf/syscall.c, 6.18).
#include "loader/syscall/obj_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bpfcheck::loader::sys {
namespace {

template <class Info>
int get_info(const Fd& fd, Info& info) {
  GetInfoAttr attr{};
  attr.bpf_fd = static_cast<u32>(fd.get());
  attr.info_len = sizeof info;
  attr.info = address(&info);
  return bpf(Cmd::OBJ_GET_INFO_BY_FD, attr);
}

Result<Fd> by_id(Cmd cmd, const char* what, u32 id) {
  GetIdAttr attr{};
  attr.id = id;
  const int r = bpf(cmd, attr);
  if (r == -ENOENT) return fail(fmt::format("{} {}", what, id), fmt::format("there is no {} of this id", what), ENOENT);
  if (r < 0) return failed(fmt::format("{} {}", what, id), r);
  return Fd(r);
}

Result<std::optional<u32>> next_id(Cmd cmd, const char* what, u32 id) {
  GetIdAttr attr{};
  attr.id = id;
  const int r = bpf(cmd, attr);
  if (r == -ENOENT) return std::nullopt;
  if (r < 0) return failed(fmt::format("{}s of the kernel", what), r);
  return attr.next_id;
}

std::string name_of(const char (&name)[OBJ_NAME_LEN]) { return {name, ::strnlen(name, OBJ_NAME_LEN)}; }

/// Room for `count` items, and its address; 0 where the kernel has none to give.
template <class T>
u64 make_room(std::vector<T>& to, u32 count) {
  to.resize(count);
  return count ? address(to.data()) : 0;
}

}  // namespace

Result<ProgInfo> prog_info(const Fd& prog) {
  ProgInfoAttr counts{};
  if (int r = get_info(prog, counts); r < 0) return failed("program info", r);
  ProgInfo out;
  ProgInfoAttr info{};
  info.xlated_prog_len = counts.xlated_prog_len;
  info.xlated_prog_insns = make_room(out.xlated, counts.xlated_prog_len / 8);
  info.jited_prog_len = counts.jited_prog_len;
  info.jited_prog_insns = make_room(out.jited, counts.jited_prog_len);
  info.nr_map_ids = counts.nr_map_ids;
  info.map_ids = make_room(out.map_ids, counts.nr_map_ids);
  info.nr_jited_ksyms = counts.nr_jited_ksyms;
  info.jited_ksyms = make_room(out.ksyms, counts.nr_jited_ksyms);
  info.nr_jited_func_lens = counts.nr_jited_func_lens;
  info.jited_func_lens = make_room(out.func_lens, counts.nr_jited_func_lens);
  if (counts.func_info_rec_size >= sizeof(FuncInfoRec)) {
    info.func_info_rec_size = sizeof(FuncInfoRec);
    info.nr_func_info = counts.nr_func_info;
    info.func_info = make_room(out.func_info, counts.nr_func_info);
  }
  if (counts.line_info_rec_size >= sizeof(LineInfoRec)) {
    info.line_info_rec_size = sizeof(LineInfoRec);
    info.nr_line_info = counts.nr_line_info;
    info.line_info = make_room(out.line_info, counts.nr_line_info);
  }
  if (counts.jited_line_info_rec_size >= sizeof(u64)) {
    info.jited_line_info_rec_size = sizeof(u64);
    info.nr_jited_line_info = counts.nr_jited_line_info;
    info.jited_line_info = make_room(out.jited_lines, counts.nr_jited_line_info);
  }
  if (int r = get_info(prog, info); r < 0) return failed("program info", r);

  out.type = static_cast<ProgType>(info.type);
  out.id = info.id;
  out.name = name_of(info.name);
  std::ranges::copy(info.tag, out.tag.begin());
  out.gpl_compatible = info.gpl_compatible & 1;
  out.load_time = info.load_time;
  out.created_by_uid = info.created_by_uid;
  out.btf_id = info.btf_id;
  out.verified_insns = info.verified_insns;
  out.attach_btf_obj_id = info.attach_btf_obj_id;
  out.attach_btf_id = info.attach_btf_id;
  out.xlated_len = counts.xlated_prog_len;
  out.jited_len = counts.jited_prog_len;
  // What may not be seen comes back with its address set to zero, its contents untouched.
  if (!info.xlated_prog_insns) out.xlated.clear();
  if (!info.jited_prog_insns) out.jited.clear();
  if (!info.jited_ksyms) out.ksyms.clear();
  if (!info.jited_func_lens) out.func_lens.clear();
  if (!info.func_info) out.func_info.clear();
  if (!info.line_info) out.line_info.clear();
  if (!info.jited_line_info) out.jited_lines.clear();
  return out;
}

Result<MapInfo> map_info(const Fd& map) {
  MapInfoAttr info{};
  if (int r = get_info(map, info); r < 0) return failed("map info", r);
  MapInfo out;
  out.type = static_cast<MapType>(info.type);
  out.id = info.id;
  out.key_size = info.key_size;
  out.value_size = info.value_size;
  out.max_entries = info.max_entries;
  out.flags = info.map_flags;
  out.btf_id = info.btf_id;
  out.name = name_of(info.name);
  return out;
}

Result<BtfInfo> btf_info(const Fd& btf, bool with_data) {
  char name[256] = "";
  BtfInfoAttr counts{};
  counts.name = address(name);
  counts.name_len = sizeof name;
  int r = get_info(btf, counts);
  if (r == -E2BIG) {  // before 5.11 BTF has no name
    counts = {};
    r = get_info(btf, counts);
  }
  if (r < 0) return failed("BTF info", r);
  BtfInfo out{counts.id, name, counts.kernel_btf != 0, {}};
  if (!with_data) return out;
  std::vector<u8> data(counts.btf_size);
  BtfInfoAttr info{};
  info.btf = address(data.data());
  info.btf_size = counts.btf_size;
  if (r = get_info(btf, info); r < 0) return failed("BTF info", r);
  out.data = Blob::own(std::move(data));
  return out;
}

Result<Fd> prog_by_id(u32 id) { return by_id(Cmd::PROG_GET_FD_BY_ID, "program", id); }
Result<Fd> map_by_id(u32 id) { return by_id(Cmd::MAP_GET_FD_BY_ID, "map", id); }
Result<Fd> btf_by_id(u32 id) { return by_id(Cmd::BTF_GET_FD_BY_ID, "BTF", id); }

Result<std::optional<u32>> next_prog_id(u32 id) { return next_id(Cmd::PROG_GET_NEXT_ID, "program", id); }
Result<std::optional<u32>> next_map_id(u32 id) { return next_id(Cmd::MAP_GET_NEXT_ID, "map", id); }
Result<std::optional<u32>> next_btf_id(u32 id) { return next_id(Cmd::BTF_GET_NEXT_ID, "BTF object", id); }

}  // namespace bpfcheck::loader::sys
