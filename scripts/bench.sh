#!/usr/bin/env bash
# The benches, one command each. Installs what is missing, builds what it measures (build/bench, as
# the release preset builds) and says at the end which claims hold.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/bench.sh verbs|policies|burst|memory|placement|mig|mig-verbs|simulator|decisions
       [options of that bench]

  verbs      latency of filter, prioritize and bind at 100, 1,000 and 5,000 nodes x 8 GPUs, beside
             what the HTTP server alone needs; about five minutes
  policies   latency of filter and prioritize under the policy `tangram` beside `binpack`, and how it
             grows with nodes and with different nodes; about ten minutes
  burst      pods per second through a real kube-scheduler, beside the same without an extender and
             with one that does nothing; an hour, see --nodes, --only and --rounds
  memory     peak memory with 5,000 nodes and 20,000 pods, and start to ready beside kubectl; about
             ten minutes
  placement  how much each policy fills of the OpenB cluster, and keeps in use where pods come and
             go, beside the published figures; needs TANGRAM_DATA_DIR; about six minutes
  mig        how many requests for MIG instances each policy accepts, beside measured values, and
             when it has to learn the mix; half an hour, three minutes of it without --only learned
  mig-verbs  latency of filter at 1,000 nodes x 8 cards in MIG mode
  simulator  how long simulated runs take: the OpenB cluster, and clusters of 1,000 to 100,000
             nodes; about ten minutes
  decisions  filter and prioritize without HTTP (Google Benchmark)

  scripts/bench.sh BENCH --help   shows the options of that bench

burst and memory run etcd, kube-apiserver and kube-scheduler, which are built when they are not there
(Go 1.26, or KUBEBUILDER_ASSETS). Close everything else: the figures are about this machine.

Environment:
  TANGRAM_BINARY    the binary to measure instead of building one
HELP
}

readonly BUILD=build/bench

build() {
  cmake -S . -B "${BUILD}" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS_RELEASE='-O2 -DNDEBUG' -DTANGRAM_TESTS=OFF -DTANGRAM_BENCH=ON \
    -DTANGRAM_TOGETHER=ON &&
    cmake --build "${BUILD}" --target "$@"
}

python_bench() {
  run_step bench-venv "Preparing the Python of the end-to-end tests" scripts/e2e-venv.sh
  run_step bench-control-plane "Preparing the control plane" scripts/control-plane.sh build
  exec build/e2e-venv/bin/python "$@"
}

bench="${1:-}"
[[ $# -gt 0 ]] && shift
case "${bench}" in
  verbs | policies | burst | memory | placement | mig | mig-verbs | simulator | decisions) ;;
  --help | -h) usage && exit 0 ;;
  *) usage >&2 && die "which bench? '${bench}' is none" ;;
esac

packages=--test
[[ -n "${TANGRAM_BINARY:-}" && "${bench}" != decisions ]] && packages=--build
run_step bench-install "Installing what is missing" scripts/install-dependencies.sh "${packages}"

targets=()
[[ -n "${TANGRAM_BINARY:-}" || "${bench}" == decisions ]] || targets+=(tangram)
case "${bench}" in
  verbs | memory) targets+=(verbs) ;;
  policies) targets+=(policies) ;;
  burst) targets+=(trivial_extender) ;;
  decisions) targets+=(placement_benchmark) ;;
esac
export CCACHE_BASEDIR="${TANGRAM_ROOT}" CCACHE_NOHASHDIR=true
[[ ${#targets[@]} -eq 0 ]] || run_step bench-build "Building ${targets[*]}" build "${targets[@]}"
tangram="${TANGRAM_BINARY:-${TANGRAM_ROOT}/${BUILD}/tangram}"

case "${bench}" in
  verbs) exec "${BUILD}/bench/verbs" --tangram "${tangram}" --scratch "${BUILD}/scratch" "$@" ;;
  policies) exec "${BUILD}/bench/policies" --tangram "${tangram}" --scratch "${BUILD}/scratch" "$@" ;;
  simulator) exec python3 bench/simulator.py --tangram "${tangram}" "$@" ;;
  decisions) exec "${BUILD}/bench/placement_benchmark" "$@" ;;
  placement) exec python3 bench/placement.py --tangram "${tangram}" "$@" ;;
  mig-verbs) exec python3 bench/mig_verbs.py --tangram "${tangram}" "$@" ;;
  mig) exec python3 bench/mig.py --tangram "${tangram}" "$@" ;;
  memory) python_bench bench/memory.py --tangram "${tangram}" --verbs "${BUILD}/bench/verbs" "$@" ;;
  burst)
    python_bench bench/burst.py --tangram "${tangram}" \
      --trivial "${BUILD}/bench/trivial_extender" --json "${BUILD}/burst.json" "$@"
    ;;
esac
