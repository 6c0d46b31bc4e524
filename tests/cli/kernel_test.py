#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""load, xlated, jited and probe against the running kernel: kernel_test.py BPFCHECK SOURCES [OBJECT...]

Exit status 77, with the reason, where bpf(2) is out of reach. With objects named: only those, for longer runs."""
import ctypes, json, os, re, shutil, subprocess, sys, tempfile, time, unittest

BPFCHECK, SOURCES = os.path.abspath(sys.argv[1]), sys.argv[2]
CORPUS = os.path.join(SOURCES, "corpus")
OBJECTS = sys.argv[3:] or sorted(os.path.join(CORPUS, "objects", f) for f in os.listdir(os.path.join(CORPUS, "objects")))
CLONE_NEWNS = 0x20000


def run(*args):
    return subprocess.run([BPFCHECK, *args], capture_output=True, text=True)


def rows(*args):
    out = run(*args)
    return out.returncode, [json.loads(line) for line in out.stdout.splitlines()]


def bpftool(*args):
    return subprocess.run(["bpftool", *args], capture_output=True, text=True).stdout


def tool(name):
    return shutil.which(name + "-19") or shutil.which(name)


PREFIXES = {"lock", "rep", "repne", "data16"}


def llvm_sizes(code, arch):
    """Sizes of the instructions that LLVM finds in these bytes; it lists a prefix such as x86's lock on a line of its own."""
    form = {"x86-64": "elf64-x86-64", "arm64": "elf64-littleaarch64"}[arch]
    with tempfile.TemporaryDirectory() as tmp:
        raw, obj = os.path.join(tmp, "raw"), os.path.join(tmp, "obj")
        with open(raw, "wb") as f:
            f.write(code)
        subprocess.run([tool("llvm-objcopy"), "-I", "binary", "-O", form, "--rename-section", ".data=.text,code", raw, obj], check=True)
        out = subprocess.run([tool("llvm-objdump"), "-d", "--section=.text", obj], capture_output=True, text=True).stdout
    found = re.findall(r"^\s*([0-9a-f]+):\s+(?:[0-9a-f]{2} )*\s*(\S*)", out, re.M)
    at = [int(offset, 16) for i, (offset, _) in enumerate(found) if i == 0 or found[i - 1][1] not in PREFIXES]
    return [end - begin for begin, end in zip(at, at[1:] + [len(code)])]


class Private:
    """A BPF file system that nobody else sees and that goes away with the process."""

    def __init__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.folder = tempfile.mkdtemp()
        self.ok = libc.unshare(CLONE_NEWNS) == 0 and subprocess.run(["mount", "--make-rprivate", "/"]).returncode == 0 and \
            subprocess.run(["mount", "-t", "bpf", "bpf", self.folder]).returncode == 0

    def close(self):
        if self.ok:
            subprocess.run(["umount", self.folder])
        os.rmdir(self.folder)


class Verdicts(unittest.TestCase):
    def test_agree_with_the_simulation(self):
        status, found = rows("load", "--anyway", "--format", "jsonl", *OBJECTS)
        self.assertTrue(found)
        for r in found:
            if not r["kernel"].get("differs", False):
                continue
            # A security module may forbid what the verifier would take.
            self.assertEqual((r["kernel"]["errno"], r["kernel"]["msg"]), (1, ""), (r["object"], r["prog"], r["msg"], r["kernel"]))

    def test_are_those_recorded_from_this_line(self):
        if not os.uname().release.startswith("6.18.") or sys.argv[3:]:
            self.skipTest("the corpus was recorded from Linux 6.18")
        _, found = rows("check", "--compare-kernel", "--format", "jsonl", *OBJECTS)
        got = {(r["object"], r["prog"]): r["kernel"] for r in found}
        with open(os.path.join(CORPUS, "truth", "6.18.44.jsonl")) as f:
            truth = [json.loads(line) for line in f]
        self.assertGreater(len(truth), 40)
        for t in truth:
            k = got[t["object"], t["prog"]]
            self.assertEqual((k["verdict"], k["errno"], k["processed"], k["msg"]), (t["verdict"], t["errno"], t["processed"], t["msg"]), t)

    def test_refused_programs_are_not_sent(self):
        status, found = rows("load", "--format", "jsonl", os.path.join(CORPUS, "objects", "maps.bpf.o"))
        self.assertEqual(status, 1)
        for r in found:
            self.assertEqual(r["kernel"]["verdict"], "accept" if r["verdict"] == "accept" else None)


