#!/bin/sh
# Damages files of every format at random and opens them, under AddressSanitizer and
# UndefinedBehaviorSanitizer. Whatever is not read must be refused by name.
#
#   tests/fuzz.sh [ROUNDS] [SEED]     rounds per format (default 20000), first seed (default 0)
#
# Builds only tests_sim of the preset asan, in build/asan; JOBS=1 where memory is short. A failure
# names its seed: FORESIGHT_FUZZ_ROUNDS=1 FORESIGHT_FUZZ_SEED=... build/asan/tests/tests_sim
set -e
cd "$(dirname "$0")/.."
cmake --preset asan >/dev/null
cmake --build build/asan --target tests_sim -j "${JOBS:-2}"
export FORESIGHT_FUZZ_ROUNDS="${1:-20000}" FORESIGHT_FUZZ_SEED="${2:-0}"
export ASAN_OPTIONS=max_allocation_size_mb=1100:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
exec build/asan/tests/tests_sim --gtest_filter='Fuzz.*'
