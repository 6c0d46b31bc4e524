# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Packages of any Debian suite and architecture, fetched through a private apt root and unpacked, nothing installed.

The archive's address and keyring are those of this machine's own apt sources.
"""
import fnmatch
import functools
import os
import pathlib
import re
import subprocess

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "bpfcheck-kernels"


class Failed(Exception):
    """What a user is told in one line."""


def run(*cmd, **kw):
    """Standard output of a command; Failed with the end of its complaint."""
    r = subprocess.run([str(c) for c in cmd], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    if r.returncode:
        raise Failed(f"{cmd[0]}: {r.stderr.decode(errors='replace').strip()[-400:]}")
    return r.stdout


@functools.cache
def archives():
    """The Debian archives that this machine's own apt sources name: {label: address}."""
    out = run("apt-get", "indextargets", "--format", "$(REPO_URI)\t$(LABEL)").decode()
    found = dict(l.split("\t")[::-1] for l in sorted(set(out.splitlines())) if "\t" in l)
    if "Debian" not in found:
        raise Failed("no Debian archive in this machine's apt sources (or no package lists: apt-get update)")
    return found


class Suite:
    """One suite and architecture, in a private apt root under the cache."""

    def __init__(self, cache, suite, arch, update=False):
        self.arch, self.root = arch, cache / "apt" / f"{suite}-{arch}"
        for d in ("lists/partial", "cache/archives/partial", "etc"):
            (self.root / d).mkdir(parents=True, exist_ok=True)
        kind = "Debian-Security" if suite.endswith("-security") else "Debian"
        uri = archives().get(kind) or re.sub(r"/debian/?$", "/debian-security/", archives()["Debian"])
        keys = next(iter(sorted(pathlib.Path("/usr/share/keyrings").glob("debian-archive-keyring.*"))), None)
        if not keys:
            raise Failed("no debian-archive-keyring")
        (self.root / "etc/sources.list").write_text(f"deb [arch={arch} signed-by={keys}] {uri} {suite} main\n")
        (self.root / "etc/status").touch()
        if update or not list(self.root.glob("lists/*Packages*")):
            self.apt("apt-get", "update")

    def apt(self, *cmd, **kw):
        r = self.root
        return run(cmd[0], f"-oDir::Etc::sourcelist={r}/etc/sources.list", "-oDir::Etc::sourceparts=-",
                   f"-oDir::State::Lists={r}/lists", f"-oDir::State::status={r}/etc/status", f"-oDir::Cache={r}/cache",
                   f"-oAPT::Architecture={self.arch}", f"-oAPT::Architectures={self.arch}",
                   "-oAPT::Sandbox::User=root", "-oAcquire::Languages=none", *cmd[1:], **kw)

    def newest(self, pattern):
        """(package, version) of the newest package that matches a shell pattern."""
        best = None
        names = [n for n in self.apt("apt-cache", "pkgnames", pattern.split("*")[0]).decode().split()
                 if fnmatch.fnmatchcase(n, pattern) and "unsigned" not in n and not n.endswith("-dbg")]
        if names:
            for line in self.apt("apt-cache", "madison", *names).decode().splitlines():
                name, version = [w.strip() for w in line.split("|")[:2]]
                if best is None or not subprocess.run(["dpkg", "--compare-versions", version, "gt", best[1]]).returncode:
                    best = (name, version)
        if best is None:
            raise Failed(f"no package {pattern} for {self.arch}")
        return best

    def deb(self, name, version):
        """The package's file, downloaded once."""
        at = self.root / f"{name}_{version.replace(':', '%3a')}_{self.arch}.deb"
        if not at.exists():
            self.apt("apt-get", "download", f"{name}={version}", cwd=self.root)
        if not at.exists():
            raise Failed(f"apt-get left no {at.name}")
        return at


def members(deb):
    return [l.split(None, 5)[5] for l in run("dpkg-deb", "-c", deb).decode().splitlines()]


def unpack(deb, pattern, into):
    """Unpack the files of a package whose whole path matches a regex; their paths."""
    want = [m for m in members(deb) if re.fullmatch(pattern, m)]
    if want:
        into.mkdir(parents=True, exist_ok=True)
        (into / "list").write_text("".join(m + "\n" for m in want))
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as tar:
            run("tar", "-x", "-C", into, "--no-same-owner", "-T", into / "list", stdin=tar.stdout)
    return [into / m for m in want]
