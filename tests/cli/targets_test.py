#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How targets are named: --btf with what stands behind it, [[target]], folders of BTF; and `bpfcheck why` between two of them.

targets_test.py BPFCHECK SOURCE_DIR
"""
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

BPFCHECK, SOURCE = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
CORPUS = SOURCE / "corpus"
OBJECT = str(CORPUS / "objects/locks.bpf.o")
SHARED = tempfile.TemporaryDirectory()
BTF = {}
for kernel in ("5.10.262-amd64", "6.12.117-amd64", "6.12.117-arm64"):
    BTF[kernel] = f"{SHARED.name}/{kernel}.btf"
    pathlib.Path(BTF[kernel]).write_bytes(lzma.decompress((CORPUS / f"btf/{kernel}.btf.xz").read_bytes()))
OLD, NEW, ARM = BTF.values()


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)

    def run_it(self, *args):
        return subprocess.run([BPFCHECK, *map(str, args)], capture_output=True, text=True, cwd=self.path)

    def targets(self, *args):
        result = self.run_it("check", OBJECT, "--prog", "counts_under_lock", "--format", "json", *args)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return json.loads(result.stdout)["targets"]

    def labels(self, *args):
        return [t["label"] for t in self.targets(*args)]

    def refused(self, *args):
        result = self.run_it("check", OBJECT, *args)
        self.assertEqual((result.returncode, result.stdout), (2, ""), result)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr


class Facts(Case):
    def test_are_for_the_btf_before_them(self):
        self.assertEqual([t["line"] for t in self.targets("--btf", OLD, "--kernel", "5.15", "--btf", NEW)], ["5.15", "6.12"])
        self.assertEqual([t["line"] for t in self.targets("--btf", OLD, "--btf", NEW, "--kernel", "6.18")], ["5.10", "6.18"])
        self.assertEqual([t["line"] for t in self.targets("--kernel", "5.15", "--btf", OLD)], ["5.15"])
        self.assertIn("several targets", self.refused("--kernel", "5.15", "--btf", OLD, "--btf", NEW))
        self.assertIn("given twice", self.refused("--btf", OLD, "--kernel", "5.15", "--kernel", "6.1"))
        (self.path / "config").write_text("CONFIG_HZ=250\n")
        self.assertIn("several targets", self.refused("--kconfig", "config", "--btf", OLD, "--btf", NEW))
        self.assertEqual(len(self.targets("--btf", OLD, "--btf", NEW, "--kconfig", "config")), 2)

    def test_in_a_configuration(self):
        (self.path / "kernels").mkdir()
        os.symlink(OLD, self.path / "kernels/a.btf")
        (self.path / "bpfcheck.toml").write_text("""[[target]]
