#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tools in oracle/, as far as a machine without other kernels allows: all that reads and compares.

    tools_test.py BPFCHECK SOURCE_DIR
"""
import gzip
import json
import lzma
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
BPFCHECK, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
ORACLE, CORPUS = ROOT / "oracle", ROOT / "corpus"
CPIO = ["cpio"] if shutil.which("cpio") else ["busybox", "cpio"] if shutil.which("busybox") else None
sys.path.insert(0, str(ORACLE))
import guest_image  # noqa: E402
import kernel_image  # noqa: E402


def tool(name, *args):
    return subprocess.run([ORACLE / name, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class InDirectory(unittest.TestCase):
    def setUp(self):
        t = tempfile.TemporaryDirectory()
        self.addCleanup(t.cleanup)
        self.dir = pathlib.Path(t.name)

    def write(self, name, rows):
        (self.dir / name).write_text("".join(json.dumps(r) + "\n" for r in rows))
        return self.dir / name


def row(prog, verdict="accept", stage="verify", **more):
    rejected = verdict == "reject"
    return {"object": "o.bpf.o", "prog": prog, "stage": stage, "verdict": verdict, "errno": 22 if rejected else 0, "processed": 5,
            "states": 1, "peak": 1, "msg": "R1 is not right" if rejected else "", **more}


class Parity(InDirectory):
    def parity(self, truth, ours, *args):
        return tool("parity", self.write("truth", truth), self.write("ours", ours), *args)

    def test_equal_rows_agree_fully(self):
        rows = [row("a"), row("b", "reject"), row("c", "reject", "maps")]
        r = self.parity(rows, rows, "--require", "verdict=100", "message=100", "stage=100", "missing=100")
        self.assertEqual(r.returncode, 0, r.stdout)
        self.assertIn("verdict    2/2 100.00%", r.stdout)
        self.assertIn("stage      3/3 100.00%", r.stdout)
        self.assertIn("message    1/1 100.00%", r.stdout)

    def test_false_accepts_and_rejects_are_counted_and_shown(self):
        r = self.parity([row("a", "reject"), row("b")], [row("a"), row("b", "reject")], "--show", "verdict")
        self.assertIn("verdict    0/2 0.00%", r.stdout)
        self.assertIn("false accepts 1, false rejects 1, no answer 0", r.stdout)
        self.assertIn("o.bpf.o a: kernel verify/reject 5 'R1 is not right'  ours verify/accept 5 ''", r.stdout)

    def test_a_figure_below_what_is_required_fails(self):
        r = self.parity([row("a"), row("b")], [row("a"), row("b", processed=6)], "--require", "processed=99")
        self.assertEqual(r.returncode, 1)
        self.assertIn("falls short: processed 50.00 < 99", r.stdout)

    def test_a_figure_without_rows_falls_short(self):
        self.assertEqual(self.parity([row("a")], [row("a")], "--require", "message=99").returncode, 1)

    def test_no_answer_counts_as_disagreement(self):
        r = self.parity([row("a"), row("b")], [row("a")])
        self.assertIn("missing    1/2 50.00%", r.stdout)
        self.assertIn("verdict    1/2 50.00%", r.stdout)

    def test_addresses_are_not_compared(self):
        truth, ours = row("a", "reject", msg="at 0xffffffff81000000 x"), row("a", "reject", msg="at 0xffffffffc0123456 x")
        self.assertIn("message    1/1", self.parity([truth], [ours]).stdout)

    def test_rows_that_speak_of_another_program_are_left_out(self):
        other = row("a", "reject", "maps", msg="libbpf: prog 'b': BPF program load failed: -EINVAL")
        self.assertIn("stage      1/1", self.parity([other, row("b")], [row("b")]).stdout)

    def test_rows_that_a_virtual_machine_left_unanswered_are_left_out(self):
        self.assertIn("stage      1/1", self.parity([row("a"), row("b", "none", "vm")], [row("a")]).stdout)

    def test_bad_input_is_one_error(self):
        for args in (("--require", "speed=1"), ("--show", "speed")):
            self.assertEqual(self.parity([], [], *args).returncode, 2)
        r = tool("parity", self.dir / "absent", self.dir / "absent")
        self.assertEqual((r.returncode, r.stderr.count("\n")), (2, 1))


class All(InDirectory):
    def setUp(self):
        super().setUp()
        (self.dir / "truth").mkdir()
        (self.dir / "objects").mkdir()
        for name in ("xdp_parser", "maps"):
            shutil.copy(CORPUS / f"objects/{name}.bpf.o", self.dir / "objects")
        names = ('"xdp_parser.bpf.o"', '"maps.bpf.o"')
        rows = [l for l in (CORPUS / "truth/6.18.15.jsonl").read_text().splitlines() if any(n in l for n in names)]
        with lzma.open(self.dir / "truth/6.18.15.corpus.jsonl.xz", "wt") as f:
            f.write("\n".join(rows) + "\n")
        self.programs = len(rows)

    def all(self, *args):
        return tool("all", BPFCHECK, "--objects", f"corpus={self.dir / 'objects'}", "--btf", CORPUS / "btf", "--truth",
                    self.dir / "truth", *args)

    def test_a_row_for_each_kernel_and_set(self):
        r = self.all("--out", self.dir / "out")
        self.assertEqual(r.returncode, 0, r.stderr)
        words = r.stdout.splitlines()[1].split()
        self.assertEqual(words[:6], ["6.18.15", "corpus", f"{self.programs}/{self.programs}", "0", "0",
                                     f"{self.programs}/{self.programs}"])
        self.assertEqual(len((self.dir / "out/6.18.15.corpus.jsonl").read_text().splitlines()), self.programs)

    def test_a_figure_worse_than_the_saved_table_fails(self):
        saved = self.dir / "saved"
        saved.write_text(self.all().stdout)
        self.assertEqual(self.all("--against", saved).returncode, 0)
        truth = self.dir / "truth/6.18.15.corpus.jsonl.xz"
        with lzma.open(truth, "rt") as f:
            text = f.read()
        with lzma.open(truth, "wt") as f:  # the kernel now refuses what we accept
            f.write(text.replace('"verdict":"accept"', '"verdict":"reject"', 1))
        r = self.all("--against", saved)
        self.assertEqual(r.returncode, 1)
        self.assertIn(f"worse: 6.18.15 corpus: verdict was {self.programs}/{self.programs}, is "
                      f"{self.programs - 1}/{self.programs}", r.stderr)
        self.assertIn("FA was 0, is 1", r.stderr)
        truth.rename(self.dir / "truth/6.18.14.corpus.jsonl.xz")
        self.assertEqual(self.all("--against", saved).returncode, 2)  # no BTF of that kernel

    def test_nothing_to_judge_is_an_error(self):
        r = self.all("--kernel", "4.4")
        self.assertEqual((r.returncode, r.stderr.count("\n")), (2, 1))


class Kernels(InDirectory):
    def test_the_table_is_listed(self):
        r = tool("kernels", "-l")
        self.assertEqual(r.returncode, 0)
        self.assertIn("6.12\ttrixie\tlinux-image-6.12.*-cloud-{arch}", r.stdout)

    def test_an_unknown_kernel_is_one_error(self):
        r = tool("kernels", "-c", self.dir, "2.4")
        self.assertEqual((r.returncode, r.stdout, r.stderr.count("\n")), (1, "", 1))

    def test_btf_is_found_in_an_image_and_an_image_in_a_vmlinuz(self):
        btf = lzma.decompress((CORPUS / "btf/6.18.15-amd64.btf.xz").read_bytes())
        image = b"\0" * 0x38 + b"ARM\x64" + b"\x9f\xeb\x01\x00 no BTF" + b"\1" * 4096 + btf + b"\2" * 512
        self.assertEqual(kernel_image.image_of(gzip.compress(image, 1) + b"rest"), image)
        self.assertEqual(kernel_image.btf_of(image), btf)


class Guest(InDirectory):
    def test_help_and_errors(self):
        self.assertIn("VERSION picks CACHE/VERSION*-ARCH", tool("vmrecord", "--help").stdout)
        r = tool("vmrecord", "-c", self.dir, "6.12", CORPUS / "objects/maps.bpf.o")
        self.assertEqual((r.returncode, r.stderr.count("\n")), (1, 1))

    @unittest.skipUnless(CPIO, "no cpio")
    def test_the_initramfs_is_an_archive(self):
        files = {"6.12-amd64/release": "6.12-cloud\n", "6.12-amd64/config": "CONFIG_BPF=y\n", "recorder": "r", "busybox": "b"}
        (self.dir / "6.12-amd64").mkdir()
        for name, text in files.items():
            (self.dir / name).write_text(text)
        objects = {0: (CORPUS / "objects/maps.bpf.o", "maps.bpf.o"), 1: (CORPUS / "objects/stack.bpf.o", "stack.bpf.o")}
        guest_image.build_initramfs(self.dir / "image", self.dir / "6.12-amd64", self.dir / "recorder", self.dir / "busybox", objects,
                                    {1: [0], 2: [1]}, [], 300, "-l 4")
        into = self.dir / "into"
        into.mkdir()
        with open(self.dir / "image", "rb") as f:
            subprocess.run([*CPIO, "-id"], stdin=f, cwd=into, stderr=subprocess.DEVNULL)
        self.assertEqual((into / "list.2").read_text(), "1 /o/1/stack.bpf.o\n")
        self.assertEqual((into / "o/1/stack.bpf.o").read_bytes(), objects[1][0].read_bytes())
        self.assertEqual((into / "boot/config-6.12-cloud").read_text(), "CONFIG_BPF=y\n")
        self.assertIn("/recorder 300 $list -l 4", (into / "init").read_text())


class Objects(InDirectory):
    def test_embedded_objects_are_written_out(self):
        one, two = ((CORPUS / f"objects/{n}.bpf.o").read_bytes() for n in ("maps", "stack"))
        (self.dir / "bin").mkdir()
        (self.dir / "bin/tool").write_bytes(b"\x7fELF other" + b"\0" * 99 + one + b"\0" * 7 + two + b"end")
        self.assertEqual(tool("embedded", self.dir / "out", self.dir / "bin").returncode, 0)
        found = {f.name: f.read_bytes() for f in (self.dir / "out").iterdir()}
        self.assertEqual(found, {"tool.0.o": one, "tool.1.o": two})

    def test_selftests_says_what_it_wants(self):
        r = tool("selftests")
        self.assertEqual(r.returncode, 2)
        self.assertIn("selftests TREE OUT_DIR", r.stderr)
        self.assertEqual(tool("selftests", self.dir, self.dir / "out").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
