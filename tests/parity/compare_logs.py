#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Hold bpfcheck's verifier logs against a real kernel's, line for line.

    compare_logs.py KERNEL_DIR OURS_DIR [--show KIND] [--most N] [--diff NAME] [--require PERCENT]

Each directory holds one log a program, OBJECT.PROG.log or OBJECT.PROG.log.gz: KERNEL_DIR as a recorder wrote them that
loads each program at log level 6, OURS_DIR as `bpfcheck check --log-level 6 --log-dir OURS_DIR` does. Only programs
with a log in KERNEL_DIR count; one without a log in OURS_DIR is "missing", one that bpfcheck does not model (its log has
no statistics) "unfinished" unless it differs before. Left aside are the time that verification took, the addresses that an
instruction loads, and libbpf's own words in a log where it had poisoned an instruction.

Prints how many logs are equal and, for the others, how often each kind of difference comes first. --show KIND lists the
programs of that kind with both first differing lines; --diff NAME prints the lines around the difference of one program.
--require makes the exit status 1 where fewer are equal.
"""
import argparse
import collections
import gzip
import os
import re
import sys

SYMBOL = re.compile(r"0xffffffff8[1-9a-f][0-9a-f]{6}\b")
TIME = re.compile(r"verification time \d+ usec$")
POISON = re.compile(r"<invalid (?:CO-RE relocation|kfunc call|BPF map reference)>$")
LOADED = re.compile(r"(\(18\) r\d+ = )(0x[0-9a-f]+)")


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", errors="replace") as f:
        # A message without a line end has the time behind it on its line.
        return [TIME.sub("", x.rstrip("\n")) for x in f if not x.startswith("verification time ")]


def same(kernel, ours):
    """Equal but for an address in the kernel's memory, or in the memory of an arena, that an instruction loads, and for the lines
    that libbpf puts in the kernel's place where it poisoned an instruction."""
    if kernel == ours:
        return True
    if kernel is None or ours is None:
        return False
    if POISON.search(kernel):
        return re.search(r"\((85|18)\)", ours) is not None and kernel.split(":")[0] == ours.split(":")[0]
    if re.match(r"failed to resolve CO-RE relocation|kfunc '.*' is referenced but wasn't resolved|BPF map '.*' is referenced but wasn't created", kernel):
        return re.match(r"invalid func unknown#|fd -?\d+ is not pointing to valid bpf_map", ours) is not None
    if SYMBOL.search(kernel) and SYMBOL.sub("SYMBOL", kernel) == SYMBOL.sub("SYMBOL", ours):
        return True
    m = LOADED.search(kernel)
    if not m or int(m.group(2), 16) < 1 << 40:
        return False
    return LOADED.sub(r"\1", kernel).split() == LOADED.sub(r"\1", ours).split()


def kind(line):
    """What sort of line this is, in a word or two."""
    if line is None:
        return "end of log"
    for pattern, name in (
        (r"processed \d+ insns", "statistics"), (r"stack depth ", "stack depth"), (r"; ", "source line"),
        (r"mark_precise", "precision"), (r"\d+: \([0-9a-f]{2}\).*;", "instruction and state"),
        (r"\d+: \([0-9a-f]{2}\)", "instruction"), (r"\d+: R|\d+: frame", "state"), (r"from \d+ to \d+", "resumed state"),
        (r"caller:|callee:|returning from|to caller", "call"), (r" (R\d|frame\d|fp-)", "state"), (r"Func#|Validating", "function"),
        (r"Live regs before", "live registers"), (r"\s*\d+: [.\d]+ ", "live registers"), (r"stack use|subprog#", "stack liveness"),
    ):
        if re.match(pattern, line):
            return name
    return "words"


def find(directory):
    out = {}
    for entry in sorted(os.listdir(directory)):
        name = re.sub(r"\.log(\.gz)?$", "", entry)
        if name != entry:
            out[name] = os.path.join(directory, entry)
    return out


def first_difference(a, b):
    for i in range(max(len(a), len(b))):
        x, y = a[i] if i < len(a) else None, b[i] if i < len(b) else None
        if not same(x, y):
            return i, x, y
    return None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("kernel_dir")
    p.add_argument("ours_dir")
    p.add_argument("--show", help="a kind of difference, or 'all'")
    p.add_argument("--most", type=int, default=20)
    p.add_argument("--diff", metavar="NAME", help="OBJECT.PROG")
    p.add_argument("--around", type=int, default=8, help="lines before and behind the difference")
    p.add_argument("--require", type=float, metavar="PERCENT")
    o = p.parse_args()

    kernel, ours = find(o.kernel_dir), find(o.ours_dir)
    if o.diff:
        a, b = lines(kernel[o.diff]), lines(ours[o.diff])
        d = first_difference(a, b)
        if d is None:
            print("equal")
            return 0
        at = d[0]
        for x in a[max(0, at - o.around):at]:
            print("   ", x)
        for x in a[at:at + o.around]:
            print("  -", x)
        for x in b[at:at + o.around]:
            print("  +", x)
        return 0

    equal, total, kinds = 0, 0, collections.defaultdict(list)
    for name, path in kernel.items():
        a = lines(path)
        if not a:
            continue
        total += 1
        if name not in ours:
            kinds["missing"].append((name, None, None))
            continue
        b = lines(ours[name])
        d = first_difference(a, b)
        if d is None:
            equal += 1
        elif d[0] >= len(b) - 1 and not any(x.startswith("processed ") for x in b):
            kinds["unfinished"].append((name, d[1], d[2]))
        else:
            k, l = kind(d[1]), kind(d[2])
            kinds[k if k == l else f"{k} / {l}"].append((name, d[1], d[2]))
    percent = 100.0 * equal / total if total else 0.0
    print(f"equal {equal}/{total} {percent:.2f} %")
    for k, rows in sorted(kinds.items(), key=lambda kv: -len(kv[1])):
        print(f"{len(rows):6} {k}")
        if o.show in (k, "all"):
            for name, x, y in rows[: o.most]:
                print(f"       {name}\n         - {x}\n         + {y}")
    return 1 if o.require is not None and percent < o.require else 0


if __name__ == "__main__":
    sys.exit(main())
