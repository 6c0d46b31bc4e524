# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What vmrecord's guest boots into: an initramfs of busybox, the recorder, kernel modules and the objects asked about."""
import os
import pathlib
import platform
import re
import shutil
import subprocess

from debian import Failed, Suite, run

HERE = pathlib.Path(__file__).resolve().parent

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mkdir -p /proc /sys /dev /run
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /run
mount -t debugfs none /sys/kernel/debug
mount -t tracefs none /sys/kernel/tracing
mount -t bpf none /sys/fs/bpf
mount -t cgroup2 none /sys/fs/cgroup
ip link set lo up
echo 0 >/proc/sys/kernel/unprivileged_bpf_disabled
for k in $(cat /modules); do insmod "$k" || echo "insmod $k: failed" >/dev/console; done
read up rest </proc/uptime
for list in /list.*; do
	tty=/dev/ttyS${list#/list.}
	stty -F $tty raw -echo
	{
		echo "#boot $up $(uname -r)"
		/recorder @LIMIT@ $list @ARGS@ 2>/dev/console
		read up rest </proc/uptime
		echo "#done $up"
	} >$tty &
done
wait
sync
reboot -f
"""

# dpkg's name of an architecture: what its cross compiler is called.
TRIPLET = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}


def is_native(arch):
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine()) == arch


# ---------------------------------------------------------------- recorder

def libraries(binary):
    """The shared libraries and the loader that a program needs, as found here."""
    out = subprocess.run(["ldd", str(binary)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    return re.findall(r"(/\S+) \(0x", out)


def sysroot(cache, arch):
    """Static libraries, busybox and libbpf of another architecture, from the packages of this machine's own suite."""
    root = cache / f"sysroot-{arch}"
    if not (root / "libbpf/lib/libbpf.a").exists():
        os_release = pathlib.Path("/etc/os-release").read_text()
        suite = Suite(cache, re.search(r"^VERSION_CODENAME=(\w+)", os_release, re.M).group(1), arch)
        for package in ("libelf-dev", "zlib1g-dev", "busybox-static"):
            run("dpkg-deb", "-x", suite.deb(*suite.newest(package)), root)
        cross = TRIPLET[arch]
        if not shutil.which(f"{cross}-gcc"):
            raise Failed(f"no {cross}-gcc: install gcc-{cross.replace('_', '-')}")
        env = dict(os.environ, CC=f"{cross}-gcc", AR=f"{cross}-ar", CFLAGS=f"-O2 -I{root}/usr/include")
        run(HERE.parent / "tests/libbpf/get_libbpf", root / "libbpf", env=env)
    return root


def libbpf_at(prefix):
    """(headers, archive) of a libbpf installed under a prefix."""
    for lib in ("lib", "lib64", "usr/lib", "usr/lib64"):
        if (prefix / lib / "libbpf.a").exists():
            return prefix / ("usr/include" if lib.startswith("usr") else "include"), prefix / lib / "libbpf.a"
    raise Failed(f"no libbpf.a under {prefix}: run tests/libbpf/get_libbpf")


def build_recorder(cache, arch, into):
    """Build guest.c, static; for this machine's architecture else with its shared libraries carried along."""
    out = into / "recorder"
    wrap = [f"-Wl,--wrap=btf__{f}" for f in ("load_vmlinux_btf", "free", "find_by_name_kind", "find_by_name_kind_own")]
    sources = [HERE / "guest.c", HERE / "loads.c", HERE / "btf_once.c"]
    if is_native(arch):
        home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "bpfcheck/libbpf"
        headers, archive = libbpf_at(pathlib.Path(os.environ.get("LIBBPF") or home))
        compiler, paths, ways = os.environ.get("CC", "cc"), [], (["-static"], [])
    else:
        root = sysroot(cache, arch)
        headers, archive = libbpf_at(root / "libbpf")
        compiler, ways = f"{TRIPLET[arch]}-gcc", (["-static"],)
        paths = [f"-I{root}/usr/include", f"-L{root}/usr/lib/{TRIPLET[arch]}"]
    for static in ways:
        for zstd in ([], ["-lzstd"]):  # newer elfutils need it
            r = subprocess.run([compiler, "-O2", *static, f"-I{headers}", *paths, "-o", out, *sources, *wrap, archive, "-lelf", "-lz",
                                *zstd], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if not r.returncode:
                return out
    raise Failed("cannot build the recorder:\n" + r.stderr.decode(errors="replace")[-2000:])


def static_busybox(cache, arch):
    if is_native(arch):
        found = shutil.which("busybox", path="/bin:/usr/bin:" + os.environ.get("PATH", ""))
        if found and not libraries(found):
            return pathlib.Path(found)
        raise Failed("no static busybox: install busybox-static")
    return sysroot(cache, arch) / "bin/busybox"


# ---------------------------------------------------------------- modules

def modules_tree(cache, home):
    """Where the modules of a fetched kernel lie unpacked."""
    release, arch = (home / "release").read_text().strip(), home.name.rsplit("-", 1)[1]
    suite, package, _ = (home / "package").read_text().split()
    tree = home / "modules"
    if not tree.is_dir():
        # In the newer layout the modules are in a package of their own.
        wanted = [package, *(f"linux-{k}-{release}" for k in ("modules", "image"))]
        for deb in sorted((cache / "apt" / f"{suite}-{arch}").glob(f"*{release}*.deb")):
            if deb.name.split("_")[0] in wanted:
                run("dpkg-deb", "-x", deb, tree)
    return tree


def module_files(cache, home, names):
    """The named modules and all they need, in loading order, from the kernel's own packages."""
    files = {re.sub(r"\.ko.*", "", f.name).replace("-", "_"): f for f in modules_tree(cache, home).rglob("*.ko*")}
    order = []

    def visit(n):
        n = n.replace("-", "_")
        if n not in files:
            raise Failed(f"no module {n} for {home.name} in the cached packages (kernels -m fetches them)")
        if files[n] not in order:
            for d in filter(None, run("modinfo", "-F", "depends", files[n]).decode().strip().split(",")):
                visit(d)
            order.append(files[n])

    for n in names:
        visit(n)
    return order


def unpacked(module):
    tool = {".xz": "xz", ".zst": "zstd", ".gz": "gzip"}.get(module.suffix)
    return run(tool, "-dc", module) if tool else module.read_bytes()


# ---------------------------------------------------------------- archive

class Cpio:
    """A writer of the archive format that the kernel unpacks at boot."""

    def __init__(self, file):
        self.f, self.inode, self.dirs = file, 0, {"dev"}
        self.put("dev", 0o40755)
        self.put("dev/console", 0o20600, major=5, minor=1)

    def put(self, name, mode, data=b"", major=0, minor=0):
        self.inode += 1
        raw = name.encode() + b"\0"
        numbers = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % n for n in numbers) + raw
        self.f.write(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))

    def file(self, path, data, mode=0o644):
        parts = path.strip("/").split("/")
        for i in range(1, len(parts)):
            d = "/".join(parts[:i])
            if d not in self.dirs:
                self.dirs.add(d)
                self.put(d, 0o40755)
        self.put("/".join(parts), 0o100000 | mode, data)

    def end(self):
        self.put("TRAILER!!!", 0)


