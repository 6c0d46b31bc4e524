#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The recorder asks this machine's kernel; and a guest's, where a fetched kernel lies in the cache.

    record_test.py SOURCE_DIR here|guest

Exit status 77 where bpf(), libbpf or a kernel to boot is missing, and says which.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(ROOT / "oracle"))
from debian import CACHE  # noqa: E402

OBJECT = ROOT / "corpus/objects/xdp_parser.bpf.o"


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def check(text, caps=None):
    """The two programs of OBJECT that every kernel decides alike."""
    found = {r["prog"]: r for r in map(json.loads, text.splitlines())}
    accepted, rejected = found["checked"], found["unchecked"]
    assert accepted["object"] == OBJECT.name and accepted["type"] == "xdp", accepted
    assert (accepted["stage"], accepted["verdict"], accepted["errno"]) == ("verify", "accept", 0), accepted
    assert accepted["processed"] > 5 and accepted["usec"] >= 0 and accepted["msg"] == "", accepted
    assert (rejected["stage"], rejected["verdict"], rejected["errno"]) == ("verify", "reject", 13), rejected
    assert rejected["msg"] == "R1 offset is outside of the packet", rejected
    assert accepted.get("caps") == caps, accepted


def here(tmp):
    build = subprocess.run([ROOT / "oracle/build_record", tmp / "record"], stderr=subprocess.PIPE, text=True)
    if build.returncode:
        skip(build.stderr.strip().splitlines()[-1])
    assert build.stderr == "", build.stderr
    record = [tmp / "record", "-l", "4"]
    text = subprocess.run([*record, "-d", tmp, OBJECT], stdout=subprocess.PIPE, text=True, check=True).stdout
    if json.loads(text.splitlines()[0])["errno"] in (1, 38):  # EPERM, ENOSYS
        skip("the kernel refuses bpf() to this process")
    check(text)
    log = (tmp / "xdp_parser.bpf.o.unchecked.log").read_text()
    assert "invalid access to packet, off=" in log and "processed 2 insns" in log, log
    caps = "bpf,perfmon,net_admin"
    check(subprocess.run([*record, "-c", caps, OBJECT], stdout=subprocess.PIPE, text=True, check=True).stdout, caps)
    short = json.loads(subprocess.run([*record, "-e", "1", OBJECT], stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    assert 0 < len(short["log"]) <= 1024, short
    for bad in (["-c", "everything", OBJECT], ["-z", OBJECT], []):
        r = subprocess.run([tmp / "record", *bad], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert r.returncode == 2 and r.stdout == "" and r.stderr, r


def guest(tmp):
    kernels = sorted(d.parent.name for d in CACHE.glob("*-amd64/vmlinuz"))
    if not kernels:
        skip(f"no kernel in {CACHE} (oracle/kernels fetches them)")
    for need in ("qemu-system-x86_64", "busybox"):
        if not shutil.which(need):
            skip(f"no {need}")
    version = kernels[0].removesuffix("-amd64")
    r = subprocess.run([ROOT / "oracle/vmrecord", "-o", tmp / "rows", "-t", "120", version, OBJECT], stderr=subprocess.PIPE, text=True)
    assert r.returncode == 0, r.stderr
    check((tmp / "rows").read_text())
    print(r.stderr.splitlines()[-1])


with tempfile.TemporaryDirectory() as name:
    {"here": here, "guest": guest}[sys.argv[2]](pathlib.Path(name))
