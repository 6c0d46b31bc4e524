# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How far bpfcheck's answers agree with a real kernel's, row for row. What is counted, `parity --help` says."""
import collections
import json
import lzma
import os
import re

FIGURES = ("verdict", "stage", "message", "errno", "processed", "states", "missing")
ADDRESS = re.compile(r"0x[0-9a-f]{9,}")
OTHER_PROGRAM = re.compile(r"libbpf: prog '([^']*)': BPF program load failed")
POISONED = re.compile(r"invalid func unknown#195896080|failed to resolve CO-RE relocation")


def rows(path):
    """{(object, program): row} of a file of JSON lines, perhaps .xz; without those that a virtual machine left unanswered."""
    out = {}
    with lzma.open(path, "rt") if str(path).endswith(".xz") else open(path) as f:
        for line in f:
            if line.strip():
                r = json.loads(line)
                if r["stage"] not in ("timeout", "vm"):
                    out[(os.path.basename(r["object"]), r.get("prog", ""))] = r
    return out


def same_message(a, b):
    """Equal but for addresses. A poisoned CO-RE instruction has two faces: the kernel's words, and libbpf's in their place
    where it was given a log; either will do for the other."""

    def plain(s):
        s = ADDRESS.sub("ADDR", (s or "").strip())
        return "POISON" if POISONED.match(s) else s

    return plain(a) == plain(b)


class Agreement:
    """Of each figure how many rows agree, of how many, and the rows that do not."""

    def __init__(self, truth, ours):
        self.agree, self.total, self.bad = collections.Counter(), collections.Counter(), collections.defaultdict(list)
        refused_whole = {}  # an object refused when opened: any row of it will do
        for key, r in ours.items():
            refused_whole.setdefault(key[0], r)
        for key, t in truth.items():
            other = OTHER_PROGRAM.match(t.get("msg", ""))
            if other and other.group(1) != key[1]:  # another program of its struct_ops map: says nothing of this one
                continue
            o = ours.get(key)
            if o is None and not key[1]:
                o = refused_whole.get(key[0])
            self._score("missing", o is not None, key, t, o or {})
            self._compare(key, t, o or {})

    def _score(self, figure, ok, key, t, o):
        self.total[figure] += 1
        self.agree[figure] += bool(ok)
        if not ok:
            self.bad[figure].append((key, t, o))

    def _compare(self, key, t, o):
        self._score("stage", (o.get("stage"), o.get("verdict")) == (t["stage"], t["verdict"]), key, t, o)
        if t["stage"] != "verify":
            return
        self._score("verdict", o.get("verdict") == t["verdict"], key, t, o)
        if t["verdict"] == "reject":
            if t["msg"]:  # a few recorded rows lack it
                self._score("message", same_message(o.get("msg"), t["msg"]), key, t, o)
            self._score("errno", o.get("errno") == t["errno"], key, t, o)
        if t.get("processed", -1) >= 0:
            self._score("processed", o.get("processed") == t["processed"], key, t, o)
            self._score("states", (o.get("states"), o.get("peak")) == (t["states"], t["peak"]), key, t, o)

    def _wrong(self, kernel, ours):
        return sum(1 for _, t, o in self.bad["verdict"] if t["verdict"] == kernel and o.get("verdict") == ours)

    @property
    def false_accepts(self):
        return self._wrong("reject", "accept")

    @property
    def false_rejects(self):
        return self._wrong("accept", "reject")

    def percent(self, figure):
        return 100.0 * self.agree[figure] / self.total[figure]

    def counts(self, figure):
        return f"{self.agree[figure]}/{self.total[figure]}"
