#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Input that cannot be read: one line on standard error that names the file, exit status 2, nothing on standard output.

    bad_input_test.py BPFCHECK SOURCE_DIR
"""
import lzma
import os
import subprocess
import sys
import tempfile
import unittest

TOOL, SOURCE = sys.argv[1], sys.argv[2]
OBJECT = os.path.join(SOURCE, "corpus/objects/xdp_parser.bpf.o")
BTF = os.path.join(SOURCE, "corpus/btf/6.18.15-amd64.btf.xz")


def read(path):
    with open(path, "rb") as f:
        return f.read()


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def refused(self, args, names, says=""):
        out = subprocess.run([TOOL, *args], capture_output=True, text=True, timeout=60)
        self.assertEqual(out.returncode, 2, out)
        self.assertEqual(out.stdout, "", args)
        self.assertEqual(out.stderr.count("\n"), 1, out.stderr)
        self.assertTrue(out.stderr.startswith("bpfcheck: "), out.stderr)
        self.assertIn(names, out.stderr)
        self.assertIn(says, out.stderr)

    def test_objects(self):
        whole = read(OBJECT)
        foreign = bytearray(whole)
        foreign[18:20] = (62).to_bytes(2, "little")  # EM_X86_64
        swapped = bytearray(whole)
        swapped[5] = 2  # says that it is big-endian
        for name, data in {"empty.o": b"", "cut.o": whole[:100], "half.o": whole[: len(whole) // 2], "noise.o": os.urandom(5000),
                           "foreign.o": bytes(foreign), "swapped.o": bytes(swapped)}.items():
            path = self.file(name, data)
            self.refused([path, "--btf", BTF], path)
        missing = os.path.join(self.folder.name, "missing.o")
        self.refused([missing, "--btf", BTF], missing, "No such file")
        self.refused([self.folder.name, "--btf", BTF], self.folder.name, "directory")

    def test_targets(self):
        btf = lzma.decompress(read(BTF))
        lies = bytearray(btf)
        lies[8:12] = (0x7FFFFFFF).to_bytes(4, "little")  # offset of the type section
        kind = bytearray(btf)
        kind[24 + 7] = 0x1F  # of the first type
        for name, data in {"empty.btf": b"", "cut.btf": btf[:100000], "cut.btf.xz": read(BTF)[:100000], "lies.btf": bytes(lies),
                           "kind.btf": bytes(kind), "noise.btf": os.urandom(5000)}.items():
            path = self.file(name, data)
            self.refused([OBJECT, "--btf", path], path)
            self.refused(["btf", path], path)
        missing = os.path.join(self.folder.name, "missing.btf")
        self.refused([OBJECT, "--btf", missing], missing, "No such file")

    def test_a_byte_order_that_is_not_the_targets(self):
        strings = b"\0int\0"
        types = b"".join(v.to_bytes(4, "big") for v in (1, 1 << 24, 4, 1 << 24 | 32))
        header = b"\xeb\x9f\x01\x00" + b"".join(v.to_bytes(4, "big") for v in (24, 0, len(types), len(types), len(strings)))
        path = self.file("big.btf", header + types + strings)
        self.refused([OBJECT, "--btf", path], OBJECT, "is little-endian, but the target")

    def test_what_could_be_read_is_judged_all_the_same(self):
        empty = self.file("empty.o", b"")
        out = subprocess.run([TOOL, empty, OBJECT, "--btf", BTF], capture_output=True, text=True, timeout=60)
        self.assertEqual(out.returncode, 2)
        self.assertIn("empty.o", out.stderr)
        self.assertIn("unchecked: R1 offset is outside of the packet", out.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
