#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The corpus as every recorded kernel judged it, and what is known to differ.

    kernels_test.py BPFCHECK SOURCE_DIR [--prune]

Each corpus/truth/KERNEL.jsonl (of corpus/objects) and corpus/truth/cases/KERNEL.jsonl (of corpus/cases) with a corpus/btf/KERNEL-ARCH.btf.xz is held against bpfcheck's answers for that BTF, in the
figures that oracle/parity counts. known_differences.txt names the rows that differ today: any other difference fails, and
so does a line that is not true any more, until it is taken out (--prune does so; it adds nothing).
"""
import collections
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv[2]).resolve()
sys.path.insert(0, str(ROOT / "oracle"))
from agreement import FIGURES, Agreement, rows  # noqa: E402

SETS = (("corpus/objects", "corpus/truth"), ("corpus/cases/objects", "corpus/truth/cases"))
KNOWN = ROOT / "tests/parity/known_differences.txt"


def differences(bpfcheck, objects, truth, btf):
    """{(object, program): figures that differ}, and how many rows were compared."""
    with tempfile.NamedTemporaryFile("w+") as out:
        r = subprocess.run([bpfcheck, "check", "--format", "jsonl", "--btf", btf, *sorted((ROOT / objects).glob("*.o"))],
                           stdout=out, stderr=subprocess.PIPE)
        if r.returncode not in (0, 1, 2, 3):
            sys.exit(f"{btf.name}: bpfcheck ended with {r.returncode}: {r.stderr.decode(errors='replace')[-500:]}")
        recorded = rows(truth)
        found = Agreement(recorded, rows(out.name))
    differ = collections.defaultdict(list)
    for figure in FIGURES:
        for key, _, _ in found.bad[figure]:
            differ[key].append(figure)
    return differ, len(recorded)


def read_known():
    """{(kernel, object, program): figures}"""
    known = {}
    for line in KNOWN.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            assert len(words) > 3 and set(words[3:]) <= set(FIGURES), f"{KNOWN.name}: {line}"
            known[tuple(words[:3])] = words[3:]
    return known


def prune(gone):
    """Take out of the file what does not differ any more."""
    kept = []
    for line in KNOWN.read_text().splitlines():
        key = tuple(line.split()[:3])
        if key in gone:
            left = [f for f in line.split()[3:] if f not in gone[key]]
            if not left:
                continue
            line = " ".join([*key, *left])
        kept.append(line)
    KNOWN.write_text("\n".join(kept) + "\n")


def main():
    bpfcheck = pathlib.Path(sys.argv[1]).resolve()
    known, found, failed = read_known(), {}, False
    for btf in sorted((ROOT / "corpus/btf").glob("*.btf.xz")):
        kernel = btf.name.removesuffix(".btf.xz").removesuffix("-amd64")
        same = compared = 0
        for objects, folder in SETS:
            truth = ROOT / folder / f"{kernel}.jsonl"
            if not truth.exists():
                continue
            differ, rows_there = differences(bpfcheck, objects, truth, btf)
            found.update({(kernel, *key): figures for key, figures in differ.items()})
            same += rows_there - len(differ)
            compared += rows_there
        if compared:
            print(f"{kernel}: {same} of {compared} programs as recorded, "
                  f"{sum(k[0] == kernel for k in known)} known differences", flush=True)
    gone = {k: left for k, figures in known.items() if (left := [f for f in figures if f not in found.get(k, [])])}
    for key, figures in found.items():
        new = [f for f in figures if f not in known.get(key, [])]
        if new:
            failed = True
            print("DIFFERS: " + " ".join([*key, *new]))
    if gone and "--prune" in sys.argv:
        prune(gone)
    elif gone:
        failed = True
        for key, figures in gone.items():
            print(f"no longer differs, take it out of {KNOWN.name} (--prune): " + " ".join([*key, *figures]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
