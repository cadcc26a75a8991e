#!/bin/sh
# Installs what sigtop is built with and this machine lacks: clang, libelf, zlib, pkg-config, make, a C compiler,
# openssl, and Rust. Only that: where nothing is missing it changes nothing, says nothing and needs no sudo.
#
#   scripts/setup.sh            install what is missing, one line a step
#   scripts/setup.sh --check    only say what is missing (exit 3 if anything is)
set -eu
cd "$(dirname "$0")/.."
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
RUST=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

say() { echo "setup: $*" >&2; }
stop() { say "$@"; exit 3; }
has() { command -v "$1" >/dev/null 2>&1; }
has_lib() { { has pkg-config && pkg-config --exists "$1"; } || [ -e "/usr/include/$2" ]; }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; } # at_least WANTED FOUND

# One row each: what is missing, and its package for apt-get, dnf and pacman.
missing() {
    has clang || echo "clang clang clang clang"
    has gcc || echo "gcc gcc gcc gcc"
    [ -e /usr/include/stdio.h ] || has_lib libc stdio.h || echo "libc-headers libc6-dev glibc-devel glibc"
    has make || echo "make make make make"
    has pkg-config || echo "pkg-config pkg-config pkgconf-pkg-config pkgconf"
    has_lib libelf libelf.h || echo "libelf libelf-dev elfutils-libelf-devel libelf"
    has_lib zlib zlib.h || echo "zlib zlib1g-dev zlib-devel zlib"
    has openssl || echo "openssl openssl openssl openssl" # tests of the webhook
}

manager() {
    for m in apt-get dnf pacman; do
        if has $m; then echo $m && return; fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        stop "needs root and there is no sudo; run this as root: $*"
    fi
}

# install PACKAGE...: by the package manager, quietly, unless it fails.
install() {
    say "installing $*"
    case $(manager) in
    apt-get)
        # --print-uris fails where the package lists are absent or older than the archive knows
        apt-get install --print-uris -qq -y "$@" >/dev/null 2>&1 || refresh_lists
        quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
        ;;
    dnf) quietly as_root dnf install -q -y "$@" ;;
    pacman) quietly as_root pacman -S --needed --noconfirm "$@" ;;
    *) stop "no apt-get, dnf or pacman here: install these by hand: $*" ;;
    esac
}

refresh_lists() {
    say "apt-get update"
    quietly as_root apt-get update -qq
}

# Standard output only if the command fails; stderr stays, for a password prompt or a warning.
quietly() {
    log=$(mktemp)
    if "$@" >"$log"; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        stop "that failed: $*"
    fi
}

install_missing() {
    case $(manager) in
    dnf) column=3 ;;
    pacman) column=4 ;;
    *) column=2 ;;
    esac
    packages=$(missing | cut -d ' ' -f $column | tr '\n' ' ')
    # shellcheck disable=SC2086 # a list of words
    [ -z "$packages" ] || install $packages
}

apt_version() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p'; }

# The version of the distribution's own cargo, empty if it has none.
packaged_cargo() {
    case $(manager) in
    apt-get) apt_version cargo ;;
    dnf) dnf -q repoquery --latest-limit=1 --queryformat '%{version}\n' cargo 2>/dev/null | head -n 1 ;;
    pacman) pacman -Si rust 2>/dev/null | sed -n 's/^Version *: \([0-9.]*\).*/\1/p' ;;
    esac
}

cargo_version() { cargo --version 2>/dev/null | sed -n 's/^cargo \([0-9.]*\).*/\1/p'; }

rustup_hint() {
    say "$1"
    say "  install it with rustup, as yourself, not as root (https://rustup.rs):"
    if has rustup; then
        say "    rustup default stable && rustup update stable"
    elif has apt-cache && [ -n "$(apt_version rustup)" ]; then
        say "    sudo apt-get install rustup && rustup default stable"
    else
        say "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    fi
    stop "  then run this again"
}

rust() {
    found=$(cargo_version)
    if [ -n "$found" ]; then
        at_least "$RUST" "$found" || rustup_hint "Rust $RUST or newer is needed, cargo here is $found"
        return
    fi
    packaged=$(packaged_cargo)
    if [ -z "$packaged" ] || ! at_least "$RUST" "$packaged"; then
        rustup_hint "Rust $RUST or newer is needed, there is no cargo, and the distribution has ${packaged:-none}"
    fi
    case $(manager) in
    pacman) install rust ;;
    *) install cargo rustc ;;
    esac
}

case ${1:-} in
--check)
    absent=$(missing | cut -d ' ' -f 1 | tr '\n' ' ')
    found=$(cargo_version)
    at_least "$RUST" "${found:-0}" || absent="${absent}rust(>=$RUST)"
    [ -z "$absent" ] || stop "missing: $absent"
    ;;
"")
    install_missing
    rust
    ;;
*) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
