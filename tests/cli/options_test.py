#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Options of `bpfcheck check`: bpfcheck.toml, baselines, suppressions, global constants, capabilities, advice; and --help, frozen.

options_test.py BPFCHECK SOURCE_DIR. BPFCHECK_REBASE=1 rewrites the help texts in tests/cli/golden.
"""
import json
import lzma
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import unittest

BPFCHECK, SOURCE = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
CORPUS = SOURCE / "corpus"
OBJECTS = CORPUS / "objects"
SHARED = tempfile.TemporaryDirectory()
BTF = SHARED.name + "/target.btf"  # unpacked once, for speed
pathlib.Path(BTF).write_bytes(lzma.decompress((CORPUS / "btf/6.18.15-amd64.btf.xz").read_bytes()))
SUPPRESS = "program=unchecked; reason=mended in 1.2; it is known; expires=2999-01-01"


def drained(ours, theirs):
    """What was written to a terminal; it comes in pieces, and ends with an error where the other end is closed."""
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 65536):
            text += piece
    except OSError:
        pass
    os.close(ours)
    return text.decode()


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)

    def run_it(self, *args, cwd=None, env=None):
        return subprocess.run([BPFCHECK, *args], capture_output=True, text=True, cwd=cwd or self.path, env={**os.environ, **(env or {})})

    def check(self, *args, **kw):
        return self.run_it("check", *args, "--btf", BTF, **kw)

    def rows(self, *args, **kw):
        result = self.check(*args, "--format", "json", **kw)
        self.assertIn(result.returncode, (0, 1, 3), result.stderr)
        return result.returncode, json.loads(result.stdout)

    def refused(self, *args, **kw):
        before = sorted(self.path.rglob("*"))
        result = self.check(*args, **kw)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertEqual(sorted(self.path.rglob("*")), before, "a refusal leaves no file")
        return result.stderr


class Configuration(Case):
    def write(self, text):
        (self.path / "bpfcheck.toml").write_text(text)

    def test_found_from_below_and_paths_count_from_it(self):
        (self.path / "build/deep").mkdir(parents=True)
        (self.path / "build/a.bpf.o").write_bytes((OBJECTS / "xdp_parser.bpf.o").read_bytes())
        (self.path / "build/b.bpf.o").write_bytes((OBJECTS / "not_gpl.bpf.o").read_bytes())
        self.write('objects = ["build/*.bpf.o"]\nformat = ["json=build/out.json", "text"]\n')
        for cwd in (self.path, self.path / "build/deep"):
            result = self.check(cwd=cwd)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn("configuration: ", result.stdout)
            objects = {p["object"] for p in json.loads((self.path / "build/out.json").read_text())["programs"]}
            self.assertEqual({o.rsplit("/", 1)[1] for o in objects}, {"a.bpf.o", "b.bpf.o"})

    def test_flags_win(self):
        self.write(f'objects = "{OBJECTS}/xdp_parser.bpf.o"\nprog = ["unchecked"]\nformat = "jsonl"\n')
        self.assertEqual([json.loads(l)["prog"] for l in self.check().stdout.splitlines()], ["unchecked"])
        self.assertEqual([json.loads(l)["prog"] for l in self.check("--prog", "checked").stdout.splitlines()], ["checked"])
        self.assertIn("no FILE", self.check("--no-config").stderr)

    def test_every_key_is_a_flag_and_every_flag_a_key(self):
        help_text = self.run_it("check", "--help").stdout
        flags = set(re.findall(r"--([a-z-]+)", help_text)) - {"help", "config", "no-config"}
        self.write("no-such-key = 1\n")
        message = self.refused(str(OBJECTS / "loops.bpf.o"))
        self.assertRegex(message, r"^bpfcheck: bpfcheck\.toml:1: unknown key 'no-such-key'; the keys are ")
        keys = set(message.split("the keys are ")[1].strip().split(", "))
        self.assertEqual(keys, flags)

    def test_errors_name_the_line(self):
        for text, words in (("format = [\n", "bpfcheck.toml:"), ("\nformat = 'yaml'\n", "no such format"), ("log-level = 99\n", "bpfcheck.toml:1"), ("log-level = 'two'\n", "bpfcheck.toml:1"),
                            ("objects = 'none/*.o'\n", "no file matches"), ("\n[format]\nx = 1\n", "no table"), ("kernel = ['6.1', '6.2']\n", "takes one value"), ("config = 'x'\n", "unknown key"),
                            ("color = 'blue'\n", "bpfcheck.toml:1"), ("[[suppress]]\nprogram = 'x'\nreason = 'y'\n", "expire"), ("[rodata]\nx = [1]\n", "does not take")):
            self.write(text)
            with self.subTest(text):
                self.assertIn(words, self.refused(str(OBJECTS / "loops.bpf.o")))
        self.assertIn("none.toml", self.refused("--config", "none.toml", str(OBJECTS / "loops.bpf.o")))

    def test_tables(self):
        self.write(f"""objects = "{OBJECTS}/constants.bpf.o"
