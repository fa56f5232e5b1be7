#!/bin/sh
# Looks for data races: the app on a virtual display with random input, under ThreadSanitizer.
#
#   tests/threads.sh [SECONDS] [SEED]     random input for so long (default 60), seed (default 0)
#
# Builds only the program of the preset tsan, in build/tsan; JOBS=1 where memory is short.
set -e
cd "$(dirname "$0")/.."
cmake --preset tsan >/dev/null
cmake --build build/tsan --target foresight -j "${JOBS:-2}"
export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp:halt_on_error=0:exitcode=66:history_size=4"
export OMP_NUM_THREADS=1
FORESIGHT_DISPLAY_SIZE=1280x720 exec tests/ui/with_display.sh build/tsan/tools/foresight app \
  --forget --width 1024 --height 640 --monkey "${1:-60}" --seed "${2:-0}"