class Leftovers(unittest.TestCase):
    def ours(self, kind, names):
        listed = json.loads(bpftool("-j", kind, "show") or "[]")
        return {o["id"] for o in listed if o.get("name") in names}

    def test_nothing_stays_whatever_happens(self):
        if not shutil.which("bpftool"):
            self.skipTest("no bpftool")
        _, found = rows("check", "--format", "jsonl", *OBJECTS)
        names = {r["prog"][:15] for r in found if "prog" in r} | {"counters", "events", "config", "probe"}
        before = {k: self.ours(k, names) for k in ("prog", "map")}
        for command in (["load", "--anyway"], ["check", "--compare-kernel"], ["jited"], ["load", "--pin", "/nowhere"]):
            run(*command, *OBJECTS)
        left = {}
        for _ in range(40):  # the kernel frees in its own time, and others may load the like
            left = {k: self.ours(k, names) - before[k] for k in before}
            if not any(left.values()):
                return
            time.sleep(0.25)
        self.fail("still there: %r" % left)


class Pinned(unittest.TestCase):
    def setUp(self):
        self.fs = Private()
        self.addCleanup(self.fs.close)
        if not self.fs.ok:
            self.skipTest("no BPF file system can be mounted here")

    def accepted(self, path):
        _, found = rows("load", "--format", "jsonl", path)
        return [r["prog"] for r in found if r["kernel"]["verdict"] == "accept"]

    def pinned(self, path):
        """Pins each accepted program by itself; gives (name, id)."""
        for prog in self.accepted(path):
            folder = os.path.join(self.fs.folder, "one")
            out = run("load", path, "--prog", prog, "--pin", folder)
            self.assertEqual(out.returncode, 0, out.stderr)
            info = json.loads(bpftool("-j", "prog", "show", "pinned", os.path.join(folder, prog.replace(".", "_"))))
            yield prog, info["id"]
            shutil.rmtree(folder)

    def test_all_or_nothing(self):
        folder = os.path.join(self.fs.folder, "x")
        out = run("load", os.path.join(CORPUS, "objects", "maps.bpf.o"), "--pin", folder)
        self.assertEqual(out.returncode, 2)
        self.assertIn("nothing is pinned", out.stderr)
        self.assertFalse(os.path.exists(folder))

    def test_programs_share_maps(self):
        path = os.path.join(CORPUS, "objects", "maps.bpf.o")
        folder = os.path.join(self.fs.folder, "x")
        some = self.accepted(path)
        out = run("load", path, "--pin", folder, *[a for p in some for a in ("--prog", p)])
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertEqual(sorted(f for f in os.listdir(folder) if f != "maps"), sorted(some))
        self.assertTrue(os.listdir(os.path.join(folder, "maps")))

    def test_folder_elsewhere_is_refused(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            out = run("load", os.path.join(CORPUS, "objects", "loops.bpf.o"), "--prog", self.accepted(os.path.join(CORPUS, "objects", "loops.bpf.o"))[0], "--pin", elsewhere + "/x")
            self.assertEqual(out.returncode, 2)
            self.assertIn("not in a BPF file system", out.stderr)
            self.assertEqual(os.listdir(elsewhere), [])

    def test_xlated_is_bpftools(self):
        if not shutil.which("bpftool"):
            self.skipTest("no bpftool")
        n = 0
        for path in OBJECTS:
            for prog, number in self.pinned(path):
                ours, theirs = run("xlated", "--id", str(number)).stdout, bpftool("prog", "dump", "xlated", "id", str(number))
                if "\n; " not in theirs:  # it drops all source lines where native code has a function without one: an exception callback's
                    ours = re.sub(r"^; .*\n", "", ours, flags=re.M)
                self.assertEqual(ours, theirs, (path, prog))
                n += 1
        self.assertGreater(n, 0)


class Native(unittest.TestCase):
    def test_each_byte_is_in_one_instruction_and_one_line(self):
        n = 0
        for path in OBJECTS:
            for program in rows("jited", "--format", "json", path)[1]:
                if program["native"] is None:
                    self.skipTest("; ".join(program["hidden"]))
                functions = program["native"]["functions"]
                at, index = [0] * len(functions), []
                for row in program["native"]["map"]:
                    self.assertEqual(row["bytes"], sum(i["bytes"] for i in row["native"]))
                    for i in row["native"]:
                        self.assertTrue(i["known"], (path, program["program"], i))
                        self.assertEqual(i["offset"], at[row["function"]])
                        at[row["function"]] += i["bytes"]
                    index += [i["index"] for i in row["instructions"]]
                self.assertEqual(at, [f["bytes"] for f in functions])
                self.assertEqual(sum(at), program["native_bytes"])
                self.assertEqual(sum(line["bytes"] for line in program["native"]["lines"]), program["native_bytes"])
                self.assertEqual(index, [i["index"] for i in program["translated"]])
                n += 1
        self.assertGreater(n, 0)

    def test_llvm_sees_the_same_boundaries(self):
        if not tool("llvm-objdump") or not tool("llvm-objcopy"):
            self.skipTest("no llvm-objdump, or no llvm-objcopy")
        arch = {"x86_64": "x86-64", "aarch64": "arm64"}.get(os.uname().machine)
        if not arch:
            self.skipTest("native code of this machine is not covered")
        with tempfile.TemporaryDirectory() as tmp:
            for path in OBJECTS:
                names = [row["prog"] for row in rows("check", "--format", "jsonl", path)[1]]
                for program in rows("jited", "--format", "json", path)[1]:
                    dump = os.path.join(tmp, "dump")
                    # The kernel keeps 15 characters of a name that no BTF holds.
                    prog = min((n for n in names if n.startswith(program["program"])), key=len)
                    run("jited", path, "--prog", prog, "--record", dump)
                    with open(dump) as f:
                        code = bytes.fromhex(json.load(f)["jited"])
                    ours = [i["bytes"] for row in program["native"]["map"] for i in row["native"]]
                    self.assertEqual(ours, llvm_sizes(code, arch), (path, prog))

    def test_record_renders_without_the_kernel(self):
        path = os.path.join(CORPUS, "objects", "maps.bpf.o")
        with tempfile.TemporaryDirectory() as tmp:
            dump = os.path.join(tmp, "dump")
            direct = run("xlated", path, "--prog", "counts", "--diff", "--record", dump)
            self.assertEqual(direct.returncode, 0, direct.stderr)
            self.assertEqual(run("xlated", "--recorded", dump, "--diff").stdout, direct.stdout)


class Probe(unittest.TestCase):
    def test_answers_in_the_form_of_features(self):
        asked = json.loads(run("probe", "--format", "json").stdout)
        shown = json.loads(run("features", "--format", "json").stdout)
        self.assertEqual(list(asked["program_types"]), list(shown["program_types"]))
        self.assertEqual(list(asked["map_types"]), list(shown["map_types"]))
        self.assertTrue(asked["program_types"]["socket_filter"])
        self.assertIn("bpf_map_lookup_elem", asked["helpers"]["xdp"])
        self.assertNotIn("bpf_probe_write_user", asked["helpers"]["xdp"])


if __name__ == "__main__":
    first = run("load", os.path.join(CORPUS, "objects", "xdp_parser.bpf.o"), "--prog", "checked")
    if first.returncode == 2:
        print("skipped: bpf(2) cannot be used here: " + first.stderr.strip())
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