name = "old fleet"
btf = "kernels/a.btf"
kernel = "5.10.200"
caps = "bpf,perfmon,net_admin"
cpus = 64
""")
        (only,) = self.targets()
        self.assertEqual((only["label"], only["name"], only["release"]), ("old fleet", "old fleet", "5.10.200"))
        (self.path / "bpfcheck.toml").write_text(f'btf = ["{OLD}", "{NEW}"]\nkernel = "5.10"\n')
        self.assertIn("several targets", self.refused())
        (self.path / "bpfcheck.toml").write_text('[[target]]\nbtf = "x"\nkernels = "5.10"\n')
        self.assertIn("'kernels' is none of name, btf, kernel", self.refused())

    def test_a_target_on_the_command_line(self):
        self.assertEqual(self.labels("--target", f"btf={OLD}; name=edge", "--btf", NEW), ["edge", "6.12"])
        self.assertIn("names no btf", self.refused("--target", "name=edge"))
        self.assertIn("cpus=many", self.refused("--target", f"btf={OLD}; cpus=many"))
        self.assertIn("two targets are called edge", self.refused("--target", f"btf={OLD}; name=edge", "--target", f"btf={NEW}; name=edge"))

    def test_what_is_no_kernel(self):
        self.assertIn("is a BPF object, no kernel", self.refused("--btf", CORPUS / "objects/xdp_parser.bpf.o"))

    def test_one_bad_among_good_ones(self):
        result = self.run_it("check", OBJECT, "--summary", "--btf", OLD, "--kernel", "6.20", "--btf", NEW)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn("there never was a Linux 6.20", result.stderr)
        self.assertIn("not judged: 1", result.stdout)


class Folders(Case):
    def archive(self, folder, release, btf):
        (self.path / folder).mkdir(parents=True, exist_ok=True)
        with tarfile.open(self.path / folder / f"{release}.btf.tar.xz", "w:xz", preset=0) as tar:
            tar.add(btf, f"{release}.btf")

    def test_any_depth_and_the_layout_of_archives(self):
        self.archive("hub/debian/11/x86_64", "5.10.0-9-amd64", OLD)
        self.archive("hub/debian/13/arm64", "6.12.0-1-arm64", ARM)
        os.symlink(NEW, self.path / "hub/plain.btf")
        (self.path / "hub/README").write_text("no BTF")
        self.assertEqual(sorted(self.labels("--btf-dir", "hub")), ["5.10", "6.12", "6.12 arm64"])
        self.assertEqual(sorted(self.labels("--btf-dir", "hub", "--arch", "x86_64")), ["5.10", "6.12"])
        self.assertEqual(self.labels("--btf-dir", "hub", "--arch", "aarch64"), ["6.12"])
        self.assertEqual(self.labels("--btf-dir", "hub/debian/1[12]"), ["5.10"])
        self.assertEqual(sorted(self.labels("--btf-dir", "hub/debian", "--btf", NEW)), ["5.10", "6.12", "6.12 arm64"])
        self.assertIn("would apply to every target", self.refused("--btf-dir", "hub", "--kernel", "6.1"))

    def test_nothing_there(self):
        (self.path / "empty").mkdir()
        self.assertIn("holds no file *.btf", self.refused("--btf-dir", "empty"))
        self.assertIn("no such folder", self.refused("--btf-dir", "missing"))
        os.symlink(OLD, self.path / "empty/a.btf")
        self.assertIn("no kernel of --btf-dir", self.refused("--btf-dir", "empty", "--arch", "arm64"))


class Why(Case):
    def why(self, *args):
        return self.run_it("why", *args)

    def test_a_feature(self):
        result = self.why(OBJECT, "--prog", "static_function_under_lock", "--btf", OLD, "--btf", NEW)
        self.assertEqual(result.returncode, 0, result)
        self.assertRegex(result.stdout, r"(?m)^  5\.10  reject: function calls are not allowed while holding a lock$")
        self.assertRegex(result.stdout, r"(?m)^    for want of locks_across_calls \(6\.9\): ")
        data = json.loads(self.why(OBJECT, "--prog", "static_function_under_lock", "--btf", NEW, "--btf", OLD, "--format", "json").stdout)
        (one,) = data
        self.assertEqual((one["from"]["target"]["label"], one["to"]["target"]["label"], one["complete"]), ("5.10", "6.12", True))
        self.assertEqual([(c["kind"], c["name"], c["line"], c["wanting"]) for c in one["causes"]], [("feature", "locks_across_calls", "6.9", True)])

    def test_the_same_verdict(self):
        result = self.why(OBJECT, "--prog", "counts_under_lock", "--btf", OLD, "--btf", NEW)
        self.assertEqual(result.returncode, 0)
        self.assertIn("both give the same verdict", result.stdout)

    def test_bad_usage(self):
        for args, words in (((OBJECT, "--btf", OLD), "compares kernels"), ((OBJECT, "--btf", OLD, "--btf", NEW, "--prog", "none"), "no program of that name")):
            result = self.why(*args)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn(words, result.stderr)

    def test_under_the_table(self):
        out = self.run_it("check", OBJECT, "--prog", "static_function_under_lock", "--btf", OLD, "--btf", NEW)
        self.assertIn("for want of locks_across_calls (6.9)", out.stdout)
        self.assertTrue(out.stdout.splitlines()[-1].endswith("; 5.10 lacks locks_across_calls (6.9)"), out.stdout.splitlines()[-1])
        defects = json.loads(self.run_it("check", OBJECT, "--prog", "static_function_under_lock", "--btf", OLD, "--btf", NEW, "--format", "json").stdout)["defects"]
        self.assertEqual([c["name"] for c in defects[0]["why"]["causes"]], ["locks_across_calls"])
        self.assertEqual(defects[0]["why"]["compared_with"], "6.12")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
