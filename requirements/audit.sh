#!/bin/sh
# audit.sh PYTHON
#
# Says under which licences the packages of PYTHON's environment are, and which of the locked versions
# have known vulnerabilities, for `make audit`. The tools (pip-licenses, pip-audit) get an environment
# of their own. Ends with status 1 if a licence is not among those below, if a vulnerability is known,
# or if the data base of vulnerabilities could not be asked: then nothing is known about them.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$1" -m venv "$tools/environment"
bin=$tools/environment/bin
"$bin/python" -m pip install -q pip-licenses pip-audit

# What a program under Apache 2.0 may depend on. The weak copyleft of MPL and LGPL asks nothing of
# whoever uses such a package as it is.
allowed='0BSD;Apache;BSD;BSL-1.0;CC0;CNRI;ISC;LGPL;MIT;MPL;Mozilla Public License;OLDAP;PSF'
allowed="$allowed;Public Domain;Python Software Foundation;Unlicense;Zlib"
# Parts of Snakemake, needed by experiments/ only: MIT, as the files LICENSE in their wheels say, but
# their metadata do not.
unnamed='conda-inject snakemake-interface-common snakemake-interface-logger-plugins
    snakemake-interface-report-plugins snakemake-interface-scheduler-plugins
    snakemake-interface-storage-plugins'

failed=0
echo "== licences"
"$bin/pip-licenses" --python="$1" --from=mixed --format=csv | grep '^"' | cut -c1-100
# shellcheck disable=SC2086
"$bin/pip-licenses" --python="$1" --from=mixed --partial-match --allow-only="$allowed" \
    --ignore-packages $unnamed >/dev/null || failed=1
echo "== known vulnerabilities"
for lock in requirements/modern*.txt requirements/py310-constraints.txt; do
    case $lock in *overrides*) continue ;; esac
    echo "$lock"
    # Strict: a package that could not be looked up is an error, not a package without problems.
    "$bin/pip-audit" --strict --disable-pip --no-deps --desc off --progress-spinner off \
        -r "$lock" || failed=1
done
exit $failed
