#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Failures that people meet (corpus/cases): what bpfcheck says of each, beside what real kernels said.

    cases_test.py BPFCHECK SOURCE_DIR

golden/cases/NAME.txt has, for each program, every recorded kernel's verdict and words (corpus/truth/cases), and bpfcheck's
report for the newest kernel that refuses something of the object, or for the newest of all. The kernels' lines are theirs, the
report is bpfcheck's own, read by a person. BPFCHECK_REBASE=1 rewrites the files; read the difference.
"""
import difflib
import json
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
BPFCHECK, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
GOLDEN = ROOT / "tests/report/golden/cases"


def version(kernel):
    return [int(n) for n in kernel.split(".")]


def truths():
    """{kernel: {object: [row]}}, newest kernel first."""
    out = {}
    for path in sorted((ROOT / "corpus/truth/cases").glob("*.jsonl"), key=lambda p: version(p.stem), reverse=True):
        rows = out[path.stem] = {}
        for line in path.read_text().splitlines():
            row = json.loads(line)
            rows.setdefault(row["object"], []).append(row)
    return out


def said(row):
    where = "" if row["stage"] == "verify" else f" ({row['stage']})"
    return f"{row['verdict']}{where}{': ' + row['msg'] if row['msg'] else ''}"


def report(obj, all_truths):
    lines = ["# What kernels said, newest first, and what bpfcheck says. Rewrite: BPFCHECK_REBASE=1."]
    for program in dict.fromkeys(r.get("prog", "") for rows in all_truths.values() for r in rows.get(obj.name, [])):
        for kernel, rows in all_truths.items():
            lines += [f"{kernel} {program}: {said(r)}".replace(" : ", ": ") for r in rows.get(obj.name, []) if r.get("prog", "") == program]
    kernel = next((k for k, rows in all_truths.items() if any(r["verdict"] == "reject" for r in rows.get(obj.name, []))), next(iter(all_truths)))
    r = subprocess.run([BPFCHECK, "check", "--no-config", "--color", "never", "--btf", f"corpus/btf/{kernel}-amd64.btf.xz", obj.relative_to(ROOT)],
                       cwd=ROOT, env={**os.environ, "COLUMNS": "100"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if r.returncode not in (0, 1, 2, 3):
        sys.exit(f"{obj.name}: bpfcheck ended with {r.returncode}")
    return "\n".join(lines) + f"\n\nbpfcheck, {kernel}:\n" + r.stdout.decode()


def main():
    all_truths, failed = truths(), False
    for obj in sorted((ROOT / "corpus/cases/objects").glob("*.o")):
        golden = GOLDEN / (obj.name.removesuffix(".bpf.o") + ".txt")
        now = report(obj, all_truths)
        if os.environ.get("BPFCHECK_REBASE"):
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(now)
        before = golden.read_text() if golden.exists() else ""
        if now != before:
            failed = True
            print("".join(difflib.unified_diff(before.splitlines(True), now.splitlines(True), str(golden), "now")))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
