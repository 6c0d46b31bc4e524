// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "loads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { map_limit = 64, function_limit = 256 };

/// What a file has defined so far.
struct scene {
  int btf;
  int maps[map_limit];
  char* lines[map_limit];  // as written: a program array is made anew for each program that uses it
  unsigned count;
};

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/// The bytes that a word writes; null where it is no such word.
static unsigned char* bytes_of(const char* hex, size_t* n) {
  const size_t length = strcspn(hex, " \n");
  unsigned char* out = malloc(length / 2 + 1);
  *n = length / 2;
  for (size_t i = 0; i < *n; i++) {
    const int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      free(out);
      return NULL;
    }
    out[i] = (unsigned char)(high << 4 | low);
  }
  return out;
}

static int make_map(const char* line, int btf) {
  unsigned type, key, value, entries, flags, key_id, value_id, frozen;
  char name[BPF_OBJ_NAME_LEN];
  int at = 0;
  if (sscanf(line, "map %15s %u %u %u %u %u %u %u %u %n", name, &type, &key, &value, &entries, &flags, &key_id,
             &value_id, &frozen, &at) != 9)
    return -EINVAL;
  LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);
  if (value_id) {
    opts.btf_fd = (unsigned)btf;
    opts.btf_key_type_id = key_id;
    opts.btf_value_type_id = value_id;
  }
  const int fd = bpf_map_create((enum bpf_map_type)type, name, key, value, entries, &opts);
  size_t n = 0;
  unsigned char* initial = fd >= 0 && line[at] != '-' ? bytes_of(line + at, &n) : NULL;
  const unsigned first = 0;
  int err = fd < 0 ? fd : 0;
  if (initial && n == value) err = bpf_map_update_elem(fd, &first, initial, BPF_ANY);
  if (!err && frozen) err = bpf_map_freeze(fd);
  free(initial);
  return err ? err : fd;
}

static bool names_map(const struct bpf_insn* i) {
  return i->code == (BPF_LD | BPF_IMM | BPF_DW) &&
         (i->src_reg == BPF_PSEUDO_MAP_FD || i->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/// Puts descriptors where the instructions name maps.
static void name_maps(struct scene* s, struct bpf_insn* insns, size_t n) {
  bool renewed[map_limit] = {false};
  for (size_t i = 0; i < n; i++) {
    const unsigned map = (unsigned)insns[i].imm;
    unsigned type = 0;
    if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
    if (names_map(&insns[i]) && map < s->count) {
      sscanf(s->lines[map], "map %*s %u", &type);
      if (type == BPF_MAP_TYPE_PROG_ARRAY && !renewed[map]) {  // bound to the type of the first program that uses it
        close(s->maps[map]);
        s->maps[map] = make_map(s->lines[map], s->btf);
        renewed[map] = true;
      }
      insns[i].imm = s->maps[map];
    }
    i++;
  }
}

static unsigned read_functions(const char* words, struct bpf_func_info* into) {
  unsigned n = 0;
  for (int length; n < function_limit && sscanf(words, "%u:%u%n", &into[n].insn_off, &into[n].type_id, &length) == 2;
       n++)
    words += length + (words[length] == ',');
  return n;
}

static bool load_one(struct scene* s, char* line, unsigned level, char* log, size_t log_size, struct raw_program* p,
                     int* err) {
  static struct bpf_func_info info[function_limit];
  static char functions[1 << 14];
  int at = 0;
  unsigned type;
  if (sscanf(line, "prog %63s %u %u %u %16383s %n", p->name, &type, &p->attach_type, &p->flags, functions, &at) != 5)
    return false;
  size_t n;
  struct bpf_insn* insns = (struct bpf_insn*)bytes_of(line + at, &n);
  if (!insns) return false;
  p->type = (enum bpf_prog_type)type;
  p->insns = n / sizeof *insns;
  p->functions = read_functions(functions, info);
  name_maps(s, insns, p->insns);
  LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = (enum bpf_attach_type)p->attach_type,
              .prog_flags = p->flags, .log_level = level, .log_buf = log, .log_size = (unsigned)log_size);
  if (p->functions) {
    opts.prog_btf_fd = (unsigned)s->btf;
    opts.func_info = info;
    opts.func_info_cnt = p->functions;
    opts.func_info_rec_size = sizeof *info;
  }
  log[0] = 0;
  const int fd = bpf_prog_load(p->type, "generated", "GPL", insns, p->insns, &opts);
  *err = fd < 0 ? fd : 0;
  if (fd >= 0) close(fd);
  free(insns);
  return true;
}

bool is_loads(const char* path) {
  const size_t n = strlen(path);
  return n > 6 && !strcmp(path + n - 6, ".loads");
}

bool load_each(const char* path, unsigned log_level, char* log, size_t log_size,
               void (*tell)(const char* path, const struct raw_program*, int err)) {
  FILE* f = fopen(path, "r");
  struct scene s = {.btf = -1};
  char* line = NULL;
  size_t room = 0, number = 0, n;
  const char* wrong = f ? NULL : strerror(errno);
  while (!wrong && getline(&line, &room, f) > 0) {
    number++;
    if (!strncmp(line, "btf ", 4)) {
      unsigned char* raw = bytes_of(line + 4, &n);
      s.btf = raw ? bpf_btf_load(raw, n, NULL) : -EINVAL;
      if (s.btf < 0) wrong = strerror(-s.btf);
      free(raw);
    } else if (!strncmp(line, "map ", 4) && s.count < map_limit) {
      s.lines[s.count] = strdup(line);
      if ((s.maps[s.count] = make_map(line, s.btf)) < 0) wrong = strerror(-s.maps[s.count]);
      s.count++;
    } else {
      struct raw_program p = {0};
      int err;
      if (load_one(&s, line, log_level, log, log_size, &p, &err))
        tell(path, &p, err);
      else
        wrong = "neither btf, map nor prog";
    }
  }
  if (wrong) fprintf(stderr, "%s:%zu: %s\n", path, number, wrong);
  for (unsigned i = 0; i < s.count; i++) {
    free(s.lines[i]);
    if (s.maps[i] >= 0) close(s.maps[i]);
  }
  if (s.btf >= 0) close(s.btf);
  free(line);
  if (f) fclose(f);
  return !wrong;
}
