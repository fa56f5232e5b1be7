#!/usr/bin/env bash
# Runs a command on a virtual display of its own; 77 (skipped) without Xvfb or xdotool.
# FORESIGHT_DISPLAY_SIZE=WxH sets its size.
# -noreset: without it the server starts anew once its last client leaves and refuses who connects meanwhile.
set -euo pipefail

for program in Xvfb xdotool; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done
folder=$(mktemp -d)
Xvfb -displayfd 3 -screen 0 "${FORESIGHT_DISPLAY_SIZE:-3840x2160}x24" -nolisten tcp -noreset \
  3>"$folder/display" 2>"$folder/log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
  [[ -s $folder/display ]] && break
  sleep 0.1
done
[[ -s $folder/display ]] || {
  echo "skipped: Xvfb does not start: $(<"$folder/log")"
  exit 77
}
DISPLAY=:$(<"$folder/display") "$@"
