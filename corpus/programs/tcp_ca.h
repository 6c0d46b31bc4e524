/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a congestion control algorithm needs. All programs of a struct_ops map are loaded together, so each that fails
 * has its own object. */
#include "bpf.h"
struct sock;
struct tcp_sock {
  u32 snd_cwnd;
} __attribute__((preserve_access_index));
struct tcp_congestion_ops {
  u32 (*ssthresh)(struct sock* sk);
  void (*cong_avoid)(struct sock* sk, u32 ack, u32 acked);
  u32 (*undo_cwnd)(struct sock* sk);
  u64 (*get_info)(struct sock* sk, u32 ext, int* attr, void* info);
  char name[16];
};
