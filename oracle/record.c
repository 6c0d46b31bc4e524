// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks the running kernel's verifier about every program of some BPF objects, or of files of raw loads (loads.h), one
 * program at a time, and prints a JSON line for each. Needs root and libbpf 1.7 or later. Nothing is attached or run.
 *
 *   record [-l LEVEL] [-b TARGET_BTF] [-d LOG_DIR] [-e KIB] [-c CAPS] OBJECT...
 *
 *   -l LEVEL  verifier log level (default 5 = 1|4; 6 = 2|4 is the full trace)
 *   -b FILE   raw BTF to relocate against (default: the running kernel's)
 *   -d DIR    write each program's whole verifier log to DIR/OBJECT.PROG.log
 *   -e KIB    put the first KIB of the log into the line, as "log"
 *   -c CAPS   ask with these capabilities alone, comma-separated: bpf, perfmon, net_admin, sys_admin; or none
 *
 * Fields: object, prog, sec, type, stage ("open": libbpf refused the object; "maps": it was refused before the verifier
 * ran; "verify": the verifier answered), verdict ("accept" or "reject"), errno, insns (after linking), processed,
 * states, peak, usec (the kernel's own verification time), msg (the last log line before the statistics, or libbpf's
 * first complaint), and caps where -c was given.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loads.h"

static struct {
  unsigned level;
  const char *btf, *log_dir, *caps;
  size_t log_in_row;  // bytes
} options = {.level = 5};

static char* log_buf;
static const size_t log_size = 64u << 20;

/// What libbpf said while the program `asked` was loaded.
static struct {
  const char* asked;  // others of its struct_ops map are loaded with it
  char first[512];    // libbpf's first complaint
  bool refused;       // the system call that loads `asked` failed, not what libbpf does after it or with another
} heard;

static int on_print(enum libbpf_print_level importance, const char* format, va_list args) {
  if (importance != LIBBPF_WARN) return 0;
  char line[sizeof heard.first];
  vsnprintf(line, sizeof line, format, args);
  if (strstr(line, "program load failed") || strstr(line, "load bpf program failed")) {
    const char* who = strstr(line, "prog '");
    const size_t n = heard.asked ? strlen(heard.asked) : 0;
    if (!who || !n || (!strncmp(who + 6, heard.asked, n) && who[6 + n] == '\'')) heard.refused = true;
  }
  if (!heard.first[0] && !strstr(line, "PROG LOAD LOG")) memcpy(heard.first, line, sizeof line);
  return 0;
}

/// Forgets what was heard and listens for `prog` (null: for an object).
static void listen_for(const char* prog) {
  memset(&heard, 0, sizeof heard);
  heard.asked = prog;
}

static void put_json(const char* s, size_t most) {
  putchar('"');
  for (size_t i = 0; i < most && s[i]; i++) {
    const unsigned char c = (unsigned char)s[i];
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 0x20 || c > 0x7e)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void put_field(const char* name, const char* value, size_t most) {
  printf(",\"%s\":", name);
  put_json(value, most);
}

/// A line of text inside a log.
struct line {
  const char* at;
  size_t len;
};

/// The last line above the statistics, which says why; source lines ("; ...") do not.
static struct line last_line(const char* log) {
  const char* end = log + strlen(log);
  for (const char* p = log; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
    if (!strncmp(p, "verification time ", 18) || (!strncmp(p, "processed ", 10) && strstr(p, " insns (limit "))) {
      end = p;
      break;
    }
  while (end > log) {
    const char *stop = end[-1] == '\n' ? end - 1 : end, *start = stop;
    while (start > log && start[-1] != '\n') start--;
    if (stop > start && *start != ';') return (struct line){start, (size_t)(stop - start)};
    end = start;
  }
  return (struct line){"", 0};
}

/// The number after the last `key` of a log; -1 without one.
static long stat_of(const char* log, const char* key) {
  const char* last = NULL;
  for (const char* p = log; (p = strstr(p, key)) != NULL; p++) last = p;
  return last ? strtol(last + strlen(key), NULL, 10) : -1;
}

static const char* base_of(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool made_without_entries(enum bpf_map_type type) {
  switch (type) {
    case BPF_MAP_TYPE_STRUCT_OPS:
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_CGRP_STORAGE:
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_BLOOM_FILTER:
      return true;
    default:
      return false;
  }
}

/// Nothing is pinned, and maps that their own loader sizes get a size.
static void settle_maps(struct bpf_object* object) {
  struct bpf_map* map;
  bpf_object__for_each_map(map, object) {
    const enum bpf_map_type type = bpf_map__type(map);
    bpf_map__set_pin_path(map, NULL);
    bpf_map__set_autocreate(map, bpf_map__autocreate(map));
    if (bpf_map__max_entries(map) == 0 && !made_without_entries(type))
      bpf_map__set_max_entries(map, type == BPF_MAP_TYPE_RINGBUF ? 4096 : 1);
  }
}

static void keep_log(const char* path, const char* prog) {
  char name[8192];
  snprintf(name, sizeof name, "%s/%s.%s.log", options.log_dir, base_of(path), prog);
  FILE* f = fopen(name, "w");
  if (!f) {
    perror(name);
    exit(2);
  }
  fputs(log_buf, f);
  fclose(f);
}

/// A program as its row tells of it.
struct asked {
  const char *path, *name, *sec;
  enum bpf_prog_type type;
  size_t insns;
};

static void print_row(const struct asked* prog, int err, bool verified) {
  const char* type = libbpf_bpf_prog_type_str(prog->type);
  const struct line line = last_line(log_buf);
  printf("{\"object\":");
  put_json(base_of(prog->path), SIZE_MAX);
  put_field("prog", prog->name, SIZE_MAX);
  put_field("sec", prog->sec, SIZE_MAX);
  printf(",\"type\":\"%s\",\"stage\":\"%s\",\"verdict\":\"%s\",\"errno\":%d,\"insns\":%zu", type ? type : "?",
         verified || !err ? "verify" : "maps", err ? "reject" : "accept", -err, prog->insns);
  printf(",\"processed\":%ld,\"states\":%ld,\"peak\":%ld,\"usec\":%ld", stat_of(log_buf, "processed "),
         stat_of(log_buf, "total_states "), stat_of(log_buf, "peak_states "), stat_of(log_buf, "verification time "));
  if (!err)
    put_field("msg", "", 0);
  else if (line.len)
    put_field("msg", line.at, line.len);
  else
    put_field("msg", heard.first, strcspn(heard.first, "\n"));
  if (options.log_in_row) put_field("log", log_buf, options.log_in_row);
  if (options.caps) put_field("caps", options.caps, SIZE_MAX);
  printf("}\n");
  fflush(stdout);
  if (options.log_dir && log_buf[0]) keep_log(prog->path, prog->name);
}

static struct bpf_object* open_object(const char* path) {
  LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = options.btf);
  return bpf_object__open_file(path, &opts);
}

static void ask(const char* path, const char* name) {
  listen_for(name);
  struct bpf_object* object = open_object(path);
  if (!object) return;
  struct bpf_program *p, *prog = NULL;
  bpf_object__for_each_program(p, object) {
    const bool mine = !strcmp(bpf_program__name(p), name);
    bpf_program__set_autoload(p, mine);
    if (mine) prog = p;
  }
  settle_maps(object);
  log_buf[0] = 0;
  bpf_program__set_log_level(prog, options.level);
  bpf_program__set_log_buf(prog, log_buf, log_size);
  int err = bpf_object__load(object);
  const bool verified = strstr(log_buf, "processed ") != NULL || (err && log_buf[0]);
  if (err && verified && !heard.refused) err = 0;  // accepted; libbpf then failed to fill a program array or the like
  print_row(&(struct asked){path, name, bpf_program__section_name(prog), bpf_program__type(prog),
                            bpf_program__insn_cnt(prog)},
            err, verified);
  bpf_object__close(object);
}

static void ask_all(const char* path) {
  listen_for(NULL);
  struct bpf_object* object = open_object(path);
  if (!object) {
    const int e = errno;
    printf("{\"object\":");
    put_json(base_of(path), SIZE_MAX);
    printf(",\"stage\":\"open\",\"verdict\":\"reject\",\"errno\":%d", e);
    put_field("msg", heard.first, strcspn(heard.first, "\n"));
    printf("}\n");
    fflush(stdout);
    return;
  }
  struct bpf_program* p;
  size_t n = 0, room = 64;
  char** names = malloc(room * sizeof *names);
  bpf_object__for_each_program(p, object) {
    if (n == room) names = realloc(names, (room *= 2) * sizeof *names);
    names[n++] = strdup(bpf_program__name(p));
  }
  bpf_object__close(object);
  for (size_t i = 0; i < n; i++) {
    ask(path, names[i]);
    free(names[i]);
  }
  free(names);
}

static void tell_of_load(const char* path, const struct raw_program* p, int err) {
  listen_for(NULL);
  print_row(&(struct asked){path, p->name, "", p->type, p->insns}, err, log_buf[0] != 0);
}

/// Gives up every capability but those named; false where a name is none of them or the kernel refuses.
static bool keep_capabilities(const char* names) {
  static const struct {
    const char* name;
    unsigned number;
  } known[] = {{"net_admin", CAP_NET_ADMIN}, {"sys_admin", CAP_SYS_ADMIN}, {"perfmon", CAP_PERFMON}, {"bpf", CAP_BPF}};
  struct __user_cap_data_struct sets[2] = {0};
  char* copy = strdup(names);
  for (char* word = strtok(copy, ","); word; word = strtok(NULL, ",")) {
    size_t i = 0;
    if (!strcmp(word, "none")) continue;
    while (i < sizeof known / sizeof *known && strcmp(word, known[i].name)) i++;
    if (i == sizeof known / sizeof *known) return false;
    sets[known[i].number / 32].effective |= 1u << known[i].number % 32;
  }
  free(copy);
  for (int i = 0; i < 2; i++) sets[i].permitted = sets[i].effective;
  for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c) >= 0; c++)
    if (!(sets[c / 32].effective >> c % 32 & 1)) prctl(PR_CAPBSET_DROP, c);
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
  return syscall(SYS_capset, &head, sets) == 0;
}

int main(int argc, char** argv) {
  for (int c; (c = getopt(argc, argv, "l:b:d:e:c:")) != -1;) switch (c) {
      case 'l':
        options.level = (unsigned)strtoul(optarg, NULL, 0);
        break;
      case 'b':
        options.btf = optarg;
        break;
      case 'd':
        options.log_dir = optarg;
        break;
      case 'e':
        options.log_in_row = strtoul(optarg, NULL, 0) << 10;
        break;
      case 'c':
        options.caps = optarg;
        break;
      default:
        optind = argc;
    }
  if (optind >= argc) {
    fprintf(stderr, "usage: record [-l LEVEL] [-b TARGET_BTF] [-d LOG_DIR] [-e KIB] [-c CAPS] OBJECT...\n");
    return 2;
  }
  const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
  if (options.caps && !keep_capabilities(options.caps)) {
    fprintf(stderr, "record: cannot keep the capabilities '%s' alone\n", options.caps);
    return 2;
  }
  libbpf_set_memlock_rlim(0);  // is set above
  libbpf_set_print(on_print);
  log_buf = calloc(1, log_size);
  bool read = true;
  for (int i = optind; i < argc; i++)
    if (is_loads(argv[i]))
      read &= load_each(argv[i], options.level, log_buf, log_size, tell_of_load);
    else
      ask_all(argv[i]);
  return read ? 0 : 2;
}
