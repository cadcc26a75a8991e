#!/bin/bash
# Runs a program under other Linux kernels: Debian's cloud kernels, booted in QEMU by software emulation with an
# initramfs of busybox, the program and its libraries. Needs no root, no KVM, no modules, no disk image, and installs
# nothing: kernels, busybox and QEMU (with its own libc) are unpacked into a cache directory. A guest takes seconds.
#
#   kernels.sh fetch [KERNEL...]      download what is new since yesterday (about 150 MB at first)
#   kernels.sh run [-k "5.10 6.1"] [-t SCRIPT] [-f FILE[:PATH]]... PROGRAM [ARG...]
#                                     run PROGRAM, or SCRIPT under busybox sh, as root in each kernel; every FILE is put
#                                     into /bin, or at PATH; ends with a table; fails if any guest failed
#   kernels.sh list                   the kernels in the cache
#
# SIGTOP_KERNELS=DIR cache   MIRROR=URL Debian mirror (that of this machine's apt)   JOBS=2 guests at a time
# TIMEOUT=300 seconds a guest   MEM=512 MiB   SMP=2   APPEND='' more for the kernel's command line
set -euo pipefail
CACHE=${SIGTOP_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sigtop-kernels}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# One row a kernel: its name here, the suite, and what its version begins with. Debian replaces the kernels of a suite,
# so each is the newest of its line that can be had, not a fixed one; the table at the end names it.
KERNELS='5.10 bullseye-security 5.10.
6.1 bookworm-security 6.1.
6.12 trixie-security 6.12.
6.18 trixie-backports 6.18.
newest sid'
TOOLS_SUITE=trixie # QEMU 10; the 7.2 of bookworm crashes guests at random

say() { echo "kernels: $*" >&2; }
die() { say "$@"; exit 2; }

# ---- fetch: a private apt, with its own sources, lists and state; the machine's are only read

mirror() {
    [ -z "${MIRROR:-}" ] || { echo "${MIRROR%/}"; return; }
    grep -q '^ID=debian' /etc/os-release || die "not Debian: name a Debian mirror, MIRROR=URL"
    { cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
        sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' |
        sed -n '/\/debian\/*$/{s,/*$,,p;q}' | grep . || die "no Debian mirror in /etc/apt: MIRROR=URL"
}

apt() { # apt COMMAND ARGS...: apt-get or apt-cache on the private state
    local command=$1
    shift
    "apt-$command" -c "$CACHE/apt/apt.conf" "$@"
}

apt_update() {
    local url suite
    url=$(mirror)
    mkdir -p "$CACHE"/apt/{lists/partial,archives/partial,preferences.d}
    : >"$CACHE/apt/status"
    for suite in $TOOLS_SUITE $(awk '{print $2}' <<<"$KERNELS" | sort -u); do
        case $suite in
        *-security) echo "deb [signed-by=$KEYRING] $url-security $suite main" ;;
        *) echo "deb [signed-by=$KEYRING] $url $suite main" ;;
        esac
    done >"$CACHE/apt/sources.list"
    cat >"$CACHE/apt/apt.conf" <<CONF
Dir "$CACHE/apt"; Dir::State "$CACHE/apt"; Dir::State::Lists "lists"; Dir::State::status "$CACHE/apt/status";
Dir::Cache "$CACHE/apt"; Dir::Cache::archives "archives"; Dir::Cache::pkgcache "pkgcache.bin"; Dir::Etc "$CACHE/apt"; Dir::Etc::SourceList "sources.list";
Dir::Etc::SourceParts "-"; Dir::Log "$CACHE/apt"; APT::Architecture "amd64"; APT::Architectures { "amd64"; };
APT::Sandbox::User "root"; APT::Install-Recommends "false"; Acquire::Languages "none"; Acquire::Retries "2"; Acquire::http::Timeout "20";
CONF
    # One suite that does not answer (expired, moved) must not keep us from the others.
    apt get update -qq || say "apt-get update: not every suite answered"
}

# download DIR PACKAGE...: the packages as files in DIR.
download() {
    mkdir -p "$1"
    (cd "$1" && shift && apt get download -qq "$@" 2>&1)
}

