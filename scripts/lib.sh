#!/usr/bin/env bash
# What the other scripts share: where the repository is, timed steps with a log each, and one way
# to build a preset. Source it; it does nothing by itself.
#
# The caller is left in the repository's root. Every step of `run_step` prints one line when it
# starts and one when it ends; the output of the command goes to build/logs/<name>.log and is
# shown only when the command fails.
set -euo pipefail

TANGRAM_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TANGRAM_LOGS="${TANGRAM_ROOT}/build/logs"
cd "${TANGRAM_ROOT}"
mkdir -p "${TANGRAM_LOGS}"

# Two compilers at once unless told otherwise: one translation unit can need a gigabyte.
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"

# Colours are for people only.
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' RED='' PLAIN=''
fi

# Prints a heading: what happens next, and why.
say() {
  printf '%s==>%s %s\n' "${BOLD}" "${PLAIN}" "$*"
}

# Prints an indented remark under the last heading.
note() {
  printf '%s    %s%s\n' "${DIM}" "$*" "${PLAIN}"
}

# Ends the script with a message that says what is wrong and what would mend it.
die() {
  printf '%serror:%s %s\n' "${RED}" "${PLAIN}" "$*" >&2
  exit 1
}

# run_step NAME TITLE COMMAND...: runs the command quietly and says how long it took.
# On failure shows the end of the log, says where the whole of it is, and returns the status.
run_step() {
  local name="$1" title="$2" log="${TANGRAM_LOGS}/$1.log" began="${SECONDS}" status=0
  shift 2
  say "${title}"
  "$@" >"${log}" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    tail -n 150 "${log}" >&2
    note "all of this output is in ${log#"${TANGRAM_ROOT}"/}"
    die "step '${name}' failed with status ${status} after $((SECONDS - began)) s"
  fi
  note "done in $((SECONDS - began)) s"
}

# show_step TITLE COMMAND...: the same for a test runner, whose output is for reading.
show_step() {
  local title="$1" began="${SECONDS}" status=0
  shift
  say "${title}"
  "$@" </dev/null || status=$?
  ((status == 0)) || die "failed with status ${status} after $((SECONDS - began)) s: $*"
  note "done in $((SECONDS - began)) s"
}

# configure_and_build PRESET [CMAKE BUILD ARGUMENT...]: brings build/PRESET up to date.
configure_and_build() {
  local preset="$1"
  shift
  cmake --preset "${preset}" && cmake --build --preset "${preset}" "$@"
}
