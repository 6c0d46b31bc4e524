#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Includes go one way through the house, in the order that docs/architecture.md draws.

    rooms_test.py SOURCE_DIR

That document holds, for the whole house and perhaps for single rooms, a block that begins with ```rooms FOLDER (a dot for
the house). Each line names rooms (folders); a room includes what stands in lines above it and itself, neither what is below
nor a neighbour of the same line, in headers and sources alike: so there are no cycles. In the block of a room, files that lie
in it directly stand by their name without its ending. Every folder with C++ files has a place. A block marked "off" is not held.
"""
import pathlib
import re
import subprocess
import sys

DOCUMENT = "docs/architecture.md"
BLOCK = re.compile(r"^```rooms (\S+)( off)?\n(.*?)^```$", re.M | re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def room_of(path, folder):
    """The room of `folder` in which a file lies; None where it lies outside."""
    parts = pathlib.PurePosixPath(path).parts
    if folder != ".":
        if parts[0] != folder:
            return None
        parts = parts[1:]
    return parts[0].split(".")[0]


def violations(folder, order, files):
    """files: {path: text}; what goes against the order, a line each."""
    place = {room: n for n, line in enumerate(order) for room in line}
    for path, text in sorted(files.items()):
        here = room_of(path, folder)
        if here is None:
            continue
        if here not in place:
            yield f"{path}: {DOCUMENT} gives '{here}' no place"
            continue
        for m in INCLUDE.finditer(text):
            there = room_of(m[1], folder) if m[1] in files else None
            if there is None or there == here or there not in place:
                continue
            line = text.count("\n", 0, m.start()) + 1
            if place[there] >= place[here]:
                yield f"{path}:{line}: {here} includes {there} ({m[1]}), against the order"


def check_of_itself():
    files = {"a/x.h": "", "b/y.h": '#include "a/x.h"\n', "b/z.cc": '\n#include "c/w.h"\n', "c/w.h": '#include "b/y.h"\n', "d/v.h": ""}
    found = list(violations(".", [["a"], ["b"], ["c"]], files))
    assert found == ["b/z.cc:2: b includes c (c/w.h), against the order", f"d/v.h: {DOCUMENT} gives 'd' no place"], found
    assert len(list(violations(".", [["a", "b"], ["c"], ["d"]], files))) == 2  # b includes its neighbour a, and c
    inner = {"s/a/x.h": '#include "s/top.h"\n', "s/top.h": ""}
    assert not list(violations("s", [["top"], ["a"]], inner)) and len(list(violations("s", [["a"], ["top"]], inner))) == 1


def main():
    check_of_itself()
    root = pathlib.Path(sys.argv[1])
    names = subprocess.run(["git", "-C", root, "ls-files", "-z", "*.cc", "*.h", "*.def", "*.inc"], stdout=subprocess.PIPE, check=True)
    files = {n: (root / n).read_text() for n in filter(None, names.stdout.decode().split("\0")) if (root / n).is_file()}
    blocks = BLOCK.findall((root / DOCUMENT).read_text())
    if "." not in [folder for folder, _, _ in blocks]:
        print(f"{DOCUMENT}: no block '```rooms .'")
        return 1
    found = []
    for folder, off, text in blocks:
        order = [line.split("#")[0].split() for line in text.splitlines()]
        now = list(violations(folder, order, files))
        print(f"{folder}: {len(now)} includes against the order{' (not held yet)' if off else ''}")
        found += [] if off else now
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