[rodata]
"config.mode" = 2
[rodata-matrix]
debug = [0, 1]
[[suppress]]
program = "looks_up*"
reason = "only while debugging"
expires = 2999-12-31
""")
        status, document = self.rows()
        self.assertEqual([p["verdict"] for p in document["programs"]], ["accept", "accept"])
        status, document = self.rows("--rodata-matrix")
        self.assertEqual([(p["constants"], p["verdict"]) for p in document["programs"]], [("debug=0", "accept"), ("debug=0", "accept"), ("debug=1", "reject"), ("debug=1", "accept")])
        self.assertEqual(status, 0)
        self.assertEqual(document["programs"][2]["standing"]["kind"], "suppressed")


class Baseline(Case):
    def test_only_what_got_worse_fails(self):
        loops, xdp = [str(OBJECTS / "loops.bpf.o"), "--prog", "bounded"], [str(OBJECTS / "xdp_parser.bpf.o"), "--prog", "unchecked", "--prog", "checked"]
        old = self.path / "old.json"
        self.assertEqual(self.check(*loops, *xdp, "--format", f"json={old}").returncode, 1)
        self.assertEqual(self.check(*loops, *xdp, "--baseline", str(old)).returncode, 0)
        document = json.loads(old.read_text())
        for p in document["programs"]:
            if p["program"] == "unchecked":
                p["verdict"] = "accept"
            if p["program"] == "bounded":
                p["statistics"]["processed"] = p["statistics"]["processed"] * 4 // 5
        worse = self.path / "worse.json"
        worse.write_text(json.dumps(document))
        status, now = self.rows(*loops, *xdp, "--baseline", str(worse))
        self.assertEqual(status, 1)
        self.assertEqual({p["program"]: p["standing"]["kind"] for p in now["programs"] if p["standing"]["fails"]}, {"unchecked": "itself", "bounded": "grown"})
        self.assertEqual(now["summary"]["failing"], 2)
        quiet = self.check(*loops, *xdp, "--baseline", str(worse), "-q").stdout.splitlines()
        self.assertEqual([line.split()[0] for line in quiet], ["grown", "reject"])
        self.assertEqual(self.check(*loops, "--baseline", str(worse), "--max-growth", "30").returncode, 0)

    def test_new_programs_stand_for_themselves(self):
        old = self.path / "old.json"
        self.check(str(OBJECTS / "not_gpl.bpf.o"), "--format", f"json={old}")
        self.assertEqual(self.check(str(OBJECTS / "xdp_parser.bpf.o"), "--baseline", str(old)).returncode, 1)

    def test_errors(self):
        xdp = str(OBJECTS / "xdp_parser.bpf.o")
        for text in ("", "{}", "[1]", '{"schema_version": 2, "programs": []}', '{"schema_version": 1, "programs": [{}]}'):
            (self.path / "b.json").write_text(text)
            self.assertIn("--format json", self.refused(xdp, "--baseline", "b.json"))
        self.assertIn("cannot be read", self.refused(xdp, "--baseline", "none.json"))


class Suppressions(Case):
    def test_formats_tell(self):
        xdp = str(OBJECTS / "xdp_parser.bpf.o")
        outs = {f: self.path / f for f in ("sarif", "junit", "github", "json")}
        self.assertEqual(self.check(xdp, "--prog", "unchecked", "--suppress", SUPPRESS, *(f"--format={f}={p}" for f, p in outs.items()), "--format", "text").returncode, 0)
        (result,) = [r for r in json.loads(outs["sarif"].read_text())["runs"][0]["results"] if r["ruleId"] == "OutsidePacket"]
        self.assertIn("mended in 1.2; it is known", result["suppressions"][0]["justification"])
        self.assertIn("<skipped", outs["junit"].read_text())
        self.assertNotIn("::error", outs["github"].read_text())

    def test_patterns_and_rules(self):
        xdp = str(OBJECTS / "xdp_parser.bpf.o")
        self.assertEqual(self.check(xdp, "--suppress", "object=xdp_*; reason=r; expires=2999-01-01").returncode, 0)
        self.assertEqual(self.check(xdp, "--suppress", "rule=OutsidePacket; reason=r; expires=2999-01-01").returncode, 1)
        unused = self.check(xdp, "--suppress", "program=none; reason=r; expires=2999-01-01")
        self.assertIn("was not needed", unused.stdout)

    def test_errors(self):
        xdp, out = str(OBJECTS / "xdp_parser.bpf.o"), ("-o", "report.json", "--format", "json")
        for text, words in (("program=x; reason=r; expires=2020-01-01", "expired on 2020-01-01"), ("program=x; expires=2999-01-01", "no reason"), ("program=x; reason=r", "never expires"),
                            ("reason=r; expires=2999-01-01", "names nothing"), ("program=x; reason=r; expires=2999-02-30", "no date"), ("programme=x", "none of")):
            with self.subTest(text):
                self.assertIn(words, self.refused(xdp, *out, "--suppress", text))


class Constants(Case):
    """The word of a real kernel on both values of `debug` is recorded: constants.bpf.o and constants_debug.bpf.o."""

    def verdicts(self, *args):
        return {p["program"]: p["verdict"] for p in self.rows(str(OBJECTS / "constants.bpf.o"), *args)[1]["programs"]}

    def test_verdicts_are_the_kernels(self):
        said = {}
        for line in (CORPUS / "truth/6.18.44.jsonl").read_text().splitlines():
            row = json.loads(line)
            if row["object"].startswith("constants"):
                said.setdefault(row["object"], {})[row["prog"]] = row["verdict"]
        self.assertEqual(self.verdicts(), said["constants.bpf.o"])
        self.assertEqual(self.verdicts("--rodata", "debug=1"), said["constants_debug.bpf.o"])
        self.assertNotEqual(said["constants.bpf.o"], said["constants_debug.bpf.o"])

    def test_members_elements_and_text(self):
        self.assertEqual(self.verdicts("--rodata", "config.mode=400")["index_from_config"], "reject")
        self.assertEqual(self.verdicts("--rodata", "config.mode=-1", "--rodata", "table[3]=9", "--rodata", "label=x")["index_from_config"], "accept")

    def test_matrix(self):
        status, document = self.rows(str(OBJECTS / "constants.bpf.o"), "--rodata-matrix=debug=0,1", "--rodata-matrix=config.mode=3,400")
        self.assertEqual([p["constants"] for p in document["programs"]][::2], ["debug=0 config.mode=3", "debug=0 config.mode=400", "debug=1 config.mode=3", "debug=1 config.mode=400"])
        self.assertEqual([p["verdict"] for p in document["programs"]], ["accept", "accept", "accept", "reject", "reject", "accept", "reject", "reject"])
        self.assertIn("[debug=1 config.mode=3]", self.check(str(OBJECTS / "constants.bpf.o"), "--rodata-matrix=debug=1", "--rodata-matrix=config.mode=3", "-q").stdout)

    def test_errors(self):
        for value, words in (("nothing=1", "no object has"), ("counted=1", "no constant"), ("debug", "NAME=VALUE"), ("debug=ten", "no number"), ("debug=4294967296", "does not fit"), ("table[4]=1", "there is no [4]"),
                             ("table=12345678", "too long"), ("config.none=1", "there is no none"), ("config=1", "only numbers"), ("debug.x=1", "there is no x"), ("table[3]=-129", "does not fit")):
            with self.subTest(value):
                self.assertIn(words, self.check(str(OBJECTS / "constants.bpf.o"), "--rodata", value).stderr)
                self.assertEqual(self.check(str(OBJECTS / "constants.bpf.o"), "--rodata", value, "-o", "x", "--format", "json").returncode, 2)
                self.assertFalse((self.path / "x").exists())
        self.assertIn("no [rodata-matrix]", self.refused(str(OBJECTS / "constants.bpf.o"), "--rodata-matrix"))


class Rest(Case):
    def test_capabilities(self):
        xdp = str(OBJECTS / "xdp_parser.bpf.o")
        verdicts = lambda *args: [p["verdict"] for p in self.rows(xdp, "--prog", "checked", *args)[1]["programs"]]
        self.assertEqual(verdicts("--caps", "all"), ["accept"])
        self.assertEqual(verdicts("--caps", "none"), ["reject"])
        self.assertIn("root", self.refused(xdp, "--caps", "bpf,root"))

    def test_releases(self):
        shifts = lambda *args: [p["verdict"] for p in self.rows(str(OBJECTS / "releases.bpf.o"), "--prog", "shift_keeps_sign", *args)[1]["programs"]]
        self.assertEqual(shifts(), ["reject"])
        self.assertEqual(shifts("--kernel", "6.18.15"), ["reject"])
        self.assertEqual(shifts("--kernel", "6.18.16"), ["accept"])
        for bad in ("six", "6", "6.18.x"):
            self.assertIn("no kernel version", self.refused(str(OBJECTS / "releases.bpf.o"), "--kernel", bad))

    def test_kernels_that_are_not_modelled(self):
        file = str(OBJECTS / "execsnoop.bpf.o")
        judged = self.check(file, "--prog", "execsnoop", "-q", "--kernel", "9.9")
        self.assertIn("9.9 (x86-64) is not simulated: judged as Linux 7.3", judged.stdout)
        self.assertEqual(judged.returncode, 0)
        self.assertEqual(self.check(file, "--prog", "execsnoop", "--kernel", "9.9", "--strict-kernel").returncode, 3)
        self.assertEqual(self.check(file, "--prog", "execsnoop", "--kernel", "6.13", "--strict-kernel").returncode, 0)
        self.assertIn("there never was a Linux 6.20", self.refused(file, "--kernel", "6.20"))
        for words, mark in (("jsonl", '"simulated_as":"7.3"'), ("json", '"simulated_as": "7.3"'), ("sarif", '"simulated_as": "7.3"'),
                            ("junit", 'name="simulated_as" value="7.3"'), ("github", "simulated as 7.3"),
                            ("html", '"simulated_as":"7.3"')):
            given = self.check(file, "--prog", "execsnoop", "--kernel", "9.9", "--format", words)
            self.assertIn(mark, given.stdout, words)
            known = self.check(file, "--prog", "execsnoop", "--format", words)
            self.assertNotIn(mark, known.stdout, words)

    def test_targets_alike_are_told_apart(self):
        same = str(BTF)
        rows = self.check(str(OBJECTS / "execsnoop.bpf.o"), "--prog", "execsnoop", "--format", "json", "--btf", same)
        names = [t["name"] for t in json.loads(rows.stdout)["targets"]]
        self.assertEqual(len(set(names)), len(names))
        self.assertGreater(len(names), 1)

    def test_advice_does_not_count(self):
        result = self.check(str(OBJECTS / "execsnoop.bpf.o"), "--prog", "execsnoop")
        self.assertEqual(result.returncode, 0)
        (line,) = [l for l in result.stdout.splitlines() if l.startswith("advice ")]
        self.assertIn("ring buffer is full", line)
        self.assertNotIn("advice ", self.check(str(OBJECTS / "execsnoop.bpf.o"), "--no-advice").stdout)

    def test_colour_follows_terminal_and_environment(self):
        def on_a_terminal(*args, **env):
            ours, theirs = pty.openpty()
            subprocess.run([BPFCHECK, "check", str(OBJECTS / "xdp_parser.bpf.o"), "--btf", BTF, "-q", *args], stdout=theirs, stderr=subprocess.DEVNULL,
                           env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **env}, check=False)
            return drained(ours, theirs)

        self.assertIn("\033[", on_a_terminal())
        self.assertNotIn("\033[", on_a_terminal(NO_COLOR="1"))
        self.assertIn("\033[", on_a_terminal("--color", "always", NO_COLOR="1"))
        self.assertNotIn("\033[", on_a_terminal("--color", "never"))

    def test_progress_is_for_terminals_and_long_runs(self):
        def told(*objects):
            ours, theirs = pty.openpty()
            subprocess.run([BPFCHECK, "check", *objects, "--btf", BTF, "--prog", "too_many", "--no-config", "--format", "jsonl"], stdout=subprocess.DEVNULL, stderr=theirs, check=False)
            return drained(ours, theirs)

        loops = str(OBJECTS / "loops.bpf.o")  # a million instructions
        self.assertEqual(told(loops), "")  # before the first of one nothing is done
        count = 4
        while not (text := told(*[loops] * count)) and count < 256:  # until it takes more than a second
            count *= 2
        self.assertRegex(text, rf"^(\r\033\[K\d+ of {count}: [^\r]*loops\.bpf\.o)+\r\033\[K$")

    def test_help_is_frozen(self):
        names = re.findall(r"^  ([a-z]+) ", self.run_it("--help").stdout.split("Subcommands:")[1].split("\n\n")[0], re.M)
        self.assertIn("check", names)
        for name in ("", *names):
            golden = SOURCE / "tests/cli/golden" / f"help{'-' + name if name else ''}.txt"
            text = self.run_it(*([name] if name else []), "--help").stdout
            if os.environ.get("BPFCHECK_REBASE"):
                golden.parent.mkdir(exist_ok=True)
                golden.write_text(text)
            with self.subTest(name):
                self.assertTrue(golden.exists(), f"a new command: BPFCHECK_REBASE=1 {' '.join(sys.argv)} writes {golden.name}")
                self.assertEqual(text, golden.read_text(), "the help changed: BPFCHECK_REBASE=1 rewrites it, where that is meant")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
