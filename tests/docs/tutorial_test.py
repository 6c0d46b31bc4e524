#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Walks docs/tutorial.md as a newcomer would: writes its files, runs its commands, and holds the output against what stands there.

tutorial_test.py BPFCHECK SOURCE_DIR. A block "```c FILE" is a file, "```c replace FILE "START"" takes the place of its line that begins so (and of the
rest of its statement), "```console" holds commands after "$ " and their output, in which "..." stands for anything.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

BPFCHECK, SOURCE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()


def write(path, info, body):
    words = shlex.split(info)
    if words[1] != "replace":
        (path / words[1]).write_text(body)
        return
    file, start = path / words[2], words[3]
    lines = file.read_text().splitlines(keepends=True)
    at = max(i for i, line in enumerate(lines) if line.startswith(start))
    file.write_text("".join(lines[:at]) + body + "".join(lines[at + 1:]))


def matches(expected, got):
    pattern = "".join(".*" if part == "..." else re.escape(part) for part in re.split(r"(\.\.\.)", expected))
    return re.fullmatch(pattern, got, re.S) is not None


def main():
    clang = next(filter(None, map(shutil.which, ("clang", "clang-19"))), None)
    if not clang:
        print("SKIPPED: not installed: clang, so the tutorial is not walked")
        return 77
    text = (SOURCE / "docs/tutorial.md").read_text()
    statuses = []
    with tempfile.TemporaryDirectory() as d:
        path = pathlib.Path(d)
        (path / "bin").mkdir()
        (path / "bin/clang").symlink_to(clang)
        (path / "bin/bpfcheck").symlink_to(BPFCHECK)
        (path / "target.btf.xz").symlink_to(SOURCE / "corpus/btf/6.18.15-amd64.btf.xz")
        env = {**os.environ, "PATH": f"{path}/bin:{os.environ['PATH']}", "NO_COLOR": "1"}
        for info, body in re.findall(r"^```([^\n]+)\n(.*?)^```$", text, re.M | re.S):
            if info != "console":
                write(path, info, body)
                continue
            for command, expected in re.findall(r"^\$ ([^\n]+)\n((?:(?!\$ )[^\n]*\n)*)", body, re.M):
                result = subprocess.run(["bash", "-c", command], cwd=path, env=env, capture_output=True, text=True)
                statuses.append(result.returncode)
                if result.stderr or (expected and not matches(expected, result.stdout)):
                    print(f"$ {command}\n--- expected\n{expected}--- got\n{result.stdout}{result.stderr}")
                    return 1
                if "sed -n" in command:
                    diagnostic = result.stdout
    # The walk: accepted, rejected with every paragraph in the kernel's order, accepted again.
    parts = [diagnostic.index(f"\n  {name}") if name != "reason" else diagnostic.index("  reason") for name in ("reason", "at", "path", "fix")]
    broken_line = next(i for i, line in enumerate(text.split("```c parser.bpf.c\n")[1].splitlines(), 1) if "return eth->proto" in line)
    assert parts == sorted(parts), diagnostic
    assert f"parser.bpf.c:{broken_line}" in diagnostic, diagnostic
    assert "10 bytes" in diagnostic or "24 bytes" in diagnostic, diagnostic
    assert set(statuses) == {0, 1}, statuses
    return 0


if __name__ == "__main__":
    sys.exit(main())