# QEMU and busybox with all that they are linked with.
fetch_tools() {
    local new=$CACHE/tools.new package packages
    [ ! -x "$CACHE/tools/bin/busybox" ] || return 0
    packages=$(apt get install --print-uris -qq -y -t "$TOOLS_SUITE" qemu-system-x86 busybox-static |
        awk '{print $2}' | sed 's/_[^_]*\.deb$//; s/%3a/:/; s/_/=/') || die "$TOOLS_SUITE cannot be fetched"
    rm -rf "$new"
    # shellcheck disable=SC2086 # a list of words
    download "$new" $packages || die "QEMU and busybox cannot be fetched"
    for package in "$new"/*.deb; do
        # Files only, and all as if /bin and /lib were links into /usr, as they are in the suite.
        dpkg-deb --fsys-tarfile "$package" |
            tar -x -C "$new" --exclude='./usr/share/doc' --exclude='./var' --transform 's,^\./usr/,./,rh'
        rm "$package"
    done
    rm -rf "$CACHE/tools"
    mv "$new" "$CACHE/tools"
    say "tools: $("${QEMU[@]}" --version | head -n 1)"
}

# candidates SUITE VERSION: ABI=VERSION of the kernels that the suite lists, the newest first.
candidates() {
    # shellcheck disable=SC2046 # a list of words
    apt cache madison $(apt cache pkgnames "linux-image-$2" | grep -- '[0-9].*-cloud-amd64$') |
        awk -v suite="$1/main" '$6 == suite {sub("linux-image-", "", $1); print $3, $1 "=" $3}' |
        sort -V -r | cut -d ' ' -f 2 | head -n 4
}

fetch_kernel() { # NAME SUITE VERSION
    local new=$CACHE/$1.new kernel deb
    for kernel in $(candidates "$2" "$3"); do
        [ "$kernel" != "$(cat "$CACHE/$1/package" 2>/dev/null)" ] || return 0
        rm -rf "$new"
        download "$new" "linux-image-$kernel" >/dev/null || continue
        # From 7.x on the image package is empty, and the kernel is in another.
        download "$new" "linux-binary-$kernel" >/dev/null || true
        for deb in "$new"/*.deb; do
            dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/vmlinuz*' 2>/dev/null >>"$new/vmlinuz" || true
            rm "$deb"
        done
        [ -s "$new/vmlinuz" ] || continue
        echo "$kernel" >"$new/package"
        rm -rf "${CACHE:?}/$1"
        mv "$new" "$CACHE/$1"
        say "$1: $kernel"
        return 0
    done
    rm -rf "$new"
    say "$1: COULD NOT BE FETCHED from $2; the cache has $(cat "$CACHE/$1/package" 2>/dev/null || echo none)"
    return 1
}

# fetch KERNEL...: those, or all. Fails only where there is nothing to run with in the end.
fetch() {
    local name suite version missing=0
    if [ $# = 0 ] && [ -n "$(find "$CACHE/fetched" -mtime -1 2>/dev/null)" ]; then return 0; fi
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock"
    flock 9
    command -v apt-get >/dev/null || die "needs apt-get and dpkg-deb (Debian, Ubuntu)"
    apt_update
    fetch_tools
    while read -r name suite version; do
        if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then fetch_kernel "$name" "$suite" "$version" || missing=1; fi
    done <<<"$KERNELS"
    rm -rf "$CACHE/apt/lists" "$CACHE"/apt/*.bin
    [ $missing = 1 ] || touch "$CACHE/fetched"
    [ -n "$(list)" ] || die "no kernel could be fetched"
}

names() { awk '{print $1}' <<<"$KERNELS"; }

# ---- run

# QEMU by the loader and the libraries that came with it, whatever this machine has.
QEMU=("$CACHE/tools/lib64/ld-linux-x86-64.so.2" --library-path "$CACHE/tools/lib/x86_64-linux-gnu"
    "$CACHE/tools/bin/qemu-system-x86_64" -L "$CACHE/tools/share/qemu" -L "$CACHE/tools/share/seabios")

# What the guest starts with: everything mounted that a program may look for, then the test, then the verdict.
init_script() {
    cat <<'INIT'
#!/bin/sh
export PATH=/bin HOME=/ TERM=dumb RUST_BACKTRACE=1
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
for m in devpts:/dev/pts tmpfs:/dev/shm tmpfs:/tmp tmpfs:/run bpf:/sys/fs/bpf debugfs:/sys/kernel/debug \
    tracefs:/sys/kernel/tracing cgroup2:/sys/fs/cgroup securityfs:/sys/kernel/security; do
    mount -t ${m%%:*} ${m%%:*} ${m#*:}
done
ip link set lo up
cd /tmp
sh /test </dev/null
echo "guest: status $?"
reboot -f
INIT
}

# put ROOT FILE PATH: FILE and the libraries it is linked with.
put() {
    local library
    install -D -m 755 "$2" "$1$3"
    { ldd "$2" 2>/dev/null || true; } | sed -n 's,^[^/]*\(/[^ ]*\).*,\1,p' | while read -r library; do
        [ -e "$1$library" ] || install -D -m 755 "$library" "$1$library"
    done
}

initramfs() { # OUT TEST FILE[:PATH]...
    local out=$1 root=$1.d file
    mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,etc}
    install -m 755 "$CACHE/tools/bin/busybox" "$root/bin/busybox"
    ln -s busybox "$root/bin/sh"
    init_script >"$root/init"
    install -m 755 "$2" "$root/test"
    chmod 755 "$root/init"
    printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
    shift 2
    for file; do
        case $file in
        *:*) put "$root" "${file%%:*}" "${file#*:}" ;;
        *) put "$root" "$file" "/bin/${file##*/}" ;;
        esac
    done
    (cd "$root" && find . | "$CACHE/tools/bin/busybox" cpio -o -H newc -R 0:0) >"$out" 2>/dev/null
    rm -r "$root"
}

