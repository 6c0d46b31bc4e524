// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What vmrecord runs in the guest: record.c over a list of objects, each in a process of its own, so that one that
 * hangs or crashes costs only itself. The kernel's BTF is loaded once before (btf_once.c), and they all share it.
 *
 *   guest SECONDS LIST [RECORD_OPTION...]     LIST: lines of "ID PATH"
 *
 * Around the records of each object it prints "#begin ID" and "#end ID STATUS" (137: killed for taking longer than
 * SECONDS).
 */
#define main record_main
#include "record.c"
#undef main

#include <bpf/btf.h>
#include <signal.h>
#include <sys/wait.h>

static pid_t child;

static void too_long(int sig) {
  (void)sig;
  kill(child, SIGKILL);
}

int main(int argc, char** argv) {
  char path[4096];
  long id;
  FILE* list = argc > 2 ? fopen(argv[2], "r") : NULL;
  if (!list) {
    fprintf(stderr, "usage: guest SECONDS LIST [RECORD_OPTION...]\n");
    return 2;
  }
  btf__load_vmlinux_btf();
  signal(SIGALRM, too_long);
  while (fscanf(list, "%ld %4095[^\n]", &id, path) == 2) {
    int status = 0;
    dprintf(1, "#begin %ld\n", id);
    child = fork();
    if (!child) {
      char* args[64] = {"record"};
      int n = 1;
      for (int i = 3; i < argc && n < 62; i++) args[n++] = argv[i];
      args[n++] = path;
      n = record_main(n, args);
      fflush(stdout);
      _exit(n);  // not exit: it would move the list back under its parent
    }
    alarm((unsigned)atoi(argv[1]));
    while (waitpid(child, &status, 0) < 0 && child > 0) {
    }
    alarm(0);
    dprintf(1, "#end %ld %d\n", id, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
  return 0;
}
