# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a target does not tell: judged with every value that it may have; alike, that is the verdict, else the value that decides
# is named. The outcomes with a value are those of the programs in which it is written out, as a kernel judged them.
#
#   values_test.py BPFCHECK SOURCE_DIR
import json
import os
import subprocess
import sys
import tempfile
import unittest

bpfcheck, source = sys.argv[1:3]
here = os.path.join(source, "tests/judge/values")
obj = os.path.join(here, "externs.bpf.o")
with open(os.path.join(here, "6.18.44.jsonl")) as f:
    said = {r["prog"]: r for r in map(json.loads, f)}
targets = ["5.10.262-amd64", "6.12.117-amd64", "6.18.15-amd64", "7.3.4-amd64", "7.3.4-arm64"]


def btf(name):
    return os.path.join(source, "corpus/btf", name + ".btf.xz")


def run(form, *options, target="6.18.15-amd64"):
    r = subprocess.run([bpfcheck, "check", "--no-config", "--format", form, "--btf", btf(target), *options, obj], capture_output=True, text=True)
    return r.stdout, r.returncode


def judged(*options, target="6.18.15-amd64"):
    out, _ = run("json", *options, target=target)
    return {p["program"]: p for p in json.loads(out)["programs"]}


def outcomes(program):
    return {o["value"]: o["verdict"] for o in program["decides"]["outcomes"]}


class Values(unittest.TestCase):
    def test_alike_is_the_verdict(self):
        for target in targets:
            with self.subTest(target):
                p = judged(target=target)
                bounded = not target.startswith("5.10")  # its helper's result is any number
                for name, facts in (("hz_alike", {"CONFIG_HZ", "CONFIG_PREEMPT"}), ("symbol_alike", {"no_such_symbol", "kernel image"}),
                                    ("cpus_alike", {"CPUs"}))[: 3 if bounded else 2]:
                    self.assertEqual(p[name]["verdict"], said[name]["verdict"])
                    if name != "cpus_alike":  # told for two processors
                        self.assertEqual(p[name]["statistics"]["processed"], said[name]["processed"])
                    self.assertEqual({t["name"] for t in p[name]["tried"]}, facts)
                    self.assertNotIn("decides", p[name])
                hz = next(t for t in p["hz_alike"]["tried"] if t["name"] == "CONFIG_HZ")
                self.assertEqual(sorted(hz["values"], key=int), ["100", "250", "300", "1000"])
                self.assertEqual(hz["values"][0], "250")

    def test_what_decides_is_named_with_both_outcomes(self):
        for target in targets:
            with self.subTest(target):
                p = judged(target=target)
                self.assertEqual(p["hz_decides"]["verdict"], "unsupported")
                self.assertEqual(p["hz_decides"]["decides"]["name"], "CONFIG_HZ")
                self.assertEqual(outcomes(p["hz_decides"]), {"250": said["hz_is_250"]["verdict"], "1000": said["hz_is_1000"]["verdict"]})
                self.assertIn(p["hz_is_1000"]["message"], p["hz_decides"]["message"])
                self.assertEqual(p["symbol_decides"]["decides"]["name"], "no_such_symbol")
                self.assertEqual(outcomes(p["symbol_decides"]), {"there": "reject", "absent": said["symbol_decides"]["verdict"]})
                if target.startswith("5.10"):
                    self.assertEqual(p["cpus_decide"]["verdict"], "reject")
                    continue
                self.assertEqual(p["cpus_decide"]["decides"]["name"], "CPUs")
                self.assertEqual(outcomes(p["cpus_decide"]), {"8192": "reject", "1": said["cpus_decide"]["verdict"]})
                for name in ("hz_decides", "symbol_decides"):
                    self.assertNotIn("tried", p[name])

    def test_no_list_no_verdict(self):
        p = judged()["not_listed"]
        self.assertEqual(p["verdict"], "unsupported")
        self.assertIn("CONFIG_PANIC_TIMEOUT", p["message"])
        self.assertNotIn("decides", p)

    def test_what_is_told_is_not_tried(self):
        for hz in ("250", "1000"):
            with tempfile.NamedTemporaryFile("w", suffix=".config") as config:
                config.write(f"CONFIG_HZ={hz}\nCONFIG_KALLSYMS=y\n")
                config.flush()
                p = judged("--kconfig", config.name, "--cpus", "2")
            self.assertEqual(p["hz_decides"]["verdict"], said["hz_is_" + hz]["verdict"])
            self.assertEqual(p["hz_decides"]["message"], said["hz_is_" + hz]["msg"])
            self.assertEqual(p["cpus_alike"]["statistics"]["processed"], said["cpus_alike"]["processed"])
            for name in ("hz_alike", "hz_decides", "not_listed", "cpus_alike", "cpus_decide"):
                self.assertNotIn("tried", p[name])
            self.assertEqual(p["cpus_decide"]["verdict"], said["cpus_decide"]["verdict"])
        with tempfile.NamedTemporaryFile("w", suffix=".map") as symbols:
            symbols.write("ffffffff81000000 T _text\n")
            symbols.flush()
            p = judged("--kallsyms", symbols.name)
        self.assertEqual(p["symbol_decides"]["verdict"], said["symbol_decides"]["verdict"])
        self.assertNotIn("tried", p["symbol_decides"])

    def test_a_program_that_asks_nothing_is_judged_once(self):
        p = judged()["asks_nothing"]
        self.assertEqual(p["verdict"], "accept")
        self.assertNotIn("tried", p)

    def test_every_format_says_it(self):
        for form in ("text", "json", "jsonl", "sarif", "junit", "github", "html"):
            with self.subTest(form):
                out, status = run(form)
                self.assertEqual(status, 1)  # hz_is_1000
                self.assertIn("CONFIG_HZ", out)
                self.assertIn("CONFIG_HZ decides: accepted with 250, rejected with 1000", out)
                self.assertTrue("alike with CONFIG_HZ=250|1000|100|300" in out or '"tried"' in out, form)

    def test_features_tells_what_is_unknown(self):
        r = subprocess.run([bpfcheck, "features", "--format", "json", "--btf", btf("6.18.15-amd64")], capture_output=True, text=True)
        settings = json.loads(r.stdout)["settings"]
        self.assertIsNone(settings["CONFIG_HZ"]["value"])
        self.assertIn("1000", settings["CONFIG_HZ"]["taken"])
        self.assertEqual(settings["CONFIG_BPF_SYSCALL"]["value"], "y")
        self.assertEqual(settings["CONFIG_SECURITY_SELINUX"]["value"], "y")  # its functions are in the BTF
        self.assertEqual(settings["CONFIG_SECURITY_SMACK"]["value"], "not set")
        self.assertIsNone(settings["CPUs"]["value"])
        text = subprocess.run([bpfcheck, "features", "--btf", btf("6.18.15-amd64")], capture_output=True, text=True).stdout
        self.assertIn("?    CONFIG_HZ (tried: 250, 1000, 100, 300)", text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
