#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""load, xlated, jited and probe against the running kernel: kernel_test.py BPFCHECK SOURCES [OBJECT...]

Exit status 77, with the reason, where bpf(2) is out of reach. With objects named: only those, for longer runs.

Other processes may load programs meanwhile. Maps are never opened by their ids unless they have stayed: where somebody opens a
program array that is on its way out, the kernel (prog_array_map_clear, 6.18) may keep it for ever."""
import collections, ctypes, functools, glob, json, os, re, shutil, signal, struct, subprocess, sys, tempfile, time, unittest

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


@functools.cache
def loaded():
    """Every program of every object, in the simulation and in the kernel."""
    return rows("load", "--anyway", "--format", "jsonl", *OBJECTS)[1]


def accepted(path):
    return [r["prog"] for r in loaded() if r["object"] == os.path.basename(path) and r["kernel"]["verdict"] == "accept"]


def only(progs):
    return [a for p in progs for a in ("--prog", p)]


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
        self.assertTrue(loaded())
        for r in loaded():
            if not r["kernel"].get("differs", False):
                continue
            # A security module may forbid what the verifier would take.
            self.assertEqual((r["kernel"]["errno"], r["kernel"]["msg"]), (1, ""), (r["object"], r["prog"], r["msg"], r["kernel"]))

    def test_are_those_recorded_from_this_line(self):
        if not os.uname().release.startswith("6.18.") or sys.argv[3:]:
            self.skipTest("the corpus was recorded from Linux 6.18")
        got = {(r["object"], r["prog"]): r["kernel"] for r in loaded()}
        with open(os.path.join(CORPUS, "truth", "6.18.44.jsonl")) as f:
            truth = [json.loads(line) for line in f]
        self.assertGreater(len(truth), 40)
        for t in truth:
            k = got[t["object"], t["prog"]]
            self.assertEqual((k["verdict"], k["errno"], k["processed"], k["msg"]), (t["verdict"], t["errno"], t["processed"], t["msg"]), t)

    def test_compare_kernel_gives_the_same(self):
        def decided(found):
            return {(r["object"], r["prog"]): {**r["kernel"], "usec": 0} for r in found}

        some = OBJECTS[-2:]
        _, found = rows("check", "--compare-kernel", "--format", "jsonl", *some)
        self.assertTrue(found)
        self.assertEqual(decided(found), decided(r for r in loaded() if r["object"] in [os.path.basename(p) for p in some]))

    def test_refused_programs_are_not_sent(self):
        status, found = rows("load", "--format", "jsonl", os.path.join(CORPUS, "objects", "maps.bpf.o"))
        self.assertEqual(status, 1)
        for r in found:
            self.assertEqual(r["kernel"]["verdict"], "accept" if r["verdict"] == "accept" else None)


class Leftovers(unittest.TestCase):
    SYS_BPF = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine)
    NEXT_ID = {"prog": 11, "map": 12}

    def ids(self, kind):
        """Of all that the kernel holds, without opening any."""
        found, attr = set(), ctypes.create_string_buffer(12)
        while self.libc.syscall(self.SYS_BPF, self.NEXT_ID[kind], attr, 12) == 0:
            at = struct.unpack_from("<I", attr, 4)[0]
            found.add(at)
            attr = ctypes.create_string_buffer(struct.pack("<III", at, 0, 0), 12)
        return found

    def is_ours(self, kind, number):
        """What no process holds, and is called like something in the objects; not a program array, which the kernel may keep."""
        for path in glob.glob("/proc/[0-9]*/fdinfo/*"):
            try:
                with open(path) as f:
                    if re.search(r"^%s_id:\s*%d$" % (kind, number), f.read(), re.M):
                        return False
            except OSError:
                pass
        listed = json.loads(bpftool("-j", kind, "show", "id", str(number)) or "{}")
        if listed.get("type") == "prog_array":
            return False
        return listed.get("name") in self.names or any(s in listed.get("name", "") for s in (".rodata", ".data", ".bss", ".kconfig"))

    def test_nothing_stays_whatever_happens(self):
        if not shutil.which("bpftool") or not self.SYS_BPF:
            self.skipTest("no bpftool, or a machine whose system calls are not known here")
        self.libc = ctypes.CDLL(None)
        self.names = {"probe"}
        for path in OBJECTS:
            with open(path, "rb") as f:
                self.names.update(word[:15].decode() for word in re.findall(rb"[A-Za-z_.]\w*", f.read()))
        before = {kind: self.ids(kind) for kind in self.NEXT_ID}
        loaded.cache_clear()
        loaded()
        for command in (["check", "--compare-kernel", *OBJECTS[:2]], ["jited", *OBJECTS[:3]], ["load", *OBJECTS, "--pin", "/nowhere"], ["probe"]):
            run(*command)
        killed = subprocess.Popen([BPFCHECK, "load", "--anyway", *OBJECTS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        left = {kind: self.ids(kind) - before[kind] for kind in before}
        for _ in range(40):  # the kernel frees in its own time
            left = {kind: left[kind] & self.ids(kind) for kind in left}
            if not any(left.values()):
                return
            time.sleep(0.25)
        self.assertEqual([(kind, n) for kind in left for n in left[kind] if self.is_ours(kind, n)], [])


class Pinned(unittest.TestCase):
    def setUp(self):
        self.fs = Private()
        self.addCleanup(self.fs.close)
        if not self.fs.ok:
            self.skipTest("no BPF file system can be mounted here")

    def pin(self, path, progs, folder):
        """True where all of them could be pinned together."""
        out = run("load", path, *only(progs), "--pin", folder)
        self.assertIn(out.returncode, (0, 1, 2, 4), out.stderr)
        self.assertEqual(out.returncode == 0, os.path.exists(folder), out.stderr)
        return out.returncode == 0

    def pinned(self):
        """Pins every accepted program: of an object all at once, else, where its maps do not take all, each by itself. Gives
        (object, program, file)."""
        for i, path in enumerate(OBJECTS):
            progs, folder = accepted(path), os.path.join(self.fs.folder, str(i))
            if not progs:
                continue
            together = self.pin(path, progs, folder)
            for n, prog in enumerate(progs):
                own = folder if together else "%s_%d" % (folder, n)
                self.assertTrue(together or self.pin(path, [prog], own), (path, prog))
                yield path, prog, os.path.join(own, prog.replace(".", "_"))

    def test_all_or_nothing(self):
        folder = os.path.join(self.fs.folder, "x")
        out = run("load", os.path.join(CORPUS, "objects", "maps.bpf.o"), "--pin", folder)
        self.assertEqual(out.returncode, 2)
        self.assertIn("nothing is pinned", out.stderr)
        self.assertFalse(os.path.exists(folder))

    def test_programs_share_maps(self):
        path = os.path.join(CORPUS, "objects", "maps.bpf.o")
        folder = os.path.join(self.fs.folder, "x")
        some = accepted(path)
        self.assertTrue(self.pin(path, some, folder))
        self.assertEqual(sorted(f for f in os.listdir(folder) if f != "maps"), sorted(some))
        self.assertTrue(os.listdir(os.path.join(folder, "maps")))

    def test_a_name_that_is_taken_leaves_the_rest_as_it_was(self):
        path = os.path.join(CORPUS, "objects", "maps.bpf.o")
        folder = os.path.join(self.fs.folder, "x")
        first, *others = accepted(path)
        self.assertTrue(self.pin(path, [first], folder))
        before = sorted(os.listdir(folder) + os.listdir(os.path.join(folder, "maps")))
        out = run("load", path, *only([first, *others]), "--pin", folder)
        self.assertEqual((out.returncode, out.stderr.count("\n")), (2, 1), out.stderr)
        self.assertIn("File exists", out.stderr)
        self.assertEqual(sorted(os.listdir(folder) + os.listdir(os.path.join(folder, "maps"))), before)

    def test_what_an_earlier_object_pinned_goes_as_well(self):
        path = os.path.join(CORPUS, "objects", "xdp_parser.bpf.o")
        folder = os.path.join(self.fs.folder, "x")
        out = run("load", path, path, "--prog", "checked", "--pin", folder)
        self.assertEqual((out.returncode, out.stderr.count("\n")), (2, 1), out.stderr)
        self.assertFalse(os.path.exists(folder))

    def test_folder_elsewhere_is_refused(self):
        path = os.path.join(CORPUS, "objects", "xdp_parser.bpf.o")
        with tempfile.TemporaryDirectory() as elsewhere:
            out = run("load", path, "--prog", "checked", "--pin", elsewhere + "/x")
            self.assertEqual(out.returncode, 2)
            self.assertIn("not in a BPF file system", out.stderr)
            self.assertEqual(os.listdir(elsewhere), [])

    def bpftool_dumps(self, ids):
        """What bpftool prints of each program. It reads the kernel's symbols once a program: functions alone do."""
        with open("/proc/kallsyms") as f:
            functions = [line for line in f if line.split(" ", 2)[1] in "tTwW"]
        with tempfile.TemporaryDirectory() as tmp:
            symbols = os.path.join(tmp, "kallsyms")
            with open(symbols, "w") as f:
                f.writelines(functions)
            subprocess.run(["mount", "--bind", symbols, "/proc/kallsyms"], check=True)
            try:
                halves = []
                for i, half in enumerate((ids[::2], ids[1::2])):
                    batch = os.path.join(tmp, str(i))
                    with open(batch, "w") as f:
                        f.writelines("prog show id %d\nprog dump xlated id %d\n" % (n, n) for n in half)
                    halves.append(subprocess.Popen(["bpftool", "batch", "file", batch], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
                printed = [re.sub(r"processed \d+ commands\n\Z", "", p.communicate()[0]) for p in halves]
            finally:
                subprocess.run(["umount", "/proc/kallsyms"], check=True)
        dumps = [re.split(r"^\d+: .*  tag [0-9a-f]{16}.*\n(?:\t.*\n)*", text, flags=re.M)[1:] for text in printed]
        self.assertEqual([len(d) for d in dumps], [len(ids[::2]), len(ids[1::2])])
        return [dumps[i % 2][i // 2] for i in range(len(ids))]

    def test_xlated_is_bpftools(self):
        if not shutil.which("bpftool"):
            self.skipTest("no bpftool")
        programs = list(self.pinned())
        with tempfile.NamedTemporaryFile("w") as batch:
            batch.writelines("prog show pinned %s\n" % file for _, _, file in programs)
            batch.flush()
            ids = [answer["output"]["id"] for answer in json.loads(bpftool("-j", "batch", "file", batch.name))]
        self.assertEqual(len(ids), len(programs))
        ours = run("xlated", *[a for n in ids for a in ("--id", str(n))]).stdout
        ours = [ours] if len(ids) == 1 else re.split(r"(?:\A|\n)# .*\n", ours)[1:]
        self.assertEqual(len(ours), len(ids))
        for (path, prog, _), our, their in zip(programs, ours, self.bpftool_dumps(ids)):
            if "\n; " not in their:  # it drops all source lines where native code has a function without one: an exception callback's
                our = re.sub(r"^; .*\n", "", our, flags=re.M)
            self.assertEqual(our.rstrip("\n"), their.rstrip("\n"), (path, prog))


class Privilege(unittest.TestCase):
    NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]

    def run_with(self, flags, *args):
        return subprocess.run(["setpriv", *flags, BPFCHECK, *args], capture_output=True, text=True)

    def with_caps(self, caps, *args):
        return self.run_with(["--bounding-set=-all," + caps, "--inh-caps=-all," + caps], *args)

    def setUp(self):
        if not shutil.which("setpriv"):
            self.skipTest("no setpriv")
        self.xdp, self.tracing = (os.path.join(CORPUS, "objects", name) for name in ("xdp_parser.bpf.o", "execsnoop.bpf.o"))

    def refused(self, out, *words):
        self.assertEqual((out.returncode, out.stderr.count("\n")), (2, 1), out.stderr)
        for word in words:
            self.assertIn(word, out.stderr)

    def test_who_may_nothing_is_told_so(self):
        try:
            if self.run_with(self.NOBODY, "relocs", "--btf", os.path.join(CORPUS, "btf", "6.18.15-amd64.btf.xz"), self.xdp).returncode != 0:
                self.skipTest("nobody cannot read the sources")
        except OSError as e:
            self.skipTest(str(e))
        for command in (["load", self.xdp], ["check", "--compare-kernel", self.xdp], ["probe"], ["jited", self.xdp], ["xlated", self.xdp]):
            self.refused(self.run_with(self.NOBODY, *command), "CAP_BPF", "loading programs and creating maps")
        self.refused(self.run_with(self.NOBODY, "jited", "--id", "1"), "CAP_SYS_ADMIN", "opening a program by its id")

    def test_the_capability_that_a_type_needs_is_named(self):
        for command in ("load", "jited"):
            self.refused(self.with_caps("+bpf,+perfmon", command, self.xdp), "CAP_NET_ADMIN", "type xdp")
            self.refused(self.with_caps("+bpf,+net_admin", command, self.tracing), "CAP_PERFMON", "type tracepoint")

    def test_simulation_goes_by_what_the_process_may(self):
        out = self.with_caps("+bpf,+net_admin", "load", "--anyway", "--format", "jsonl", self.xdp)
        self.assertEqual(out.returncode, 1, out.stderr)
        found = [json.loads(line) for line in out.stdout.splitlines()]
        self.assertIn("prohibited for !root", "".join(r["msg"] for r in found))
        self.assertEqual([r["prog"] for r in found if r["kernel"]["differs"] or r["kernel"]["msg"] != r["msg"]], [])


class Native(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = sorted({p for path in OBJECTS for p in accepted(path)})
        cls.programs = rows("jited", "--format", "json", *only(names), *OBJECTS)[1]

    def setUp(self):
        self.assertEqual(collections.Counter(p["program"] for p in self.programs), collections.Counter(p for path in OBJECTS for p in accepted(path)))
        hidden = [p for p in self.programs if p["native"] is None]
        if hidden:
            self.skipTest("; ".join(hidden[0]["hidden"]))

    def test_each_byte_is_in_one_instruction_and_one_line(self):
        for program in self.programs:
            functions = program["native"]["functions"]
            at, index = [0] * len(functions), []
            for row in program["native"]["map"]:
                self.assertEqual(row["bytes"], sum(i["bytes"] for i in row["native"]))
                for i in row["native"]:
                    self.assertTrue(i["known"], (program["program"], i))
                    self.assertEqual(i["offset"], at[row["function"]])
                    at[row["function"]] += i["bytes"]
                index += [i["index"] for i in row["instructions"]]
            self.assertEqual(at, [f["bytes"] for f in functions])
            self.assertEqual(at, [len(f["code"]) // 2 for f in functions])
            self.assertEqual(sum(at), program["native_bytes"])
            self.assertEqual(sum(line["bytes"] for line in program["native"]["lines"]), program["native_bytes"])
            self.assertEqual(index, [i["index"] for i in program["translated"]])

    def test_llvm_sees_the_same_boundaries(self):
        if not tool("llvm-objdump") or not tool("llvm-objcopy"):
            self.skipTest("no llvm-objdump, or no llvm-objcopy")
        arch = {"x86_64": "x86-64", "aarch64": "arm64"}.get(os.uname().machine)
        if not arch:
            self.skipTest("native code of this machine is not covered")
        code, ours = b"", []
        for program in self.programs:
            code += b"".join(bytes.fromhex(f["code"]) for f in program["native"]["functions"])
            ours += [(i["bytes"], program["program"]) for row in program["native"]["map"] for i in row["native"]]
        theirs = llvm_sizes(code, arch)
        for (size, program), llvms in zip(ours, theirs):
            self.assertEqual(size, llvms, program)
        self.assertEqual(len(ours), len(theirs))

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
