#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What is installed and packaged works from a clean prefix: program, library, completions, manual page, packages, action, hook.

install_test.py BUILD_DIR SOURCE_DIR. What a missing tool keeps from being tried is skipped and named.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
OBJECT = SOURCE / "corpus/objects/xdp_parser.bpf.o"
BTF = SOURCE / "corpus/btf/6.18.15-amd64.btf.xz"


def run(*args, check=True, **kw):
    result = subprocess.run([str(a) for a in args], capture_output=True, text=True, **kw)
    if check and result.returncode:
        raise AssertionError(f"{' '.join(map(str, args))}: {result.returncode}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}")
    return result


def needs(*tools):
    missing = [t for t in tools if not shutil.which(t)]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        cls.temp = pathlib.Path(cls.dir.name)
        cls.prefix = cls.temp / "prefix"
        run("cmake", "--build", BUILD, "--target", "bpfcheck", "bpfcheck_library", "bpfcheck_generated")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.program = cls.prefix / "bin/bpfcheck"
        cls.env = {**os.environ, "PATH": f"{cls.prefix}/bin:{os.environ['PATH']}"}
        (cls.lib,) = [p.parent for p in cls.prefix.rglob("libbpfcheck.a")]

    def said(self, output):
        rows = [line.split(" ") for line in output.splitlines()]
        return {r[0]: (r[1], int(r[2])) for r in rows}

    def expected(self):
        lines = run(self.program, "check", OBJECT, "--btf", BTF, "--format", "jsonl", check=False).stdout.splitlines()
        return {r["prog"]: (r["verdict"], r["processed"]) for r in map(json.loads, lines)}

    def test_program(self):
        self.assertEqual(len(self.expected()), 6)

    def test_library_with_cmake(self):
        run("cmake", "-S", SOURCE / "tests/packaging", "-B", self.temp / "consumer", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", self.temp / "consumer")
        self.assertEqual(self.said(run(self.temp / "consumer/consumer", OBJECT, BTF).stdout), self.expected())
        bad = run(self.temp / "consumer/consumer", "/no/such/file", BTF, check=False)
        self.assertEqual((bad.returncode, bad.stdout), (2, ""))

    @needs("pkg-config")
    def test_library_with_pkg_config(self):
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.lib / "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "bpfcheck", env=env).stdout.split()
        self.assertEqual(run("pkg-config", "--modversion", "bpfcheck", env=env).stdout.strip(), run(self.program, "--version").stdout.split()[-1])
        run(os.environ.get("CXX", "g++"), "-std=c++23", SOURCE / "tests/packaging/consumer.cc", "-o", self.temp / "by-pkg-config", *flags)
        self.assertEqual(self.said(run(self.temp / "by-pkg-config", OBJECT, BTF).stdout), self.expected())

    def test_nothing_of_the_build_stands_in_it(self):
        for path in self.prefix.rglob("*"):
            if path.suffix in (".cmake", ".pc", ".h", ".1", ".fish") or path.name in ("bpfcheck", "_bpfcheck") and path.parent.name != "bin":
                text = path.read_text() if path.is_file() else ""
                self.assertNotIn(str(SOURCE), text, path)
                self.assertNotIn(str(BUILD), text, path)

    def options(self):
        names = re.findall(r"^  ([a-z]+) ", run(self.program, "--help").stdout.split("Subcommands:")[1].split("\n\n")[0], re.M)
        self.assertIn("check", names)
        return {name: set(re.findall(r"--[a-z][a-z-]+", run(self.program, name, "--help").stdout)) for name in names}

    @needs("man")
    def test_manual_page(self):
        (page,) = self.prefix.rglob("bpfcheck.1")
        shown = run("man", "--warnings", "-l", page, env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-Wbreak"})
        self.assertEqual(shown.stderr, "")
        for command, options in self.options().items():
            self.assertIn(f"OPTIONS OF {command.upper()}", shown.stdout)
            self.assertLessEqual(options, set(re.findall(r"--[a-z][a-z-]+", shown.stdout)))

    def test_bash_completion(self):
        script = self.prefix / "share/bash-completion/completions/bpfcheck"

        def complete(*words):
            line = " ".join(f"'{w}'" for w in words)
            return run("bash", "-c", f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; compopt() {{ :; }}; _bpfcheck; printf '%s\\n' \"${{COMPREPLY[@]}}\"").stdout.split()

        self.assertEqual(complete("bpfcheck", "expl"), ["explain"])
        self.assertEqual(complete("bpfcheck", "check", "--base"), ["--baseline"])
        self.assertEqual(complete("bpfcheck", "check", "--format", "j"), ["json", "jsonl", "junit"])
        self.assertEqual(complete("bpfcheck", "btf", "--format", ""), ["c", "raw", "json"])
        self.assertIn("--sup", complete("bpfcheck", "--supp")[0])
        for command, options in self.options().items():
            self.assertLessEqual(options, set(complete("bpfcheck", command, "--")))

    @needs("zsh")
    def test_zsh_completion(self):
        script = self.prefix / "share/zsh/site-functions/_bpfcheck"
        run("zsh", "-n", script)
        # Completion itself works only in a line editor: hold the specs against _arguments' own parser.
        text = script.read_text()
        body = text.replace('_bpfcheck "$@"', "")
        probe = f"{body}\n_arguments() {{ print -rl -- \"$@\" }}\n_describe() {{ print -rl -- $commands }}\nwords=(bpfcheck check --fo) CURRENT=3 _bpfcheck; words=(bpfcheck ex) CURRENT=2 _bpfcheck"
        shown = run("zsh", "-f", "-c", probe).stdout
        for option in self.options()["check"]:
            self.assertIn(f"*{option}[", shown)
        self.assertIn("explain:", shown)

    @needs("fish")
    def test_fish_completion(self):
        script = self.prefix / "share/fish/vendor_completions.d/bpfcheck.fish"
        complete = lambda line: [l.split("\t")[0] for l in run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'").stdout.splitlines()]
        self.assertEqual(complete("bpfcheck expl"), ["explain"])
        self.assertEqual(complete("bpfcheck check --format j"), ["json", "jsonl", "junit"])
        for command, options in self.options().items():
            self.assertLessEqual(options, {o.split("=")[0] for o in complete(f"bpfcheck {command} --")})

    def test_packages(self):
        out = self.temp / "packages"
        generators = "TGZ;DEB" if shutil.which("dpkg-shlibdeps") else "TGZ"
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", generators, "-B", out, cwd=self.temp)
        (archive,) = out.glob("*.tar.gz")
        with self.subTest("action"):
            self.action(archive)
        if generators == "TGZ":
            self.skipTest("not installed: dpkg-shlibdeps, so no .deb")
        debs = {p.name.split("_")[0]: p for p in out.glob("*.deb")}
        self.assertEqual(set(debs), {"bpfcheck", "libbpfcheck-dev"})
        self.assertIn("libelf1", run("dpkg-deb", "-f", debs["bpfcheck"], "Depends").stdout)
        run("dpkg-deb", "-x", debs["bpfcheck"], self.temp / "deb")
        self.assertEqual(run(self.temp / "deb/usr/bin/bpfcheck", "check", "--no-config", OBJECT, "--btf", BTF, "-q", check=False).returncode, 1)
        self.assertTrue((self.temp / "deb/usr/share/man/man1").is_dir())
        self.assertIn("./usr/include/bpfcheck/bpfcheck.h", run("dpkg-deb", "-c", debs["libbpfcheck-dev"]).stdout)

    def action(self, archive):
        work = self.temp / "runner"
        work.mkdir()
        env = {**os.environ, "RUNNER_TEMP": str(work), "GITHUB_OUTPUT": str(work / "output"), "INPUT_PACKAGE": str(archive), "INPUT_OBJECTS": "corpus/objects/xdp_*.bpf.o", "INPUT_BTF": f"{BTF}\n",
               "INPUT_ARGS": "--no-advice --prog unchecked", "INPUT_SARIF": str(work / "out.sarif"), "GITHUB_STEP_SUMMARY": str(work / "summary")}
        result = run("bash", SOURCE / "ci/action.sh", check=False, cwd=SOURCE, env=env)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stdout, r"::error file=corpus/programs/xdp_parser\.bpf\.c,line=18|::error file=.*xdp_parser.*line=18")
        self.assertEqual((work / "output").read_text(), "status=1\n")
        self.assertTrue((work / "summary").read_text().startswith("### bpfcheck: xdp\\_parser.bpf.o loads on 0 of 1 kernel"))
        self.assertEqual(json.loads((work / "out.sarif").read_text())["version"], "2.1.0")

    def test_action_and_workflow_fit(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("not installed: python3-yaml")
        action = yaml.safe_load((SOURCE / "action.yml").read_text())
        workflow = yaml.safe_load((SOURCE / "examples/github-workflow.yml").read_text())
        (step,) = [s for s in workflow["jobs"]["check"]["steps"] if s.get("id") == "bpfcheck"]
        self.assertLessEqual(set(step["with"]), set(action["inputs"]))
        (own,) = action["runs"]["steps"]
        self.assertEqual({f"INPUT_{name.upper()}" for name in action["inputs"]}, {name for name in own["env"] if name.startswith("INPUT_")})
        (hook,) = yaml.safe_load((SOURCE / ".pre-commit-hooks.yaml").read_text())
        result = run(*hook["entry"].split(), OBJECT, "--btf", BTF, check=False, env=self.env)
        self.assertEqual(result.returncode, 1)
        self.assertTrue(re.search(hook["files"], OBJECT.name))

    @needs("pre-commit", "git")
    def test_pre_commit_hook(self):
        # The hook's definition in a repository of its own, as a user's configuration names it.
        hooks, user = self.temp / "hooks", self.temp / "user"
        for path in (hooks, user):
            path.mkdir()
            run("git", "init", "-q", cwd=path)
            for key, value in (("user.name", "a"), ("user.email", "a@example.invalid")):
                run("git", "config", key, value, cwd=path)
        shutil.copy(SOURCE / ".pre-commit-hooks.yaml", hooks)
        run("git", "add", ".", cwd=hooks)
        run("git", "commit", "-qm", "hook", cwd=hooks)
        rev = run("git", "rev-parse", "HEAD", cwd=hooks).stdout.strip()
        (user / ".pre-commit-config.yaml").write_text(f"repos:\n- repo: {hooks}\n  rev: {rev}\n  hooks: [{{id: bpfcheck}}]\n")
        (user / "bpfcheck.toml").write_text(f'btf = "{BTF}"\n')
        shutil.copy(OBJECT, user)
        run("git", "add", ".", cwd=user)
        result = run("pre-commit", "run", "--color", "never", check=False, cwd=user, env={**self.env, "PRE_COMMIT_HOME": str(self.temp / "pre-commit")})
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("offset is outside of the packet", result.stdout)


if __name__ == "__main__":
    if "-fsanitize" in (BUILD / "CMakeCache.txt").read_text():
        print("SKIPPED: built with sanitizers, which nobody installs")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
