#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Fills docs/diagnostics.md with what bpfcheck prints today: the blocks "```text OBJECT PROGRAM" are rewritten, the words around them stay.

diagnostics.py BPFCHECK OBJECTS_DIR BTF [--check]. --check rewrites nothing and exits 1 where something differs.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

PAGE = pathlib.Path(__file__).with_name("diagnostics.md")


def diagnostic(bpfcheck, objects, btf, name, program):
    """The text report of one program, and the code of its rejection; paths from the selftests' folder on."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([bpfcheck, "check", "--no-config", "--no-advice", "--btf", btf, "--prog", program, "--format", f"text={d}/text", "--format", f"json={d}/json", f"{objects}/{name}.bpf.o"],
                       stderr=subprocess.DEVNULL)
        text, (row,) = pathlib.Path(d, "text").read_text(), json.loads(pathlib.Path(d, "json").read_text())["programs"]
    body = text[text.index("\nreject ") + 1:]
    body = body[:body.rindex("\n", 0, body.rindex(" rejected"))]
    body = body.replace(f"{objects}/", "")
    return re.sub(r"\S*/tools/testing/selftests/bpf/", "", body).rstrip() + "\n", row["rule"]


def main():
    bpfcheck, objects, btf = sys.argv[1:4]
    objects = objects.rstrip("/")
    codes = []

    def fill(block):
        body, code = diagnostic(bpfcheck, objects, btf, block[1], block[2])
        codes.append(code)
        return f"```text {block[1]} {block[2]}\n{body}```"

    old = PAGE.read_text()
    new = re.sub(r"^```text (\S+) (\S+)\n.*?^```$", fill, old, flags=re.M | re.S)
    print(f"{len(codes)} diagnostics of {len(set(codes))} codes; {'as they stand' if new == old else 'some differ'}")
    if "--check" in sys.argv:
        return new != old
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
