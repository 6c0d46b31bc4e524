// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Makes a run of record.c over many programs several times faster: libbpf reads and searches the kernel's whole BTF
 * anew for every object that it opens, and record.c opens one per program. Link with record.c and a static libbpf:
 *
 *   -Wl,--wrap=btf__load_vmlinux_btf,--wrap=btf__free
 *   -Wl,--wrap=btf__find_by_name_kind,--wrap=btf__find_by_name_kind_own
 *
 * The kernel's BTF is loaded once and kept, and names in it are found through a hash table. What is found is the same:
 * the first type of that name and kind.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct btf* __real_btf__load_vmlinux_btf(void);
void __real_btf__free(struct btf*);
int __real_btf__find_by_name_kind(const struct btf*, const char*, unsigned);
int __real_btf__find_by_name_kind_own(const struct btf*, const char*, unsigned);

static struct btf* kept;
static unsigned *table, mask;  // type ids, by name and kind; 0: empty

static unsigned slot_of(const char* name, unsigned kind) {
  unsigned h = 2166136261u ^ kind;
  for (; *name; name++) h = (h ^ (unsigned char)*name) * 16777619u;
  return (h ^ h >> 15) & mask;
}

/// The slot that holds this name and kind, or the empty one where it belongs.
static unsigned* look_up(const char* name, unsigned kind) {
  unsigned i = slot_of(name, kind);
  for (; table[i]; i = (i + 1) & mask) {
    const struct btf_type* t = btf__type_by_id(kept, table[i]);
    if (btf_kind(t) == kind && !strcmp(btf__name_by_offset(kept, t->name_off), name)) break;
  }
  return &table[i];
}

struct btf* __wrap_btf__load_vmlinux_btf(void) {
  if (kept) return kept;
  kept = __real_btf__load_vmlinux_btf();
  const unsigned n = kept ? btf__type_cnt(kept) : 0;
  for (mask = 1; mask < 2 * n; mask <<= 1) {
  }
  if (!n || !(table = calloc(mask--, sizeof *table))) return kept;
  for (unsigned id = 1; id < n; id++) {
    const struct btf_type* t = btf__type_by_id(kept, id);
    const char* name = btf__name_by_offset(kept, t->name_off);
    if (!name || !*name) continue;
    unsigned* at = look_up(name, btf_kind(t));
    if (!*at) *at = id;
  }
  return kept;
}

void __wrap_btf__free(struct btf* btf) {
  if (btf != kept) __real_btf__free(btf);
}

static int find(const char* name, unsigned kind) {
  const unsigned id = *look_up(name, kind);
  if (id) return (int)id;
  errno = ENOENT;
  return -ENOENT;
}

static int in_table(const struct btf* btf, const char* name, unsigned kind) {
  return btf && btf == kept && table && kind != BTF_KIND_UNKN && *name && strcmp(name, "void");
}

int __wrap_btf__find_by_name_kind(const struct btf* btf, const char* name, unsigned kind) {
  return in_table(btf, name, kind) ? find(name, kind) : __real_btf__find_by_name_kind(btf, name, kind);
}

int __wrap_btf__find_by_name_kind_own(const struct btf* btf, const char* name, unsigned kind) {
  return in_table(btf, name, kind) ? find(name, kind) : __real_btf__find_by_name_kind_own(btf, name, kind);
}
