# Runs inside a guest of scripts/kernels.sh, as root, under busybox sh: sigtop on a kernel that is not this machine's.
# Every way of the zoo is done while sigtop watches, and what it said is held against what was done; then its errors.
# No fixed sleeps: a guest is slow and uneven; whoever waits, waits for a line.
fail=0
no() { echo "FAIL: $*"; fail=1; }

# until FILE PATTERN: waits for a line in FILE; gives up after a minute.
until_line() {
    tries=600
    until grep -q "$2" "$1"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { no "no $2 in $1"; tail -n 5 "$1"; cat errors; return 1; }
        usleep 100000
    done
}

# watch 'OPTIONS' 'WAYS': sigtop with these options while the zoo does these ways.
watch() {
    # shellcheck disable=SC2086 # lists of words
    : >events
    sigtop log --format json --events signal,deliver,fork,exec,exit,rename $1 >events 2>errors &
    sigtop=$!
    until_line events '"type":"header"' || exit 1
    sed -n '1s/.*"missing":\(\[.*\]\),"roads":\(\[.*\]\).*/header: missing \1, roads \2/p' events
    # shellcheck disable=SC2086
    sigzoo $2 >expectations || no "sigzoo $2: status $?"
    sigzoo exit 0 the-last-one
    until_line events '"exit","0","the-last-one"'
    kill -TERM $sigtop
    wait $sigtop || no "sigtop log $1 ended with status $?"
    sigexpect events expectations || fail=1
    cat errors
    [ -s errors ] && no "sigtop log $1 said something on stderr"
    grep -v '^{"v":1,"type":"[a-z]*","time":"....-..-..T..:..:..\.[0-9]*Z","mono_ns":[0-9]*.*}$' events && no "a line that is no event"
    grep -q '"missing":\[\]' events || no "sigtop log $1: something is missing"
}

# ---- everything, as JSON

watch '' ''

grep -q '"origin":"oom".*"oom_rss":[1-9][0-9]*,"oom_limit":8388608,"oom_level":[1-9]' events || no "how much the OOM killer's victim held"

grep -q '"blocked":\["SIG[A-Z0-9+",]*\],"pending":\["SIG' events || no "no target has a signal blocked and waiting"

# ---- what fails: here by the free road, and so also unasked, but for execs

watch '' 'try-denied try-gone try-invalid try-probe try-probe-denied try-probe-gone try-probe-many try-thread try-nested'
grep -q '"roads":\[".*(fexit)' events || no "failed sends are not seen at the exit of their calls"
watch 'result:failed,probe or !result:failed,probe' 'try- overflow'
grep -q '"roads":\[".*(fexit)' events || no "failed execs are not seen at the exit of their calls"

# ---- cgroups that are made while the filter holds: in the kernel, who is born or moved into one is in it at once

inside() { # inside 'FILTER' CGROUP: a process moves there and signals itself; another, elsewhere, is not shown
    : >events
    sigtop log --format json --events signal "$1" >events 2>errors &
    sigtop=$!
    until_line events '"type":"header"' || exit 1
    mkdir -p "/sys/fs/cgroup$2"
    sh -c 'kill -WINCH $$'
    sh -c 'echo $$ >"/sys/fs/cgroup$0/cgroup.procs"; kill -URG $$; sh -c "kill -URG \$\$"; exit 0' "$2"
    kill -TERM $sigtop # what was sent before is still told
    wait $sigtop || no "sigtop log $1 ended with status $?"
    [ "$(grep -c '"signal":"SIGURG"' events)" = 2 ] || { no "sigtop log $1: not two SIGURG"; cat events; }
    grep '"signal":"SIGWINCH"' events && no "sigtop log $1: somebody else's"
}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    inside cgroup:/one/two /one/two/three
    inside unit:web /late.slice/web.service/worker
    inside '!cgroup:/ or cgroup:/one' /one/four
else
    no "no unified cgroups here"
fi

# ---- what is told on request: opens, changed modes, moves and connections, by the kernel's own functions

