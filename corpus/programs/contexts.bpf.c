// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What programs of each type may read and write of their contexts, how wide, and when attached where; fields of sockets.
#include "bpf.h"

struct bpf_sock {
	u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port;
	u16 dst_port, pad;
	u32 dst_ip4, dst_ip6[4], state;
	s32 rx_queue_mapping;
};
struct bpf_tcp_sock { u32 snd_cwnd, srtt_us, more[18]; u64 bytes_received, bytes_acked; };
struct bpf_sock_addr {
	u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4, msg_src_ip6[4], pad;
	struct bpf_sock *sk;
};
struct bpf_sockopt { struct bpf_sock *sk; u8 *optval, *optval_end; s32 level, optname, optlen, retval; };
struct bpf_sysctl { u32 write, file_pos; };
struct bpf_cgroup_dev_ctx { u32 access_type, major, minor; };
struct bpf_sock_ops { u32 op, args[4], family, rest[40]; };
struct sk_msg_md { u8 *data, *data_end; u32 family, remote_ip4, local_ip4, ip6[8], remote_port, local_port, size; struct bpf_sock *sk; };
struct bpf_sk_lookup { u64 cookie; u32 family, protocol, remote_ip4, remote_ip6[4]; u16 remote_port, pad; u32 local_ip4, local_ip6[4], local_port; };
struct sk_reuseport_md { u8 *data, *data_end; u32 len, eth_protocol, ip_protocol, bind_inany, hash; };
struct bpf_flow_keys { u16 nhoff, thoff, addr_proto; u8 flags[8]; };
struct full_skb { u32 head[36]; struct bpf_flow_keys *flow_keys; u64 tstamp; u32 wire_len, gso_segs; struct bpf_sock *sk; };
struct sk_buff;
struct nf_hook_state;
struct bpf_nf_ctx { const struct nf_hook_state *state; struct sk_buff *skb; };

static struct bpf_tcp_sock *(*const tcp_sock)(struct bpf_sock *sk) = (void *)96;

#define READ(type, ptr) (*(volatile type *)(ptr))

SEC("cgroup/connect4")
int redirects(struct bpf_sock_addr *ctx)
{
	if (READ(u8, &ctx->user_ip4) == 127)
		ctx->user_port = 0x901f;
	return 1;
}

SEC("cgroup/connect6")
int reads_half_an_address(struct bpf_sock_addr *ctx) { return READ(u64, &ctx->user_ip6[0]) & 1; }

SEC("cgroup/connect4")
int address_of_the_other_family(struct bpf_sock_addr *ctx) { return ctx->user_ip6[0] & 1; }

SEC("cgroup/connect4")
int source_is_for_sendmsg(struct bpf_sock_addr *ctx) { return ctx->msg_src_ip4 & 1; }

SEC("cgroup/getpeername4")
int must_return_one(struct bpf_sock_addr *ctx) { return 0; }

SEC("cgroup/bind4")
int bind_may_return_three(struct bpf_sock_addr *ctx) { return 3; }

SEC("cgroup/sock_create")
int marks(struct bpf_sock *ctx)
{
	ctx->mark = 7;
	return 1;
}

SEC("cgroup/post_bind4")
int marks_too_late(struct bpf_sock *ctx)
{
	ctx->mark = 7;
	return 1;
}

SEC("cgroup/setsockopt")
int option_as_a_packet(struct bpf_sockopt *ctx)
{
	if (ctx->optval + 4 > ctx->optval_end)
		return 0;
	ctx->optval[0] = 1;
	ctx->optlen = 4;
	return 1;
}

SEC("cgroup/setsockopt")
int result_of_getsockopt(struct bpf_sockopt *ctx)
{
	ctx->retval = 0;
	return 1;
}

SEC("cgroup/sysctl")
int position(struct bpf_sysctl *ctx)
{
	ctx->file_pos = 0;
	return READ(u8, &ctx->write) & 1;
}

SEC("cgroup/dev")
int device(struct bpf_cgroup_dev_ctx *ctx) { return READ(u16, &ctx->access_type) == 1 && ctx->major == 1; }

SEC("sockops")
int replies(struct bpf_sock_ops *ctx)
{
	ctx->args[0] = 1;
	return 1;
}

SEC("sockops")
int writes_an_operation(struct bpf_sock_ops *ctx)
{
	ctx->op = 1;
	return 1;
}

SEC("sk_msg")
int message(struct sk_msg_md *ctx)
{
	if (ctx->data + 1 > ctx->data_end)
		return 0;
	return ctx->data[0] && ctx->sk->family == 2;
}

SEC("sk_msg")
int part_of_a_message_size(struct sk_msg_md *ctx) { return READ(u8, &ctx->size); }

SEC("sk_lookup")
int port_of_both_widths(struct bpf_sk_lookup *ctx) { return (READ(u16, &ctx->remote_port) ^ READ(u32, &ctx->remote_port)) & 1; }

SEC("sk_lookup")
int returns_two(struct bpf_sk_lookup *ctx) { return 2; }

SEC("sk_reuseport")
int half_of_a_protocol(struct sk_reuseport_md *ctx) { return READ(u16, &ctx->eth_protocol); }

SEC("sk_reuseport")
int byte_of_a_protocol(struct sk_reuseport_md *ctx) { return READ(u8, &ctx->eth_protocol); }

SEC("flow_dissector")
int keys(struct full_skb *ctx)
{
	ctx->flow_keys->thoff = 20;
	return 0;
}

SEC("flow_dissector")
int beyond_the_keys(struct full_skb *ctx) { return ((u8 *)ctx->flow_keys)[56]; }

SEC("netfilter")
int hook_object(struct bpf_nf_ctx *ctx) { return ctx->skb != 0; }

SEC("netfilter")
int half_a_pointer(struct bpf_nf_ctx *ctx) { return READ(u32, &ctx->skb) & 1; }

SEC("lwt_in")
int tunnel_mark(struct __sk_buff *ctx)
{
	ctx->mark = 1;
	return 0;
}

SEC("lwt_in")
int tunnel_class(struct __sk_buff *ctx) { return ctx->tc_classid; }

SEC("sk_skb")
int stream_mark(struct __sk_buff *ctx) { return ctx->mark; }

SEC("tc")
int socket_maybe_null(struct full_skb *ctx) { return ctx->sk->family; }

SEC("tc")
int common_socket_has_no_mark(struct full_skb *ctx) { return ctx->sk ? ctx->sk->mark : 0; }

SEC("cgroup/getsockopt")
int socket_bytes(struct bpf_sockopt *ctx) { return (READ(u8, &ctx->sk->src_port) ^ READ(u8, &ctx->sk->dst_port)) & 1; }

SEC("cgroup/getsockopt")
int socket_padding(struct bpf_sockopt *ctx) { return ctx->sk->pad & 1; }

SEC("cgroup/getsockopt")
int tcp_counters(struct bpf_sockopt *ctx)
{
	struct bpf_tcp_sock *tp = tcp_sock(ctx->sk);

	return tp && tp->bytes_acked > tp->bytes_received;
}

SEC("cgroup/getsockopt")
int half_of_a_tcp_counter(struct bpf_sockopt *ctx)
{
	struct bpf_tcp_sock *tp = tcp_sock(ctx->sk);

	return tp ? READ(u32, (u8 *)&tp->bytes_acked + 4) & 1 : 1;
}

SEC("cgroup/getsockopt")
int writes_a_socket(struct bpf_sockopt *ctx)
{
	ctx->sk->mark = 1;
	return 1;
}

GPL;
