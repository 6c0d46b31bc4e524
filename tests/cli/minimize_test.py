#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`bpfcheck btf --minimize`: every relocation comes out as against the whole BTF, and as against what bpftool writes where it is installed.

minimize_test.py BPFCHECK SOURCE_DIR [FOLDER_OF_OBJECTS [FOLDER_OF_BTF]]
"""
import json
import lzma
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BPFCHECK, SOURCE = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
OBJECTS = sorted(pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else SOURCE / "corpus/objects").glob("*.o"))
KERNELS = ("5.10.262-amd64", "6.1.192-amd64", "6.12.117-amd64")
BPFTOOL = shutil.which("bpftool") or shutil.which("bpftool", path="/usr/sbin")
TYPE_IDS = ("type id", "target type id")


def run(*args):
    return subprocess.run([BPFCHECK, *map(str, args)], capture_output=True, text=True)


class Minimize(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.path = pathlib.Path(directory.name)
        cls.whole = {}
        for k in KERNELS:
            cls.whole[k] = cls.path / f"{k}.btf"
            cls.whole[k].write_bytes(lzma.decompress((SOURCE / f"corpus/btf/{k}.btf.xz").read_bytes()))

    def relocations(self, obj, btf):
        result = run("relocs", "--format", "json", obj, "--btf", btf)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        rows = []
        for r in json.loads(result.stdout):
            (t,) = r["targets"]
            of_type = any(words in r["kind"] for words in TYPE_IDS)  # ids are each BTF's own
            rows.append((r["prog"], r["insn"], r["kind"], r["field"], t["found"], t["poisoned"], t["size"], None if of_type else (t["value"], t["code"])))
        return rows

    def test_relocations_are_the_same(self):
        compared = 0
        for obj in OBJECTS:
            whole = {}
            for k in KERNELS:
                result = run("relocs", "--format", "json", obj, "--btf", self.whole[k])
                if result.returncode in (0, 1):
                    whole[k] = self.relocations(obj, self.whole[k])
            if not any(whole.values()):
                continue
            out = self.path / obj.name
            result = run("btf", "--minimize", obj, *(w for k in whole for w in ("--btf", self.whole[k])), "-o", out)
            self.assertEqual(result.returncode, 0, result.stderr)
            for k, rows in whole.items():
                with self.subTest(obj.name, kernel=k):
                    self.assertEqual(self.relocations(obj, out / f"{k}.btf"), rows)
                    self.assertLess((out / f"{k}.btf").stat().st_size, self.whole[k].stat().st_size / 10)
                    compared += len(rows)
                    if BPFTOOL:
                        theirs = self.path / "theirs.btf"
                        if subprocess.run([BPFTOOL, "gen", "min_core_btf", self.whole[k], theirs, obj], capture_output=True).returncode == 0:
                            self.assertEqual(self.relocations(obj, theirs), rows)
        self.assertGreater(compared, 100)

    def test_several_objects_at_once(self):
        out = self.path / "several"
        objects = [SOURCE / f"corpus/objects/{o}.bpf.o" for o in ("core", "execsnoop")]
        self.assertEqual(run("btf", "--minimize", *objects, "--btf", self.whole[KERNELS[0]], "-o", out).returncode, 0)
        for obj in objects:
            self.assertEqual(self.relocations(obj, out / f"{KERNELS[0]}.btf"), self.relocations(obj, self.whole[KERNELS[0]]))

    def test_bad_usage(self):
        obj, btf = SOURCE / "corpus/objects/core.bpf.o", self.whole[KERNELS[0]]
        for args, words in ((("--minimize", obj, "--btf", btf), "-o DIR"), (("--minimize", obj, "-o", self.path / "x"), "needs --btf"),
                            (("--minimize", btf, "--btf", btf, "-o", self.path / "x"), btf.name), ((), "no FILE"),
                            (("--minimize", obj, "--btf", btf, "--btf", btf, "-o", self.path / "y"), "two targets would be written")):
            result = run("btf", *args)
            self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1), (args, result))
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
