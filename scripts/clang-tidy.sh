#!/usr/bin/env bash
# Runs clang-tidy 14 over the C++ files that changed, with the compile commands of preset
# `clang-tidy`. scripts/clang_tidy.py chooses the files and remembers which were clean.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case "${1:-}" in
  --help | -h) exec python3 scripts/clang_tidy.py --help ;;
esac
command -v clang-tidy-14 >/dev/null ||
  die "clang-tidy-14 is missing; scripts/install-dependencies.sh --test installs it"
cmake --preset clang-tidy >"${TANGRAM_LOGS}/clang-tidy-configure.log" 2>&1 </dev/null || {
  tail -n 40 "${TANGRAM_LOGS}/clang-tidy-configure.log" >&2
  die "preset clang-tidy does not configure"
}
exec python3 scripts/clang_tidy.py "$@"
