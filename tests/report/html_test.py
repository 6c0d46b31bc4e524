#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The HTML report in a browser: what it shows is what the simulation did; keys, search, links, themes; a long one opens at once.

html_test.py BPFCHECK SOURCE_DIR. BPFCHECK_SCREENSHOTS=DIR keeps the screenshots, to be looked at.
"""
import json
import lzma
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import browser

BPFCHECK, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
SHARED = tempfile.TemporaryDirectory()
BTF = SHARED.name + "/target.btf"  # unpacked once, for speed
pathlib.Path(BTF).write_bytes(lzma.decompress((SOURCE / "corpus/btf/6.18.15-amd64.btf.xz").read_bytes()))
TARGET = ["--btf", BTF, "--no-config"]
OBJECTS = SOURCE / "corpus/objects"


def check(*args):
    return subprocess.run([BPFCHECK, "check", *args, *TARGET], capture_output=True, text=True, cwd=SOURCE)


def data_of(html, name):
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.S).group(1))


class Page(unittest.TestCase):
    """Without a browser: one file, everything in it, nothing from elsewhere."""

    @classmethod
    def setUpClass(cls):
        cls.html = check(str(OBJECTS / "xdp_parser.bpf.o"), str(OBJECTS / "maps.bpf.o"), "--format", "html").stdout

    def test_loads_nothing(self):
        self.assertIn("default-src 'none'", self.html)
        self.assertNotRegex(self.html, r"""(src|href)=["']?(https?:)?//|@import|[^_]url\(|\bfetch\(|XMLHttpRequest""")
        self.assertEqual(len(re.findall("<script>", self.html)), 1)

    def test_says_what_json_says(self):
        said = json.loads(check(str(OBJECTS / "xdp_parser.bpf.o"), str(OBJECTS / "maps.bpf.o"), "--format", "json").stdout)
        run = data_of(self.html, "run")
        self.assertEqual([(p["name"], p["verdict"], p["message"], p["processed"]) for p in run["programs"]],
                         [(p["program"], p["verdict"], p["message"], p["statistics"]["processed"]) for p in said["programs"]])
        for i, p in enumerate(said["programs"]):
            page = data_of(self.html, f"p{i}")
            # The kernel also counts an instruction at which it only finds that it has been there.
            steps = page["count"] + page["first_step"]
            self.assertEqual(sum(visits for _, _, visits in page["code"]), steps)
            self.assertLessEqual(steps, p["statistics"]["processed"])
            self.assertGreaterEqual(steps, p["statistics"]["processed"] * 3 // 4)
            self.assertEqual(page["diagnostic"]["reason"] if p["diagnostic"] else None, p["diagnostic"]["reason"] if p["diagnostic"] else None)

    def test_a_name_cannot_leave_its_place(self):
        with tempfile.TemporaryDirectory() as d:
            path = pathlib.Path(d) / "</script><script>alert(1)<!--.o"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\x7fELFnothing")
            html = check(str(path), "--format", "html").stdout
        self.assertEqual(len(re.findall("<script>", html)), 1)
        self.assertNotIn("alert(1)<!--", html)


@unittest.skipUnless(browser.find(), "not installed: chromium, so the page is not opened")
class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.path = pathlib.Path(directory.name)
        cls.shots = pathlib.Path(os.environ.get("BPFCHECK_SCREENSHOTS", cls.path))
        check(*(str(OBJECTS / f"{o}.bpf.o") for o in ("xdp_parser", "maps", "execsnoop")), "--format", f"html={cls.path}/report.html")
        cls.url = f"file://{cls.path}/report.html"
        cls.run_data = data_of((cls.path / "report.html").read_text(), "run")
        cls.index = {p["name"]: i for i, p in enumerate(cls.run_data["programs"])}
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browser.errors.clear()
        self.browser.requests.clear()

    def tearDown(self):
        self.assertEqual(self.browser.errors, [])
        self.assertTrue(all(url.startswith(("file:", "about:", "data:")) for url in self.browser.requests), self.browser.requests)

    def show(self, program, step=None):
        self.browser.open(f"{self.url}#p{self.index[program]}" + ("" if step is None else f".s{step}"))

    def js(self, text):
        return self.browser.js(text)

    def shot(self, name):
        path = self.shots / f"{name}.png"
        self.browser.screenshot(path)
        png = path.read_bytes()
        self.assertEqual(struct.unpack(">II", png[16:24])[0], 1500)
        return png

    def test_a_failing_program(self):
        self.show("checked_too_short")
        self.assertEqual(self.js("document.querySelectorAll('#verdicts tbody tr').length"), len(self.run_data["programs"]))
        self.assertEqual(self.js("document.querySelector('tr.chosen td:nth-child(3)').textContent"), "checked_too_short")
        self.assertIn("offset is outside of the packet", self.js("document.getElementById('message').textContent"))
        self.assertIn("OutsidePacket", self.js("document.getElementById('diagnostic').textContent"))
        self.assertEqual(self.js("current"), self.js("program.steps.count") - 1)
        self.assertEqual(self.js("document.querySelector('#rows .current .tag.fail').textContent"), "refused")
        self.assertEqual(self.js("document.querySelector('#source .line .no').textContent"), "27")
        self.assertIn("pkt(off=12,r=12)", self.js("document.getElementById('state').textContent"))
        self.assertGreaterEqual(self.js("document.querySelectorAll('#rows .row.cause').length"), 2)
        self.shot("failing")

    def test_a_passing_program(self):
        self.show("index_checked")
        self.assertEqual(self.js("document.getElementById('message').textContent"), "accepted")
        self.assertEqual(self.js("current"), 0)
        self.assertGreater(self.js("document.querySelectorAll('#rows .tag.fork').length"), 0)
        self.assertGreater(self.js("document.querySelectorAll('#rows .tag.resume').length"), 0)
        self.browser.press("b")
        self.assertTrue(self.js("program.steps.flags[current] & FORK") & 4)
        self.shot("passing")

    def test_states_are_the_kernels_log(self):
        """Registers that the page shows at each step stand in the kernel's own log at that instruction."""
        log = check(str(OBJECTS / "xdp_parser.bpf.o"), "--prog", "checked_too_short", "--log-level", "2").stdout
        self.show("checked_too_short")
        seen = 0
        for line in log.splitlines():
            if m := re.match(r"(\d+): \([0-9a-f]{2}\) .*?; (R\d.*)", line):
                after = self.js(f"(() => {{ const s = program.steps; for (let i = 0; i + 1 < s.count; i++) if (s.insn[i] === {m.group(1)} && s.before[i + 1] === i)"
                                " return Object.fromEntries([...state_at(s, i + 1)].slice(0, 11).map((v, p) => ['R' + p, program.values[v][0]])); })()")
                for reg, value in re.findall(r"(R\d+)(?:_w)?=([^ ]+)", m.group(2)):
                    self.assertEqual(after[reg], value, line)
                    seen += 1
        self.assertGreater(seen, 3)

    def test_keys(self):
        self.show("counts", 0)
        for key, step in (("j", 1), ("ArrowDown", 2), ("k", 1), ("l", 2), ("h", 1), ("Home", 0)):
            self.browser.press(key)
            self.assertEqual(self.js("current"), step, key)
        self.browser.press("End")
        self.assertEqual(self.js("current"), self.js("program.steps.count - 1"))
        self.browser.press("]")
        self.assertEqual(self.js("index"), self.index["counts"] + 1)
        self.browser.press("[")
        self.assertEqual(self.js("index"), self.index["counts"])
        self.show("no_null_check", 0)
        self.browser.press("f")
        self.assertEqual(self.js("current"), self.js("program.steps.count - 1"))
        self.browser.press("c")
        self.assertTrue(self.js("program.causes.has(current)"))
        self.browser.press("?")
        self.assertTrue(self.js("document.getElementById('help').open"))
        self.browser.press("Escape")
        self.assertFalse(self.js("document.getElementById('help').open"))

    def test_search(self):
        self.show("forgets_submit", 0)
        self.browser.press("/")
        for c in "ringbuf_reserve":
            self.browser.press(c)
        self.assertRegex(self.js("document.getElementById('found').textContent"), r"^\d+ steps?$")
        self.browser.press("Enter")
        self.assertIn("ringbuf_reserve", self.js("program.code[program.steps.insn[current]][0] + program.source[program.code[program.steps.insn[current]][1]][2]"))
        self.assertGreater(self.js("document.querySelectorAll('#rows .row.hit').length"), 0)

    def test_links_lead_to_a_step(self):
        self.show("no_null_check", 3)
        self.assertEqual(self.js("[index, current]"), [self.index["no_null_check"], 3])
        self.js(f"location.hash = '#p{self.index['counts']}.s5'")
        self.assertEqual(self.js("new Promise(r => setTimeout(() => r([index, current]), 100))"), [self.index["counts"], 5])
        self.browser.press("j")
        self.assertEqual(self.js("location.hash"), f"#p{self.index['counts']}.s6")
        self.js("location.hash = '#p9999.s99999999'")
        self.js("location.hash = '#nonsense'")
        self.assertEqual(self.js("index"), self.index["counts"])

    def test_only_the_path(self):
        self.show("loop_over_payload")
        self.show("forgets_submit")
        self.js("document.getElementById('only').click()")
        self.assertEqual(self.js("document.querySelectorAll('#rows .row:not(.path)').length"), 0)
        self.browser.press("k")
        self.assertTrue(self.js("program.steps.flags[current] & ON_PATH"))

    def test_themes(self):
        self.show("checked_too_short")
        colours = set()
        for _ in range(2):
            colours.add(self.js("getComputedStyle(document.body).backgroundColor"))
            self.shot(self.js("document.documentElement.dataset.theme"))
            self.browser.press("t")
        self.assertEqual(len(colours), 2)

    def test_programs_against_kernels(self):
        path = self.path / "several.html"
        older = self.path / "older.btf"
        older.write_bytes(lzma.decompress((SOURCE / "corpus/btf/5.10.262-amd64.btf.xz").read_bytes()))
        check(str(OBJECTS / "subprogs.bpf.o"), str(OBJECTS / "xdp_parser.bpf.o"), "--btf", str(older), "--format", f"html={path}")
        self.browser.open(f"file://{path}")
        rows = lambda: self.js("[...document.querySelectorAll('#grid tbody tr')].map(r => [...r.cells].map(c => c.textContent.split(' ')[0]))")
        every = rows()
        said = data_of(path.read_text(), "run")["programs"]
        mark = {"accept": "✓", "reject": "✗"}
        verdicts = {}
        for p in said:
            verdicts.setdefault(p["name"], {})[p["target"].split()[0]] = mark[p["verdict"]]
        self.assertEqual({row[1]: row[2:] for row in every}, {name: [v["5.10"], v["6.18"]] for name, v in verdicts.items()})
        self.js("document.querySelectorAll('#grid th')[2].click()")
        self.assertEqual([row[2] for row in rows()], sorted((row[2] for row in every), reverse=True))  # what 5.10 refuses first
        self.js("document.getElementById('differing').click()")
        self.assertTrue(all(row[2] != row[3] for row in rows()))
        self.js("document.getElementById('filter').value = 'caught'; fill_matrix()")
        self.assertEqual([row[1] for row in rows()], ["caught"])
        self.js("document.querySelector('#grid td.cell').click()")
        self.assertEqual(self.js("[program.head.name, program.head.target.split(' ')[0]]"), ["caught", "5.10"])
        self.shot("several")

    def test_a_hundred_thousand_steps(self):
        path = self.path / "long.html"
        check(str(OBJECTS / "loops.bpf.o"), "--prog", "too_many", "--format", f"html={path}")
        self.assertLess(path.stat().st_size, 8 << 20)
        # What the page's own thread works, not the clock: other processes may hold the machine.
        self.browser.call("Performance.enable", timeDomain="threadTicks")
        metrics = lambda: {m["name"]: m["value"] for m in self.browser.call("Performance.getMetrics")["metrics"]}
        before = metrics()["TaskDuration"]
        self.browser.open(f"file://{path}")
        self.assertLess(metrics()["TaskDuration"] - before, 2, "seconds of work from navigation to the page in use")
        if os.getloadavg()[0] < os.cpu_count():
            self.assertLess(self.js("opened"), 2000, "milliseconds from navigation to the page in use")
        self.assertEqual(self.js("program.steps.count"), 100000)
        self.assertLess(self.js("document.querySelectorAll('*').length"), 3000)
        before = metrics()["TaskDuration"]
        self.js("for (let i = 0; i < 20; i++) go((i * 9973) % 100000)")
        self.assertLess(metrics()["TaskDuration"] - before, 2)
        self.assertEqual(self.js("(go(54321), current)"), 54321)
        self.shot("long")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
