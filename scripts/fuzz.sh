#!/usr/bin/env bash
# Looks for files that end the program: each reader of files under libFuzzer for a while, two at a
# time. Needs the preset `fuzz` to be built.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/fuzz.sh [--seconds N] [READER...]

  --seconds N   how long each reader is tried (default: 20)
  READER        names of folders in tests/fuzz/seeds (default: all)

What was found worth keeping is in build/fuzz/corpus, and is where the next run begins. Bytes that
end the program are in build/fuzz/found: mend the reader, and keep them as a seed.
HELP
}

seconds=20
readers=()
while (($# > 0)); do
  case "$1" in
    --seconds)
      [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || die "--seconds: '${2:-}'; allowed is a whole number from 1"
      seconds="$2"
      shift
      ;;
    --help | -h) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option '$1'" ;;
    *) readers+=("$1") ;;
  esac
  shift
done
((${#readers[@]} > 0)) || mapfile -t readers < <(ls tests/fuzz/seeds)

# Fuzzes one reader; its output goes to a log of its own.
fuzz() {
  local reader="$1" binary="build/fuzz/fuzz/fuzz_$1" status=0
  [[ -x "${binary}" ]] || die "there is no ${binary}; build the preset fuzz first"
  mkdir -p "build/fuzz/corpus/${reader}" build/fuzz/found
  "${binary}" -max_total_time="${seconds}" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/found/${reader}-" \
    "build/fuzz/corpus/${reader}" "tests/fuzz/seeds/${reader}" \
    >"${TANGRAM_LOGS}/fuzz-${reader}.log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    tail -n 60 "${TANGRAM_LOGS}/fuzz-${reader}.log" >&2
    note "all of this output is in build/logs/fuzz-${reader}.log"
    return "${status}"
  fi
  note "${reader}: $(sed -n 's/^stat::number_of_executed_units: *//p' \
    "${TANGRAM_LOGS}/fuzz-${reader}.log") inputs"
}

failed=0
for ((i = 0; i < ${#readers[@]}; i += 2)); do
  pids=()
  for reader in "${readers[@]:i:2}"; do
    fuzz "${reader}" &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do
    wait "${pid}" || failed=$((failed + 1))
  done
done
((failed == 0)) || die "${failed} readers ended on bytes that are in build/fuzz/found"
