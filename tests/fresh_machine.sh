#!/usr/bin/env bash
# What a newcomer's machine does with HEAD: a fresh clone, a home without caches, no compiler.
#
#     tests/fresh_machine.sh             make demo
#     tests/fresh_machine.sh demo test   make demo, make test
#     tests/fresh_machine.sh package     sdist → wheel → pip install → the demo's recipe is checked, outside the clone
#
# PATH holds Python, make and the few programs that the Makefile calls. Compilers are stubs that write down who called
# them and fail; one call makes this script fail. PYTHON names another interpreter than python3, KEEP=1 keeps the folder.
set -euo pipefail

PYTHON=$("${PYTHON:-python3}" -c 'import sys; print(sys.executable)')  # its own path, if the name is a script around it
ROOT=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
PLACE=$(mktemp -d "${TMPDIR:-/tmp}/fresh-machine.XXXXXX")
CALLS=$PLACE/compiler-calls
PROGRAMS="make sh touch rm cat uname"
# Not rustc: pip asks for its version, to tell the index.
COMPILERS="cc c++ gcc g++ clang clang++ c89 c99 cpp as ld cmake ninja meson cargo go gfortran nvcc"

end() {
    if [ -n "${KEEP:-}" ]; then echo "kept: $PLACE" >&2; else rm -rf "$PLACE"; fi
}
trap end EXIT

programs() {
    mkdir -p "$PLACE/bin" "$PLACE/home"
    for name in $PROGRAMS; do ln -s "$(command -v "$name")" "$PLACE/bin/$name"; done
    # A script and no link: Python looks for its library beside the path that it was called by.
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$PYTHON" >"$PLACE/bin/python3"
    for name in $COMPILERS; do
        printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit 1\n' "$name" "$CALLS" >"$PLACE/bin/$name"
    done
    chmod +x "$PLACE"/bin/python3 $(printf "$PLACE/bin/%s " $COMPILERS)
}

# The command in the fresh place; of the surroundings only what leads to the package index comes along.
fresh() {
    local route=()
    while IFS= read -r name; do route+=("$name=${!name}"); done < <(
        compgen -e | grep -E '^(PIP_.*|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)$'
    )
    env -i HOME="$PLACE/home" PATH="$PLACE/bin" LANG=C.UTF-8 TMPDIR="$PLACE" "${route[@]}" PIP_NO_CACHE_DIR=1 "$@"
}

clone() {
    git clone --quiet --no-hardlinks "$ROOT" "$PLACE/clone"
    git -C "$PLACE/clone" checkout --quiet --detach "$(git -C "$ROOT" rev-parse HEAD)"
}

package() {
    local pip="-m pip install --quiet --disable-pip-version-check --constraint $PLACE/clone/constraints.txt"
    cd "$PLACE/clone"
    fresh python3 -m venv "$PLACE/builder"
    fresh "$PLACE/builder/bin/python" $pip 'setuptools>=77'
    fresh "$PLACE/builder/bin/python" -c 'from setuptools import build_meta as b; b.build_sdist("dist")' >/dev/null
    fresh "$PLACE/builder/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$PLACE/dist" dist/*.tar.gz
    cd "$PLACE"
    fresh python3 -m venv "$PLACE/user"
    fresh "$PLACE/user/bin/python" $pip torch
    fresh "$PLACE/user/bin/python" $pip "$(ls "$PLACE"/dist/*.whl)[embedded]"
    fresh "$PLACE/user/bin/tutelage" check \
        "$(fresh "$PLACE/user/bin/python" -c 'import tutelage.embedded.texts as t; print(t.EMBEDDED / "demo.toml")')"
}

programs
clone
for target in "${@:-demo}"; do
    echo "== $target" >&2
    if [ "$target" = package ]; then (package); else (cd "$PLACE/clone" && fresh make "$target"); fi
done
if [ -s "$CALLS" ]; then
    echo "a compiler was called:" >&2
    sort "$CALLS" | uniq -c >&2
    exit 1
fi
echo "no compiler was called" >&2
