#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Programs against several kernels: the table at several widths, each defect once, and the same in every format.

matrix_test.py BPFCHECK SOURCE_DIR. What cells must hold comes from what the kernels said (corpus/truth); how the table of the whole corpus
looks is kept in tests/cli/golden/matrix-*.txt, which BPFCHECK_REBASE=1 rewrites.
"""
import json
import lzma
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import jsonschema

BPFCHECK, SOURCE = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
CORPUS = SOURCE / "corpus"
OBJECTS = sorted(str(p.relative_to(SOURCE)) for p in (CORPUS / "objects").glob("*.o"))
SHARED = tempfile.TemporaryDirectory()
KERNELS = {}  # unpacked once, for speed
for packed in sorted((CORPUS / "btf").glob("*.btf.xz")):
    KERNELS[packed.name.removesuffix(".btf.xz")] = path = f"{SHARED.name}/{packed.name.removesuffix('.xz')}"
    pathlib.Path(path).write_bytes(lzma.decompress(packed.read_bytes()))
PLAIN = re.compile(r"\033\[[0-9;]*m")


def check(*args, kernels=None, columns=120, locale="C.UTF-8"):
    targets = [word for k in kernels or KERNELS for word in ("--btf", KERNELS.get(k, k))]
    env = {**os.environ, "COLUMNS": str(columns), "LC_ALL": locale}
    return subprocess.run([BPFCHECK, "check", "--no-config", *args, *targets], capture_output=True, text=True, cwd=SOURCE, env=env)


def truth():
    """(object, program, kernel): verdict, of the kernels that were asked with all capabilities."""
    said = {}
    for kernel in KERNELS:
        name = kernel.removesuffix("-amd64")
        for line in (CORPUS / "truth" / f"{name}.jsonl").read_text().splitlines():
            row = json.loads(line)
            if row.get("prog"):
                said[row["object"], row["prog"], kernel] = row["verdict"]
    return said


class Table(unittest.TestCase):
    def test_whole_corpus(self):
        for columns in (80, 120):
            with self.subTest(columns):
                out = check("--summary", *OBJECTS, columns=columns).stdout
                golden = SOURCE / f"tests/cli/golden/matrix-{columns}.txt"
                if os.environ.get("BPFCHECK_REBASE"):
                    golden.write_text(out)
                self.assertEqual(out, golden.read_text())
                self.assertLessEqual(max(map(len, out.splitlines())), columns)

    def test_cells_are_what_the_kernels_said(self):
        said, marks = truth(), {"accept": "✓", "reject": "✗"}
        known = {tuple(line.split()[:3]) for line in (SOURCE / "tests/parity/known_differences.txt").read_text().splitlines()}
        obj, right = "xdp_parser.bpf.o", 0
        lines = check("--summary", f"corpus/objects/{obj}", columns=200).stdout.splitlines()
        labels = re.split(r"  +", lines[0].strip())[1:]
        of_label = {label: kernel for kernel in KERNELS for label in labels if kernel.startswith(label.split()[0]) and kernel.endswith("arm64") == ("arm64" in label)}
        self.assertEqual(len(of_label), len(KERNELS), labels)
        for line in lines[1:]:
            cells = line.split()
            if len(cells) != len(labels) + 1:
                break
            for label, cell in zip(labels, cells[1:]):
                verdict = said.get((obj, cells[0], of_label[label]))
                if verdict in marks:
                    self.assertEqual(cell[0], marks[verdict], (line, label))
                    right += 1
        self.assertGreater(right, 30)
        self.assertFalse(known & {obj})

    def test_folds_by_kernels_that_answer_alike(self):
        with tempfile.TemporaryDirectory() as d:
            names = []
            for i in range(40):
                names.append(f"{d}/{i:02}.btf")
                os.symlink(KERNELS["5.10.262-amd64" if i < 20 else "6.18.15-amd64"], names[-1])
            out = check("--summary", "corpus/objects/subprogs.bpf.o", "corpus/objects/xdp_parser.bpf.o", kernels=names, columns=80).stdout
        self.assertRegex(out, r"(?m)^corpus/objects/xdp_parser.bpf.o +all$")
        self.assertRegex(out, r"(?m)^  unchecked +✗\d+$")
        self.assertRegex(out, r"(?m)^corpus/objects/subprogs.bpf.o +00–19  20–39$")
        self.assertRegex(out, r"(?m)^  caught +✗\d+ +✓$")
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_each_defect_once(self):
        out = check("corpus/objects/xdp_parser.bpf.o").stdout
        self.assertEqual(len(re.findall(r"^✗\d+  ", out, re.M)), out.count("  reason  "))
        whole = check("corpus/objects/xdp_parser.bpf.o", "--format", "json").stdout
        self.assertEqual(out.count("  reason  "), len(json.loads(whole)["defects"]))
        self.assertLess(len(json.loads(whole)["defects"]), sum(p["verdict"] == "reject" for p in json.loads(whole)["programs"]))

    def test_ascii_and_colour(self):
        out = check("corpus/objects/xdp_parser.bpf.o", "--summary", locale="C").stdout
        self.assertTrue(out.isascii())
        self.assertRegex(out, r"(?m)^  checked +ok +ok")
        coloured = check("corpus/objects/xdp_parser.bpf.o", "--color", "always").stdout
        self.assertIn("\033[32m✓\033[0m", coloured)
        self.assertEqual(PLAIN.sub("", coloured), check("corpus/objects/xdp_parser.bpf.o").stdout)

    def test_quiet_is_a_line_a_defect(self):
        lines = check("corpus/objects/xdp_parser.bpf.o", "-q").stdout.splitlines()
        self.assertTrue(lines and all(re.match(r"reject +corpus/objects/xdp_parser\.bpf\.o \w+: .*  \(.*\)$", line) for line in lines), lines)
        self.assertEqual(len(lines), len(set(lines)))

    def test_last_line(self):
        def last(obj, *kernels, **kw):
            return check(f"corpus/objects/{obj}", kernels=kernels, **kw).stdout.splitlines()[-1]

        self.assertEqual(last("constants.bpf.o", "5.10.262-amd64", "6.18.15-amd64"), "constants.bpf.o loads on 2 of 2 kernels")
        self.assertRegex(last("loops.bpf.o", "5.10.262-amd64", "6.18.15-amd64"), r"^loops.bpf.o loads on 0 of 2 kernels; not on any, for ")

    def test_one_kernel_as_before(self):
        out = check("corpus/objects/xdp_parser.bpf.o", kernels=["6.18.15-amd64"]).stdout
        self.assertRegex(out, r"(?m)^accept +corpus/objects/xdp_parser\.bpf\.o checked")
        self.assertRegex(out.splitlines()[-1], r"^\d+ accepted, \d+ rejected, 0 not modelled$")


class NotJudged(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)

    def big(self):
        strings = b"\0int\0"
        types = b"".join(v.to_bytes(4, "big") for v in (1, 1 << 24, 4, 1 << 24 | 32))
        header = b"\xeb\x9f\x01\x00" + b"".join(v.to_bytes(4, "big") for v in (24, 0, len(types), len(types), len(strings)))
        path = self.path / "big.btf"
        path.write_bytes(header + types + strings)
        return str(path)

    def noise(self):
        path = self.path / "noise.btf"
        path.write_bytes(b"noise" * 1000)
        return str(path)

    def test_another_byte_order_is_a_cell(self):
        result = check("corpus/objects/constants.bpf.o", kernels=["6.18.15-amd64", self.big()])
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"(?m)^  looks_up\w* +✓ +–$")
        self.assertRegex(result.stdout, r"(?m)^–  .*big.*is little-endian, but the target .*big-endian")
        self.assertTrue(result.stdout.endswith("loads on 1 of 1 kernel; not judged: 1\n"))

    def test_an_unreadable_target_does_not_hide_the_others(self):
        formats = [f"--format={f}={self.path / f}" for f in ("json", "jsonl", "junit", "sarif", "github", "markdown", "text", "html")]
        result = check("corpus/objects/constants.bpf.o", *formats, kernels=["6.18.15-amd64", self.noise()])
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn("noise.btf: holds no BTF", result.stderr)
        for f in ("json", "junit", "sarif", "github", "markdown", "text", "html"):
            self.assertIn("holds no BTF", (self.path / f).read_text(), f)


class Formats(unittest.TestCase):
    """`target` in each of them."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.path = pathlib.Path(directory.name)
        cls.names = ("json", "jsonl", "junit", "sarif", "github", "markdown", "html")
        check("corpus/objects/xdp_parser.bpf.o", "corpus/objects/subprogs.bpf.o", *(f"--format={f}={cls.path / f}" for f in cls.names))
        cls.text = {f: (cls.path / f).read_text() for f in cls.names}
        cls.document = json.loads(cls.text["json"])

    def test_json(self):
        jsonschema.Draft202012Validator(json.loads((SOURCE / "report/schema/report-1.schema.json").read_text())).validate(self.document)
        by_file = {t["file"]: t for t in self.document["targets"]}
        newest = by_file[KERNELS["6.18.15-amd64"]]
        self.assertEqual((newest["label"], newest["line"], newest["release"], newest["simulated_as"]), ("6.18", "6.18", "6.18.14 to 6.18.15", None))
        self.assertEqual(by_file[KERNELS["6.12.117-arm64"]]["label"], "6.12 arm64")
        for d in self.document["defects"]:
            self.assertTrue(d["targets"])
            for p in self.document["programs"]:
                if (p["object"], p["program"]) == (d["object"], d["program"]) and p["target"] in d["targets"]:
                    self.assertEqual(p["rule"], d["rule"])

    def test_jsonl(self):
        rows = [json.loads(line) for line in self.text["jsonl"].splitlines()]
        self.assertEqual({r["target"]["file"] for r in rows}, set(KERNELS.values()))
        self.assertTrue(all(set(r["target"]) == {"label", "file", "line", "release", "simulated_as"} for r in rows))

    def test_junit(self):
        root = ElementTree.fromstring(self.text["junit"])
        for suite in root.findall("testsuite"):
            properties = {p.get("name"): p.get("value") for p in suite.findall("properties/property")}
            self.assertIn(properties["target.file"], KERNELS.values())
            self.assertTrue(properties["target.label"].startswith(properties["target.line"]))

    def test_sarif(self):
        (one,) = json.loads(self.text["sarif"])["runs"]
        self.assertEqual({t["file"] for t in one["properties"]["targets"]}, set(KERNELS.values()))
        self.assertTrue(all(r["properties"]["target"]["line"] for r in one["results"] if r["level"] == "error"))

    def test_github_once_a_defect_and_what_concerns_most_first(self):
        errors = [line for line in self.text["github"].splitlines() if line.startswith("::error ")]
        self.assertEqual(len(errors), min(10, len(self.document["defects"])))
        self.assertIn("(on all)", errors[0])
        self.assertEqual(len(errors), len(set(errors)))

    def test_markdown(self):
        lines = self.text["markdown"].splitlines()
        self.assertTrue(lines[0].startswith("### bpfcheck: "))
        self.assertEqual(sum(bool(re.match(r"\*\*\d+\. ", line)) for line in lines), len(self.document["defects"]))
        table = [line for line in lines if line.startswith("| ") and "**" not in line]
        self.assertEqual(len({line.count("|") for line in table}), 1)

    def test_html(self):
        run = json.loads(re.search(r'<script type="application/json" id="run">(.*?)</script>', self.text["html"], re.S).group(1))
        self.assertEqual(len(run["matrix"]["columns"]), len(KERNELS))
        for row in run["matrix"]["rows"]:
            for kind, defect, fails, result in row["cells"]:
                self.assertEqual(run["programs"][result]["verdict"], [None, "accept", "reject", "unsupported"][kind])
                self.assertEqual(bool(defect), kind > 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