def build_initramfs(at, home, recorder, busybox, objects, shares, modules, limit, args):
    """objects: {id: (path, name)}; shares: for each serial port of the guest, the ids recorded there."""
    with open(at, "wb") as f:
        c = Cpio(f)
        c.file("init", INIT.replace("@LIMIT@", str(limit)).replace("@ARGS@", args).encode(), 0o755)
        c.file("bin/busybox", busybox.read_bytes(), 0o755)
        c.file("recorder", pathlib.Path(recorder).read_bytes(), 0o755)
        for lib in libraries(recorder):
            c.file(lib, pathlib.Path(lib).read_bytes(), 0o755)
        if (home / "config").exists():  # libbpf looks there for what __kconfig externs say
            c.file("boot/config-" + (home / "release").read_text().strip(), (home / "config").read_bytes())
        for m in modules:
            c.file("m/" + re.sub(r"\.ko.*", ".ko", m.name), unpacked(m))
        c.file("modules", "".join(f"/m/{re.sub('[.]ko.*', '.ko', m.name)}\n" for m in modules).encode())
        for port, ids in shares.items():
            c.file(f"list.{port}", "".join(f"{i} /o/{i}/{objects[i][0].name}\n" for i in ids).encode())
            for i in ids:
                # libbpf names maps after the object's file, so the file keeps its name.
                c.file(f"o/{i}/{objects[i][0].name}", objects[i][0].read_bytes())
        c.end()
