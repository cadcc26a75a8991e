#!/bin/bash
# cargo test, with the test programs run as root, for the live tests ask the kernel itself. Everything is built as the
# caller: only the test programs go through sudo. Without root and without sudo the live tests skip themselves, and
# this says so, loudly.
#
#   scripts/test.sh [ARGS OF cargo test]
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -v; then
        host=$(rustc -vV | sed -n 's/^host: //p')
        export "CARGO_TARGET_$(tr 'a-z.-' 'A-Z__' <<<"$host")_RUNNER=sudo --preserve-env"
    else
        printf '\n*** %s\n' "not root, and no sudo: THE LIVE TESTS ARE SKIPPED" \
            "they ask this kernel for its signals; run 'make test' as root, or with sudo" >&2
    fi
fi
exec cargo test "$@"
