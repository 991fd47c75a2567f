#!/usr/bin/env bash
# Makes build/e2e-venv, the Python of the end-to-end tests, exactly as
# tests/e2e/requirements.txt pins it. Does nothing when it is there and the pins have not changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly VENV=build/e2e-venv
readonly REQUIREMENTS=tests/e2e/requirements.txt

if [[ "${1:-}" == --help ]]; then
  echo "Usage: scripts/e2e-venv.sh    makes ${VENV} from ${REQUIREMENTS}"
  exit 0
fi
[[ -f "${REQUIREMENTS}" ]] || { echo "error: ${REQUIREMENTS} is missing" >&2; exit 1; }

# The stamp is written last, so an interrupted run is never taken for a finished one. It names the
# place too, because a virtual environment does not survive being moved.
wanted="$(python3 --version) ${PWD} $(sha256sum "${REQUIREMENTS}")"
if [[ -f "${VENV}/stamp" && "$(cat "${VENV}/stamp")" == "${wanted}" ]]; then
  echo "${VENV} is up to date."
  exit 0
fi
rm -rf "${VENV}"
python3 -m venv "${VENV}"
"${VENV}/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
  --retries 3 -r "${REQUIREMENTS}"
printf '%s\n' "${wanted}" >"${VENV}/stamp"
echo "${VENV} is ready."
