#!/bin/bash
# assets/*.svg: the dashboard of the demo, as a terminal of 120x36 shows it: the main screen, the filter bar, a death
# card, and a session that moves. The demo is the same every time; so that the pictures are too, they are taken at the
# first screen that has the whole history, with the picture paused.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in tmux python3; do command -v $tool >/dev/null || { echo "picture.sh: needs $tool" >&2; exit 3; }; done

socket=sigtop-picture-$$ work=$(mktemp -d)
screen() { tmux -L "$socket" "$@"; }
trap 'screen kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

shows() { screen capture-pane -p -t demo | grep -q -- "$1"; }
wait_for() { # wait_for TEXT: until the screen has it, half a minute at most
    for _ in $(seq 300); do if shows "$1"; then return; fi; sleep 0.1; done
    echo "picture.sh: never saw $1" >&2
    exit 1
}
keys() { screen send-keys -t demo "$@"; sleep 0.4; }       # named keys
typed() { for ((i = 0; i < ${#1}; i++)); do screen send-keys -t demo -l -- "${1:i:1}"; done; sleep 0.3; }
capture() { screen capture-pane -e -p -t demo >"$work/$1"; }
still() { # still NAME: what is on the screen, as a picture
    capture still
    scripts/ansi2svg.py <"$work/still" >"assets/$1.svg.new"
    mv "assets/$1.svg.new" "assets/$1.svg"
    echo "assets/$1.svg"
}
frames=()
frame() { # frame SECONDS: what is on the screen, for so long
    capture "frame${#frames[@]}"
    frames+=("$work/frame${#frames[@]}" "$1")
}


screen -f /dev/null new-session -d -x 120 -y 36 -s demo \
    "TZ=UTC LANG=C.UTF-8 COLORTERM=truecolor exec target/release/sigtop --demo --theme dark"
screen set -g default-terminal tmux-256color
screen set -ga terminal-overrides ',*:Tc'
mkdir -p assets
wait_for '17:3[2-9].*handled'
keys 2 # the log has the keys, and the detail shows its newest row
still main
frame 2

keys f
typed 'sig:TERM,KILL !from:sudo to:ja'
still filter
keys Escape
keys Escape
keys 1
frame 1
keys /
typed '700 java'
frame 1
keys Enter
frame 1.5
keys Enter
wait_for 'sent by'
still death
frame 5
keys Escape
keys Escape
keys 3
frame 1.2
keys Enter
frame 2
keys Enter
frame 2.5
keys BSpace
keys BSpace
frame 1
scripts/ansi2svg.py "${frames[@]}" >assets/session.svg.new
mv assets/session.svg.new assets/session.svg
echo "assets/session.svg"
