#!/bin/bash
# assets/main.svg: the dashboard of the demo, as a terminal of 120x36 shows it. The demo is the same every time; so that
# the picture is too, it is taken at the first screen that has the whole history.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in tmux python3; do command -v $tool >/dev/null || { echo "picture.sh: needs $tool" >&2; exit 3; }; done

socket=sigtop-picture-$$
screen() { tmux -L "$socket" "$@"; }
trap 'screen kill-server 2>/dev/null || true' EXIT

screen -f /dev/null new-session -d -x 120 -y 36 -s demo "TZ=UTC LANG=C.UTF-8 COLORTERM=truecolor exec target/release/sigtop --demo"
screen set -g default-terminal tmux-256color
until screen capture-pane -p -t demo | grep -q '17:3[2-9].*handled'; do sleep 0.1; done
screen send-keys -t demo Tab # the log has the keys, and the detail shows its newest row
sleep 0.5
mkdir -p assets
screen capture-pane -e -p -t demo | scripts/ansi2svg.py >assets/main.svg.new
mv assets/main.svg.new assets/main.svg
echo "assets/main.svg"
