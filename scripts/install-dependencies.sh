#!/usr/bin/env bash
# Installs what Tangram is built and tested with from Debian 12's packages. Nothing is fetched
# from anywhere else, and nothing is touched when all of it is there already.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: scripts/install-dependencies.sh [--build | --test | --e2e]

  --build   what the tangram binary needs: compiler, CMake and the libraries
  --test    that, and what the tests, benchmarks and checks need (the default)
  --e2e     that, and the browser in which the end-to-end tests look at reports
  --help    this text

Packages that are installed already are left alone. Uses sudo when not run as root.
HELP
}

BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config
  libabsl-dev libboost1.81-dev libcli11-dev libcpp-httplib-dev libbrotli-dev libsimdjson-dev
  libspdlog-dev libssl-dev libyaml-cpp-dev libyaml-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
  python3
)
TEST_PACKAGES=(
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
  libbenchmark-dev libgmock-dev libgtest-dev
  git openssl python3-venv
)
E2E_PACKAGES=(chromium)

case "${1:---test}" in
  --build) wanted=("${BUILD_PACKAGES[@]}") ;;
  --test) wanted=("${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}") ;;
  --e2e) wanted=("${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${E2E_PACKAGES[@]}") ;;
  --help | -h) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

# Prints the packages of "$@" that are not installed, one a line.
missing_of() {
  local package state
  for package in "$@"; do
    # shellcheck disable=SC2016 # the dollar sign is dpkg-query's.
    state="$(dpkg-query -W -f '${db:Status-Status}' "${package}" 2>/dev/null || true)"
    [[ "${state}" == installed ]] || printf '%s\n' "${package}"
  done
}

if ! command -v dpkg-query >/dev/null; then
  echo "error: this script knows Debian's packages only; install by hand: ${wanted[*]}" >&2
  exit 1
fi
mapfile -t missing < <(missing_of "${wanted[@]}")
if ((${#missing[@]} == 0)); then
  echo "All ${#wanted[@]} packages are installed."
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "error: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} of ${#wanted[@]} packages: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3)
"${apt[@]}" update
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null
