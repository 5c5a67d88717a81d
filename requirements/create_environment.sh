#!/bin/sh
# create_environment.sh FOLDER VERSIONS [PYTHON]
#
# Makes the virtual environment FOLDER with PYTHON if it is given, else with the first of VERSIONS
# ("3.13 3.12 3.11") that the PATH has, else with the first that pyenv has but has not put there.
# An interpreter that does not start (a shim of pyenv's) or that lacks the module venv is passed
# over. An environment of one of VERSIONS is kept.
set -eu
folder=$1 versions=$2 python=${3:-}

is_usable() {  # INTERPRETER MODULES: of a wanted version, with these modules?
    "$1" -c "import sys, $2; sys.exit('%d.%d' % sys.version_info[:2] not in '$versions'.split())" \
        2>/dev/null
}

candidates() {
    if [ -n "$python" ]; then
        echo "$python"
        return
    fi
    for version in $versions; do echo "python$version"; done
    printf '%s\n' python3 python
    if command -v pyenv >/dev/null 2>&1; then
        for version in $versions; do
            for name in $(pyenv versions --bare); do
                case $name in "$version".*) echo "$(pyenv root)/versions/$name/bin/python" ;; esac
            done
        done
    fi
}

if ! is_usable "$folder/bin/python" pip; then
    for candidate in $(candidates) none; do
        if is_usable "$candidate" "ensurepip, venv"; then break; fi
    done
    if [ "$candidate" = none ]; then
        echo "error: no usable Python ($versions)${python:+ at $python}: nothing was installed or run." >&2
        echo "Install one with its venv module (on Debian: python3 and python3-venv), or give the" >&2
        echo "path of one: the settings at the top of the Makefile say how." >&2
        exit 1
    fi
    echo "creating $folder with $candidate ($("$candidate" -V))"
    "$candidate" -m venv --clear "$folder"
fi
# Importing allennlp_models fetches NLTK data unless it finds this folder, which may be empty.
mkdir -p "$folder/nltk_data/tokenizers/punkt"