requested() { # requested PATTERN WHAT: one line is like this
    grep -q "$1" events || no "$2 is not told: $1"
}
: >events
mkdir -p /tmp/seen /tmp/other
echo x >/tmp/seen/secret
sigtop log --format json --events open,chmod,move,connect 'path:/tmp/seen/* or path:/tmp/absent or port:9' >events 2>errors &
sigtop=$!
until_line events '"type":"header"' || exit 1
sed -n '1s/.*"missing":\(\[.*\]\),"roads":\(\[.*\]\).*/header: missing \1, roads \2/p' events
requested '"roads":\[".*(fexit)' 'the road of opens'
cat /tmp/seen/secret >/dev/null
cat /tmp/absent 2>/dev/null
cat /etc/passwd >/dev/null
ways='relative dotted openat2 in-root symlink hard-link renamed self-root self-cwd again chroot bind-mount handle io-uring'
for way in $ways; do
    echo x >"/tmp/seen/$way"
    sigzoo deed open "$way" "/tmp/seen/$way" || no "sigzoo deed open $way: status $?"
done
chmod 751 /tmp/seen/secret
mv /tmp/seen/secret /tmp/other/secret
mv /tmp/other/secret /tmp/seen/again
nc -w 1 127.0.0.1 9 </dev/null 2>/dev/null
until_line events '"type":"connect"'
kill -TERM $sigtop
wait $sigtop || no "sigtop log of what is told on request ended with status $?"
cat errors
requested '"type":"open".*"path":"/tmp/seen/secret"' 'an open'
requested '"type":"open".*"errno":"ENOENT".*"path":"/tmp/absent"' 'an open that fails'
# By the name that the file has then. The shell made them; for io_uring a worker opens, by a name of its own.
for way in $ways; do
    grep '"type":"open".*"path":"/tmp/seen/'"$way"'["./]' events | grep -v -q '"comm":"sh"' ||
        no "an open by way of $way is not told"
done
requested '"type":"chmod".*"path":"/tmp/seen/secret"' 'a changed mode'
requested '"type":"move".*"path":"/tmp/other/secret"' 'a move away'
requested '"type":"move".*"path":"/tmp/seen/again"' 'a move back'
requested '"type":"connect".*"errno":"ECONNREFUSED"' 'a connection'
grep '/etc/passwd' events && no 'what was not asked for is told'
echo "opens told: $(grep -c '"type":"open"' events), of io_uring by $(grep '/tmp/seen/io-uring"' events | sed -n '2s/.*"comm":"\([^"]*\)".*/\1/p')"

# ---- as text, only what is asked for, until the reader leaves: it must end by itself

sigtop log -s TERM,9 --events signal 2>errors | head -n 2 >lines &
reader=$!
while kill -0 $reader 2>/dev/null; do sigzoo term >/dev/null; done
wait $reader
grep -q '^\[..:..:..\....\] SIGNAL: SIGTERM (15) \[sigzoo/[0-9]*\] -> \[sigzoo/[0-9]*\] uid=0 queued' lines || no "text"
[ "$(grep -c SIGTERM lines)" = "$(wc -l <lines)" ] || no "more than was asked for"
cat lines errors

# ---- what people meet

status() { # status WANTED PATTERN COMMAND...
    wanted=$1 pattern=$2
    shift 2
    "$@" >out 2>&1 </dev/null
    got=$?
    [ $got = "$wanted" ] || no "$*: status $got, not $wanted"
    grep -q -i "$pattern" out || no "$*: no '$pattern' in what it says"
    cat out
}
status 2 SIGTERM sigtop log -s SIGTREM
status 3 'root\|CAP_BPF' su nobody -c 'sigtop log'
status 3 '^no   capture' su nobody -c 'sigtop doctor'
status 0 '^yes  capture' sigtop doctor
grep '^no' out && no 'something is not seen here'
grep -q '^yes  on request  opens are seen' out || no 'the road of opens, in what doctor says'
exit $fail
