#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""No source file above 400 lines, no function above 80. Tables (.def) and BPF programs (.bpf.c) are data and may be long.

    size_test.py SOURCE_DIR [--not-yet FOLDER...]     below these, what is too long is shown, but does not fail

A function is what stands between a name and its closing brace at namespace or class scope, lambdas inside it included; in
Python what ast says.
"""
import ast
import pathlib
import re
import subprocess
import sys

MOST_LINES, MOST_FUNCTION = 400, 80

NOISE = re.compile(r"""//[^\n]* | /\*.*?\*/ | R"([^(\s]*)\(.*?\)\1" | "(?:\\.|[^"\\\n])*" | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*' """,
                   re.X | re.S)
SCOPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:typedef\s+|static\s+|extern\s*)*(?:inline\s+)?"
                   r"(?:namespace|class|struct|union|enum|extern)\b(?!.*\)\s*(?:const|noexcept|override|\s)*$)", re.S)


def without_noise(text):
    """The same lines without comments, the contents of literals and preprocessor lines."""
    text = NOISE.sub(lambda m: "\n" * m[0].count("\n"), text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)


def cxx_functions(text):
    """(first line, lines, head) of every function."""
    text = without_noise(text)
    stack, start, line = [], 0, 1  # stack: True for a scope in which functions stand
    for at, c in enumerate(text):
        if c == "\n":
            line += 1
        elif c == ";":
            start = at + 1 if not stack or stack[-1] is True else start
        elif c == "{":
            outside = not stack or stack[-1] is True
            head = text[start:at]
            if outside and SCOPE.match(head.strip()):
                stack.append(True)
                start = at + 1
            elif outside:
                first = line - head.lstrip().count("\n")
                stack.append((first, " ".join(head.split())))
            else:
                stack.append(False)
        elif c == "}" and stack:
            opened = stack.pop()
            if isinstance(opened, tuple):
                if "(" in opened[1]:
                    yield opened[0], line - opened[0] + 1, opened[1]
            if not stack or stack[-1] is True:
                start = at + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def language(path, text):
    if path.suffix in (".cc", ".h", ".c"):
        return "c++"
    if path.suffix == ".py" or text.startswith("#!/usr/bin/env python3"):
        return "python"
    return "shell" if text.startswith("#!/bin/bash") else None


def offences(path, text):
    """What is too long in a file, a line each."""
    kind = language(path, text)
    if kind and text.count("\n") > MOST_LINES:
        yield f"{path}: {text.count(chr(10))} lines, at most {MOST_LINES}"
    functions = {"c++": cxx_functions, "python": python_functions}.get(kind, lambda _: ())(text)
    for line, length, head in functions:
        if length > MOST_FUNCTION:
            yield f"{path}:{line}: a function of {length} lines, at most {MOST_FUNCTION}: {head[:90]}"


def check_of_itself():
    body = "  a({1, 2});\n" * 79
    text = f'namespace x {{\nstruct A {{ int b() {{ return "{{"[0]; }} }};\nvoid long_one(int a,\n    int b) {{\n{body}}}\n}}\n'
    assert [f[1] for f in cxx_functions(text)] == [1, 82], list(cxx_functions(text))
    assert len(list(offences(pathlib.Path("a.cc"), text))) == 1
    assert len(list(offences(pathlib.Path("a.cc"), "int a;\n" * 401))) == 1
    assert not list(offences(pathlib.Path("a.def"), "ROW(1)\n" * 999))


def main():
    root, not_yet = pathlib.Path(sys.argv[1]), tuple(folder + "/" for folder in sys.argv[3:])
    check_of_itself()
    names = subprocess.run(["git", "-C", root, "ls-files", "-z"], stdout=subprocess.PIPE, check=True).stdout.decode()
    found = []
    for name in sorted(filter(None, names.split("\0"))):
        path = root / name
        if not path.is_file() or path.is_symlink() or name.endswith(".bpf.c"):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += offences(pathlib.Path(name), text)
    print("\n".join(found))
    return 1 if any(not line.startswith(not_yet) for line in found) else 0


if __name__ == "__main__":
    sys.exit(main())
