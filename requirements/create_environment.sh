#!/bin/sh
# create_environment.sh FOLDER VERSION [PYTHON]
#
# Makes the virtual environment FOLDER with Python VERSION (3.10, 3.11): PYTHON if it is given, else
# the first such interpreter on the PATH or under pyenv. An environment of that version is kept.
set -eu
folder=$1 version=$2 python=${3:-}

is_usable() {  # INTERPRETER MODULES: of the wanted version, with these modules?
    "$1" -c "import sys, $2; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null
}

candidates() {
    if [ -n "$python" ]; then
        echo "$python"
        return
    fi
    printf '%s\n' "python$version" python3 python
    if command -v pyenv >/dev/null 2>&1; then
        for name in $(pyenv versions --bare); do
            case $name in "$version".*) echo "$(pyenv root)/versions/$name/bin/python" ;; esac
        done
    fi
}

if ! is_usable "$folder/bin/python" pip; then
    for candidate in $(candidates) none; do
        if is_usable "$candidate" "ensurepip, venv"; then break; fi
    done
    if [ "$candidate" = none ]; then
        echo "error: no usable Python $version${python:+ at $python}: nothing was installed or run." >&2
        echo "Install it with its venv module (on Debian: python$version and python$version-venv)," >&2
        echo "or say where it is: make TARGET PYTHON$(echo "$version" | tr -d .)=/path/to/python$version" >&2
        exit 1
    fi
    echo "creating $folder with $candidate"
    "$candidate" -m venv --clear "$folder"
fi
# Importing allennlp_models fetches NLTK data unless it finds this folder, which may be empty.
mkdir -p "$folder/nltk_data/tokenizers/punkt"