# boot KERNEL INITRAMFS LOG: the guest's own status, 124 when out of time, 125 when it died without a verdict.
boot() {
    local status=0
    timeout "${TIMEOUT:-300}" "${QEMU[@]}" -machine q35 -cpu max -accel tcg,thread=multi -smp "${SMP:-2}" \
        -m "${MEM:-512}" -nodefaults -no-user-config -no-reboot -display none -nic none -serial stdio \
        -kernel "$CACHE/$1/vmlinuz" -initrd "$2" -append "console=ttyS0 quiet reboot=t panic=-1 tsc=reliable \
        mitigations=off nokaslr rdinit=/init ${APPEND:-}" </dev/null >"$3.raw" 2>&1 || status=$?
    tr -d '\r' <"$3.raw" >"$3"
    [ $status = 124 ] && return 124
    status=$(sed -n 's/^guest: status \([0-9]*\)$/\1/p' "$3" | tail -n 1)
    return "${status:-125}"
}

# guest KERNEL WORKDIR: boots, prints its lines when it is done, writes its row of the table.
guest() {
    local status=0 start=$EPOCHREALTIME seconds
    boot "$1" "$2/initramfs" "$2/$1.log" || status=$?
    seconds=$(awk "BEGIN {printf \"%.1f\", $EPOCHREALTIME - $start}")
    printf '%-4s %-7s %6s s  status %-3s %s\n' "$([ $status = 0 ] && echo PASS || echo FAIL)" "$1" "$seconds" $status \
        "$(cat "$CACHE/$1/package")" >"$2/$1.row"
    flock "$2" sed -n "/reboot: Restarting system\|^guest: status/!s/^/[$1] /p" "$2/$1.log"
}

run() {
    local kernels='' test='' files=() option kernel name
    while getopts k:t:f: option; do
        case $option in
        k) kernels=$OPTARG ;;
        t) test=$OPTARG ;;
        f) files+=("$OPTARG") ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -gt 0 ] || die "run what?"
    [ -n "$kernels" ] || kernels=$(list | awk '{print $1}')
    [ -n "$kernels" ] || die "no kernels in $CACHE: run '$0 fetch'"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    if [ -z "$test" ]; then
        test=$work/test
        printf '%q ' exec "/bin/${1##*/}" "${@:2}" >"$test"
    fi
    initramfs "$work/initramfs" "$test" "$1" "${files[@]}"
    for kernel in $kernels; do
        while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do wait -n || true; done
        guest "$kernel" "$work" &
    done
    wait
    echo
    for kernel in $kernels; do cat "$work/$kernel.row"; done
    for name in $(names); do [ -s "$CACHE/$name/vmlinuz" ] || echo "MISSING $name (it could not be fetched)"; done
    ! grep -q '^FAIL' "$work"/*.row
}

list() {
    local name
    for name in $(names); do
        if [ -s "$CACHE/$name/vmlinuz" ]; then echo "$name $(cat "$CACHE/$name/package")"; fi
    done
}

case ${1:-} in
fetch | run | list) "$@" ;;
*) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
