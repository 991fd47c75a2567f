#!/usr/bin/env bash
# Shows in a minute what Tangram does, without a cluster: a dozen pods of different shapes are
# placed on the cards of examples/cluster.yaml, and one that does not fit is told why.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ $# -gt 0 ]]; then
  echo "Usage: scripts/demo.sh    (no options; needs Debian 12, as root or with sudo)"
  [[ "$1" == --help || "$1" == -h ]] && exit 0 || exit 2
fi

readonly TANGRAM=build/release/tangram
scratch="$(mktemp -d)"
server_pid=''
cleanup() {
  if [[ -n "${server_pid}" ]]; then
    kill "${server_pid}" 2>/dev/null || true
    wait "${server_pid}" 2>/dev/null || true
  fi
  rm -rf "${scratch}"
}
trap cleanup EXIT

# Prints a port that nobody listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Whether the server on port $1 answers /readyz with 200.
is_ready() {
  local answer
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  read -r -t 2 answer <&3 || answer=''
  exec 3>&-
  [[ "${answer}" == "HTTP/1.1 200"* ]]
}

# Starts the server on its own copy of the cluster file, so that every demo begins empty.
start_server() {
  cp examples/cluster.yaml "${scratch}/cluster.yaml"
  "${TANGRAM}" serve --cluster "${scratch}/cluster.yaml" --listen "127.0.0.1:${port}" \
    >"${scratch}/server.log" 2>&1 </dev/null &
  server_pid=$!
  local deadline=$((SECONDS + 20))
  until is_ready "${port}"; do
    if ! kill -0 "${server_pid}" 2>/dev/null || ((SECONDS > deadline)); then
      cat "${scratch}/server.log" >&2
      die "the server did not become ready"
    fi
    sleep 0.1
  done
}

# Runs a command of tangram as a person would type it, showing the line first.
tangram() {
  printf '%s$ tangram %s%s\n' "${BOLD}" "$*" "${PLAIN}"
  "${TANGRAM}" "$@"
}

run_step install "Installing what is missing" scripts/install-dependencies.sh --build
building="Building the release binary (some minutes the first time, seconds after that)"
if [[ -t 1 ]]; then
  say "${building}"
  configure_and_build release --target tangram || die "the build failed"
else
  run_step build-release "${building}" configure_and_build release --target tangram
fi

port="$(free_port)"
readonly url="http://127.0.0.1:${port}"
say "Starting the scheduler extender on ${url}; the cluster is examples/cluster.yaml"
start_server

say "Submitting a dozen pods, as kube-scheduler would: filter, prioritize, bind"
tangram submit --url "${url}" -f examples/pods.yaml

say "What is on which card now"
tangram top --url "${url}"

say "One more pod wants four whole cards of one node; Tangram says why not"
status=0
tangram submit --url "${url}" -f examples/does-not-fit.yaml || status=$?
((status == 1)) || die "this pod had to be refused with exit status 1, not ${status}"

say "Stopping the server. That was Tangram; README.md says how to put it beside kube-scheduler"
