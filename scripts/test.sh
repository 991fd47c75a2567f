#!/usr/bin/env bash
# The one command that says whether this tree is sound. Installs, builds and tests; everything is
# kept in build/, so a second run takes seconds where nothing changed.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/test.sh [--e2e] [--help]

Without an option, about ten minutes on two cores the first time, seconds after that:
  1. install the packages that are missing (apt, Debian 12)
  2. tidy: layering, file and function size, formatting, banned words
  3. build preset `dev` and run the unit tests

With --e2e also, about an hour at most the first time on two cores:
  4. preset `release`: the binary that the end-to-end tests run
  5. presets `asan-ubsan` and `tsan`: model and scheduler and their tests
  6. clang-tidy over the files that changed (scripts/clang-tidy.sh)
  7. the readers of files under a fuzzer, 20 seconds each (scripts/fuzz.sh)
  8. end to end: Tangram under a real etcd, kube-apiserver and kube-scheduler. They are built
     from pinned Go modules while steps 2 to 7 run, which needs Go 1.26 or newer. Reports are
     looked at in a browser (Debian's chromium, installed in step 1).

Environment:
  TANGRAM_DATA_DIR            recorded placements and wire bodies; unset, those tests skip
  CMAKE_BUILD_PARALLEL_LEVEL  compilers at once (default: the number of cores)
  KUBEBUILDER_ASSETS          a folder with ready-made control plane binaries

The last lines are the test runner's own. Logs of the builds are in build/logs.
HELP
}

e2e=false
for argument in "$@"; do
  case "${argument}" in
    --e2e) e2e=true ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '${argument}'" ;;
  esac
done

# The end-to-end tests cannot do without Go: better said now than after half an hour.
require_go() {
  local found need="the end-to-end tests need Go 1.26 or newer to build the control plane"
  [[ -x "${KUBEBUILDER_ASSETS:-}/kube-scheduler" ]] && return
  command -v go >/dev/null || die "${need}, and there is no 'go' in PATH"
  found="$(GOTOOLCHAIN=local go env GOVERSION)"
  printf '%s\n' go1.26 "${found}" | sort --version-sort --check=quiet ||
    die "${need}, and 'go' is ${found}"
}

# The control plane is built behind everything else, in a process group of its own so that an
# early end of this script takes it along.
control_plane_pid=''
start_control_plane_build() {
  say "Building the control plane in the background, at low priority"
  setsid nice -n 19 scripts/control-plane.sh build \
    >"${TANGRAM_LOGS}/control-plane.log" 2>&1 </dev/null &
  control_plane_pid=$!
  trap '[[ -z "${control_plane_pid}" ]] || kill -- "-${control_plane_pid}" 2>/dev/null || true' EXIT
}

# Waits for it to end. On failure shows why.
finish_control_plane_build() {
  local pid="${control_plane_pid}" status=0
  [[ -n "${pid}" ]] || return 0
  wait "${pid}" || status=$?
  control_plane_pid=''
  ((status == 0)) && return
  tail -n 100 "${TANGRAM_LOGS}/control-plane.log" >&2
  note "all of this output is in build/logs/control-plane.log"
  die "the control plane did not build (status ${status})"
}

# Called between steps: a build that has failed already is no reason to go on for half an hour.
check_control_plane_build() {
  [[ -z "${control_plane_pid}" ]] || kill -0 "${control_plane_pid}" 2>/dev/null ||
    finish_control_plane_build
}

run_tidy() {
  python3 -m unittest discover --start-directory tests/tidy --pattern '*_test.py'
}

"${e2e}" && require_go
packages=--test
"${e2e}" && packages=--e2e
run_step install "Installing what is missing" scripts/install-dependencies.sh "${packages}"
"${e2e}" && start_control_plane_build
show_step "Tidy: layering, sizes, formatting, words" run_tidy
run_step build-dev "Building preset dev" configure_and_build dev
[[ -n "${TANGRAM_DATA_DIR:-}" ]] ||
  note "TANGRAM_DATA_DIR is not set: the tests on recorded data will skip"

if ! "${e2e}"; then
  say "Unit tests (total so far: ${SECONDS} s)"
  exec ctest --preset dev --parallel "${CMAKE_BUILD_PARALLEL_LEVEL}"
fi

show_step "Unit tests" ctest --preset dev --parallel "${CMAKE_BUILD_PARALLEL_LEVEL}"
check_control_plane_build
run_step build-release "Building preset release" configure_and_build release
for preset in asan-ubsan tsan; do
  check_control_plane_build
  run_step "build-${preset}" "Building preset ${preset}" configure_and_build "${preset}"
  show_step "Unit tests of model and scheduler under ${preset}" \
    ctest --preset "${preset}" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL}"
done
show_step "clang-tidy on the files that changed" scripts/clang-tidy.sh --minutes 10
check_control_plane_build
run_step build-fuzz "Building preset fuzz" configure_and_build fuzz
run_step fuzz "Fuzzing the readers of files" scripts/fuzz.sh --seconds 20
run_step e2e-venv "Preparing the Python of the end-to-end tests" scripts/e2e-venv.sh
say "Waiting for the build of the control plane"
finish_control_plane_build

say "End-to-end tests (total so far: ${SECONDS} s)"
exec build/e2e-venv/bin/python -m pytest tests/e2e
