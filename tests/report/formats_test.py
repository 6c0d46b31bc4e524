#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Every report format of `bpfcheck check`, over the corpus: each is what its schema says, all agree, and a failure leaves no half file.

formats_test.py BPFCHECK SOURCE_DIR. The published SARIF schema is not shipped: BPFCHECK_SARIF_SCHEMA=FILE validates against it too.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import jsonschema

BPFCHECK, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
CORPUS = SOURCE / "corpus"
TARGET = ["--btf", str(CORPUS / "btf/6.18.15-amd64.btf.xz")]
OBJECTS = [str(CORPUS / "objects" / o) for o in ("xdp_parser.bpf.o", "maps.bpf.o", "registers.bpf.o", "execsnoop.bpf.o")]


def run(*args, **kw):
    return subprocess.run([BPFCHECK, *args], capture_output=True, text=True, cwd=SOURCE, **kw)


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.dir.name)
        (cls.path / "broken.o").write_bytes(b"\x7fELF no object & <that>")
        formats = [f"--format={f}={cls.path / f}" for f in ("json", "sarif", "junit", "github", "jsonl", "text")]
        cls.result = run("check", *OBJECTS, str(cls.path / "broken.o"), *TARGET, "--no-advice", *formats)
        cls.lines = [json.loads(line) for line in (cls.path / "jsonl").read_text().splitlines()]
        cls.rejected = [line for line in cls.lines if line["verdict"] == "reject"]

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def test_exit_status_and_streams(self):
        self.assertEqual(self.result.returncode, 2)  # the broken object
        self.assertEqual(self.result.stdout, "")
        self.assertIn("broken.o", self.result.stderr)

    def test_json(self):
        document = json.loads((self.path / "json").read_text())
        schema = json.loads((SOURCE / "report/schema/report-1.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(document)
        self.assertEqual([p["message"] for p in document["programs"]], [line["msg"] for line in self.lines])
        self.assertEqual(document["summary"]["rejected"], len(self.rejected))
        explained = [p for p in document["programs"] if p["verdict"] == "reject" and p["stage"] == "verify"]
        self.assertTrue(all(p["diagnostic"] and p["diagnostic"]["reason"] and p["diagnostic"]["suggestion"] for p in explained))
        self.assertEqual(next(p for p in explained if p["program"] == "unchecked")["diagnostic"]["source"]["line"], 18)

    def test_sarif(self):
        document = json.loads((self.path / "sarif").read_text())
        if published := os.environ.get("BPFCHECK_SARIF_SCHEMA"):
            jsonschema.Draft7Validator(json.loads(pathlib.Path(published).read_text())).validate(document)
        self.assertEqual(document["version"], "2.1.0")
        (one,) = document["runs"]
        rules = one["tool"]["driver"]["rules"]
        self.assertEqual(len({r["id"] for r in rules}), len(rules))
        self.assertEqual(len(one["results"]), len(self.rejected))
        prints = set()
        for result in one["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertTrue(result["message"]["text"])
            where = result["locations"][0]["physicalLocation"]["artifactLocation"]
            self.assertRegex(where["uri"], r"^[A-Za-z0-9._~/%:-]+$")
            self.assertEqual("uriBaseId" in where, not where["uri"].startswith("file:"))
            prints.add(result["partialFingerprints"]["bpfcheck/v1"])
        self.assertEqual(len(prints), len(one["results"]))

    def test_sarif_is_the_same_each_time(self):
        again = run("check", OBJECTS[0], *TARGET, "--format", "sarif").stdout
        self.assertEqual(again, run("check", OBJECTS[0], *TARGET, "--format", "sarif").stdout)

    def test_junit(self):
        root = ElementTree.parse(self.path / "junit").getroot()
        cases = root.findall("./testsuite/testcase")
        self.assertEqual(len(cases), len(self.lines))
        self.assertEqual(int(root.get("tests")), len(cases))
        self.assertEqual(int(root.get("failures")), len(root.findall("./testsuite/testcase/failure")), len(self.rejected))
        for suite in root.findall("./testsuite"):
            self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))

    def test_github(self):
        lines = (self.path / "github").read_text().splitlines()
        errors = [line for line in lines if line.startswith("::error ")]
        self.assertEqual(len(errors), 10)
        for line in errors:
            self.assertRegex(line, r"^::error file=[^,:]+(,line=\d+)?(,col=\d+)?,title=[^,:]+::.+$")
        (notice,) = [line for line in lines if line.startswith("::notice")]
        self.assertIn(f"{len(self.rejected) - 10} more", notice)

    def test_text_in_a_file_has_no_colour(self):
        text = (self.path / "text").read_text()
        self.assertNotIn("\033", text)
        self.assertIn("R1 offset is outside of the packet", text)


class Output(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = pathlib.Path(self.dir.name)

    def refused(self, *args):
        result = run("check", OBJECTS[0], *TARGET, *args)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        return result.stderr

    def test_unwritable(self):
        self.assertIn("No such file", self.refused("--format", "json", "--output", str(self.path / "no/such/folder.json")))
        self.assertIn("no such format", self.refused("--format", "yaml"))
        self.assertIn("standard output", self.refused("--format", "json", "--format", "sarif"))
        self.refused("--format", "json=")
        self.refused("--format", f"json={self.path}/a", "--output", f"{self.path}/b")
        self.assertEqual(list(self.path.iterdir()), [])

    def test_what_was_there_stays_until_the_new_is_whole(self):
        report = self.path / "report.json"
        report.write_text("old")
        os.chmod(self.path, 0o500)
        if os.geteuid() != 0:
            self.refused("--format", "json", "-o", str(report))
            self.assertEqual(report.read_text(), "old")
        os.chmod(self.path, 0o700)
        run("check", OBJECTS[0], *TARGET, "--format", "json", "-o", str(report))
        json.loads(report.read_text())
        self.assertEqual([p.name for p in self.path.iterdir()], ["report.json"])

    def test_full_device(self):
        if os.path.exists("/dev/full"):
            self.assertIn("No space left", self.refused("--format", "json=/dev/full"))

    def test_quiet_is_a_line_each(self):
        lines = run("check", OBJECTS[0], *TARGET, "-q").stdout.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertTrue(all(line.startswith("reject ") for line in lines))

    def test_colour(self):
        self.assertIn("\033[", run("check", OBJECTS[0], *TARGET, "--color", "always").stdout)
        self.assertNotIn("\033", run("check", OBJECTS[0], *TARGET).stdout)
        plain = run("check", OBJECTS[0], *TARGET).stdout
        self.assertEqual(re.sub(r"\033\[[0-9;]*m", "", run("check", OBJECTS[0], *TARGET, "--color", "always").stdout), plain)


class Explain(unittest.TestCase):
    def test_message_code_log_and_list(self):
        self.assertIn("OutsidePacket", run("explain", "R7 offset is outside of the packet").stdout)
        self.assertIn("pointer may be NULL", run("explain", "R0", "invalid", "mem", "access", "'map_value_or_null'").stdout)
        self.assertIn("EINVAL", run("explain", "leakreference").stdout)
        self.assertGreater(len(run("explain").stdout.splitlines()), 100)
        log = run("explain", "--log", "-", input=run("check", OBJECTS[0], *TARGET, "--prog", "checked_too_short", "--log-level", "2").stdout)
        self.assertIn("5: (69) r1 = *(u16 *)(r2 +0)", log.stdout)

    def test_unknown(self):
        for args in (["nothing of the kind"], ["--log", "/no/such/file"], ["--log", "/dev/null"]):
            result = run("explain", *args)
            self.assertEqual(result.returncode, 2)
            self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
