#!/bin/sh
# make_locks.sh PYTHON PYTHON310
#
# Writes the lock files of this folder anew, for `make locks`: for each supported Python the newest
# versions of all that setup.cfg asks for, and of what these ask for in turn. For 3.10, pip says what
# `pip install .[test]` would install. For 3.11 and later, where nothing satisfies AllenNLP's caps, `uv`
# does, because it knows overrides; it is installed into a temporary environment. Takes minutes and an
# index of packages. Before the change is kept, run the tests on every Python.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$1" -m venv "$tools/environment"
"$tools/environment/bin/python" -m pip install -q uv

modern() {  # OPTION...: the pins for Linux and 3.11 or later, without the CUDA libraries of torch
    "$tools/environment/bin/uv" pip compile -q --no-annotate --no-header --python-version 3.11 \
        --universal --fork-strategy fewest \
        --override requirements/modern-overrides.txt "$@" setup.cfg >"$tools/all"
    sed -E "/^(cuda|nvidia)-/d; /sys_platform == '(win32|darwin)'/d
        s/ ; (python_full_version [<>=]+ '[0-9.]+')$/; \1/; s/ ; .*//; y/'/\"/
        s/python_full_version/python_version/" "$tools/all"
}

official() {  # the pins for 3.10
    "$1" -m pip install -q --dry-run --ignore-installed --report "$tools/report" '.[test]'
    "$1" - "$tools/report" <<'END'
import json, sys
OMITTED = ("setuptools", "xner_allennlp")  # an environment has its own setuptools
rows = [row["metadata"] for row in json.load(open(sys.argv[1]))["install"]]
pins = {row["name"]: row["version"] for row in rows if row["name"] not in OMITTED}
print("\n".join(f"{name}=={pins[name]}" for name in sorted(pins, key=str.lower)))
END
}

lock() {  # FILE: from standard input, under the comment that the file begins with
    { grep '^#' "$1"; cat; } >"$tools/lock"
    cat "$tools/lock" >"$1"
}

added() {  # EXTRA: what it needs beside modern.txt
    modern --extra "$1" --extra dev -c requirements/modern.txt >"$tools/with"
    grep -vxF -f requirements/modern.txt "$tools/with"
}

modern --extra dev >"$tools/modern"
lock requirements/modern.txt <"$tools/modern"
for extra in bulk experiments fuzz; do
    added "$extra" >"$tools/extra"
    lock "requirements/modern-$extra.txt" <"$tools/extra"
done
official "$2" >"$tools/py310"
lock requirements/py310-constraints.txt <"$tools/py310"
