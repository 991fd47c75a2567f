#!/usr/bin/env bash
# A real Kubernetes control plane on loopback, for tests and benches: etcd, kube-apiserver and, when
# wanted, kube-scheduler. No kubelet, no controller manager: the tests play those.
#
# The binaries come from the tool module tests/e2e/control-plane (go.mod and go.sum pin every byte)
# or from the folder that KUBEBUILDER_ASSETS names. Everything that runs lives in one folder (--dir):
# its logs, its ports, its tokens, its kubeconfigs. Two folders are two control planes.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly ROOT
readonly MODULE="$ROOT/tests/e2e/control-plane"
readonly BUILT="$ROOT/build/control-plane/bin"
readonly BINARIES=(etcd kube-apiserver kube-scheduler kubectl)
readonly KUBERNETES_VERSION=v1.36.3
readonly GO_NEEDED=1.26
# Identical flags give identical Go cache keys: a second tree builds in seconds.
readonly VERSION_PACKAGE=k8s.io/component-base/version
readonly LDFLAGS="-s -w -X $VERSION_PACKAGE.gitVersion=$KUBERNETES_VERSION -X $VERSION_PACKAGE.gitMajor=1 -X $VERSION_PACKAGE.gitMinor=36"

usage() {
  cat <<'TEXT'
control-plane.sh: a real Kubernetes control plane on loopback.

  control-plane.sh build                 build etcd, kube-apiserver, kube-scheduler and kubectl
  control-plane.sh up [options]          start what is not running yet, wait until it is ready
  control-plane.sh down [--dir D]        stop everything of D and wait until it is gone
  control-plane.sh status [--dir D]      say what runs; exit 0 when etcd and kube-apiserver do
  control-plane.sh start-scheduler --scheduler-config FILE [--name N] [--kubeconfig FILE] [--dir D]
                                         [--scheduler-flag FLAG]... (flags of kube-scheduler)
  control-plane.sh stop NAME [--kill] [--dir D]
                                         stop one process: etcd, apiserver, or a scheduler's name;
                                         'up' starts it again on the same port with the same data

Options of up:
  --dir D                   folder of this control plane (default build/control-plane/run)
  --scheduler-config FILE   also start kube-scheduler with this KubeSchedulerConfiguration
  --audit                   write an audit log, JSON lines, to D/audit.log: every write, and the
                            reads of Tangram's own account
  --fresh                   stop what runs in D and begin with an empty cluster

What up leaves in D:
  kubeconfig                          an administrator (group system:masters)
  kubeconfig-scheduler                user system:kube-scheduler
  kubeconfig-tangram                  service account kube-system/tangram (its rights: deploy/manifests)
  kubeconfig-tangram-scheduler        service account kube-system/tangram-scheduler
  kubeconfig-agent                    a node agent (group system:masters, a name of its own)
  env                                 KUBECONFIG, URLs, ports and paths, to be sourced by a shell
  *.log                               what each process said

Environment:
  KUBEBUILDER_ASSETS    folder that holds etcd, kube-apiserver, kube-scheduler and kubectl;
                        nothing is built then
  TANGRAM_BUILD_NICE    set it (to anything) to build at the lowest priority
TEXT
}

die() { echo "control-plane.sh: $*" >&2; exit 1; }
say() { echo "control-plane.sh: $*" >&2; }

assets() { echo "${KUBEBUILDER_ASSETS:-$BUILT}"; }

missing_assets() {
  local name
  for name in "${BINARIES[@]}"; do
    [[ -x "$(assets)/$name" ]] || echo "$name"
  done
}

# --- build ---------------------------------------------------------------------------------------

require_go() {
  command -v go >/dev/null || die "Go $GO_NEEDED is needed to build the control plane and no 'go' is" \
    "in PATH. Install it, or set KUBEBUILDER_ASSETS to a folder with ${BINARIES[*]}."
  local have
  have="$(cd "$MODULE" && go env GOVERSION 2>/dev/null)" || die "'go env GOVERSION' failed in $MODULE"
  have="${have#go}"
  [[ "$(printf '%s\n%s\n' "$GO_NEEDED" "$have" | sort -V | head -1)" == "$GO_NEEDED" ]] ||
    die "Go $GO_NEEDED or newer is needed, this is go$have."
}

build_stamp() {
  { cat "$MODULE/go.mod" "$MODULE/go.sum"; echo "$LDFLAGS CGO_ENABLED=0 -trimpath"; } | sha256sum | cut -d' ' -f1
}

build() {
  local absent
  if [[ -n "${KUBEBUILDER_ASSETS:-}" ]]; then
    absent="$(missing_assets | xargs)"
    [[ -z "$absent" ]] || die "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS does not hold: $absent." \
      "(setup-envtest brings no kube-scheduler.) Add it, or unset the variable to build all four."
    say "using the binaries of KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS, nothing to build"
    return
  fi
  local stamp name package began
  stamp="$(build_stamp)"
  mkdir -p "$BUILT"
  for name in "${BINARIES[@]}"; do
    if [[ -x "$BUILT/$name" && "$(cat "$BUILT/.$name.stamp" 2>/dev/null)" == "$stamp" ]]; then
      continue
    fi
    require_go
    package="k8s.io/kubernetes/cmd/$name"
    [[ "$name" == etcd ]] && package=go.etcd.io/etcd/server/v3
    began=$SECONDS
    say "building $name (minutes when the Go cache is cold, seconds when it is warm)"
    (
      cd "$MODULE"
      export CGO_ENABLED=0
      # Written beside and renamed: a build that is interrupted leaves no half binary.
      ${TANGRAM_BUILD_NICE:+nice -n 19} go build -trimpath -ldflags "$LDFLAGS" -o "$BUILT/$name.new" "$package"
    )
    mv "$BUILT/$name.new" "$BUILT/$name"
    echo "$stamp" >"$BUILT/.$name.stamp"
    say "built $name in $((SECONDS - began)) s"
  done
  say "all of ${BINARIES[*]} are up to date in $BUILT"
}

# --- processes -----------------------------------------------------------------------------------

# A pid file counts only while that process still runs our command line (pids are reused).
running() {
  local pid command
  pid="$(cat "$DIR/$1.pid" 2>/dev/null)" || return 1
  command="$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" || return 1
  # Between fork and exec there is no command line for a moment, as there is none of a zombie.
  if [[ -z "$command" ]]; then
    grep -q '^State:[[:space:]]*[RSD]' "/proc/$pid/status" 2>/dev/null
    return
  fi
  [[ "$command" == *"$DIR/"* ]]
}

launch() {
  local name="$1"
  shift
  echo "--- $(date -u +%FT%TZ) $*" >>"$DIR/$name.log"
  # A session of its own: Ctrl-C in the caller's terminal must not end etcd before kube-apiserver.
  setsid "$@" </dev/null >>"$DIR/$name.log" 2>&1 8>&- 9>&- &
  echo $! >"$DIR/$name.pid"
  disown
}

# Stops one process: SIGTERM (or SIGKILL), then waits. kube-apiserver keeps its port for seconds
# after SIGTERM, as long as watches are open, so after the grace time it is killed.
stop_process() {
  local name="$1" signal="${2:-TERM}" grace="${3:-8}" pid deadline
  if ! running "$name"; then
    rm -f "$DIR/$name.pid"
    return 0
  fi
  pid="$(cat "$DIR/$name.pid")"
  kill "-$signal" "$pid" 2>/dev/null || true
  deadline=$((SECONDS + grace))
  while running "$name"; do
    if ((SECONDS >= deadline)); then
      kill -KILL "$pid" 2>/dev/null || true
    fi
    sleep 0.05
  done
  rm -f "$DIR/$name.pid"
}

# Ports are taken below the kernel's ephemeral range, so that no outgoing connection of this machine
# occupies one between a stop and the next start.
free_port() {
  local port tries
  for ((tries = 0; tries < 200; tries++)); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if [[ " ${TAKEN_PORTS:-} " != *" $port "* ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      TAKEN_PORTS="${TAKEN_PORTS:-} $port"
      FREE_PORT=$port
      return
    fi
  done
  die "no free port between 20000 and 32000 on 127.0.0.1"
}

new_token() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

wait_until() {
  local what="$1" process="$2" seconds="$3" deadline
  shift 3
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    running "$process" || return 1
    if ((SECONDS >= deadline)); then
      tail -n 20 "$DIR/$process.log" >&2
      die "$what is not ready after $seconds s; its log is $DIR/$process.log"
    fi
    sleep 0.1
  done
}

# --- what is written into the folder -------------------------------------------------------------

write_kubeconfig() {
  local file="$1" user="$2" token="$3"
  (
    umask 077
    cat >"$DIR/$file" <<TEXT
apiVersion: v1
kind: Config
clusters:
- name: loopback
  cluster:
    server: https://127.0.0.1:$API_PORT
    certificate-authority: $DIR/certs/apiserver.crt
users:
- name: $user
  user:
    token: $token
contexts:
- name: loopback
  context: {cluster: loopback, user: $user}
current-context: loopback
TEXT
  )
}

write_identities() {
  local groups='system:serviceaccounts,system:serviceaccounts:kube-system,system:authenticated'
  [[ -s "$DIR/tokens.csv" ]] || (
    umask 077
    cat >"$DIR/tokens.csv" <<TEXT
$(new_token),admin,admin,"system:masters"
$(new_token),system:kube-scheduler,scheduler,"system:authenticated"
$(new_token),system:serviceaccount:kube-system:tangram,tangram,"$groups"
$(new_token),system:serviceaccount:kube-system:tangram-scheduler,tangram-scheduler,"$groups"
$(new_token),node-agent,agent,"system:masters"
TEXT
  )
  local token name uid rest
  while IFS=, read -r token name uid rest; do
    case "$uid" in
      admin) write_kubeconfig kubeconfig "$name" "$token" ;;
      *) write_kubeconfig "kubeconfig-$uid" "$name" "$token" ;;
    esac
  done <"$DIR/tokens.csv"
}

write_audit_policy() {
  cat >"$DIR/audit-policy.yaml" <<'TEXT'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: None
  users: ["system:apiserver"]
- level: None
  resources: [{group: coordination.k8s.io}]
- level: Metadata
  users: ["system:serviceaccount:kube-system:tangram"]
- level: None
  verbs: [get, list, watch]
- level: Metadata
TEXT
}

write_env() {
  cat >"$DIR/env" <<TEXT
KUBECONFIG='$DIR/kubeconfig'
CONTROL_PLANE_DIR='$DIR'
CONTROL_PLANE_BIN='$(assets)'
API_SERVER_URL='https://127.0.0.1:$API_PORT'
API_SERVER_CA='$DIR/certs/apiserver.crt'
ETCD_URL='http://127.0.0.1:$ETCD_PORT'
AUDIT_LOG='$([[ -n "$AUDIT" ]] && echo "$DIR/audit.log")'
API_PORT=$API_PORT
ETCD_PORT=$ETCD_PORT
ETCD_PEER_PORT=$ETCD_PEER_PORT
AUDIT=$AUDIT
TEXT
}

# --- etcd, kube-apiserver, kube-scheduler ----------------------------------------------------------

choose_ports() {
  free_port; ETCD_PORT=$FREE_PORT
  free_port; ETCD_PEER_PORT=$FREE_PORT
  free_port; API_PORT=$FREE_PORT
}

start_etcd() {
  local client="http://127.0.0.1:$ETCD_PORT" peer="http://127.0.0.1:$ETCD_PEER_PORT"
  launch etcd "$(assets)/etcd" --data-dir="$DIR/etcd" --listen-client-urls="$client" \
    --advertise-client-urls="$client" --listen-peer-urls="$peer" --initial-advertise-peer-urls="$peer" \
    --initial-cluster="default=$peer" --unsafe-no-fsync --log-level=warn
  wait_until etcd etcd 30 bash -c "exec 3<>/dev/tcp/127.0.0.1/$ETCD_PORT"
}

start_apiserver() {
  local audit=()
  if [[ -n "$AUDIT" ]]; then
    write_audit_policy
    audit=(--audit-policy-file="$DIR/audit-policy.yaml" --audit-log-path="$DIR/audit.log" --audit-log-maxsize=2000)
  fi
  [[ -s "$DIR/service-account.key" ]] ||
    (umask 077; openssl ecparam -genkey -name prime256v1 -noout -out "$DIR/service-account.key") ||
    die "openssl is needed to make the service account key (apt-get install openssl)"
  # ServiceAccount: no controller makes the 'default' account. TaintNodesByCondition: nobody would
  # take the not-ready taint away again.
  launch apiserver "$(assets)/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
    --cert-dir="$DIR/certs" --bind-address=127.0.0.1 --secure-port="$API_PORT" \
    --service-cluster-ip-range=10.0.0.0/24 --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$DIR/service-account.key" \
    --service-account-signing-key-file="$DIR/service-account.key" \
    --token-auth-file="$DIR/tokens.csv" --authorization-mode=RBAC \
    --disable-admission-plugins=ServiceAccount,TaintNodesByCondition \
    --endpoint-reconciler-type=none --allow-privileged --v=1 "${audit[@]}"
  wait_until kube-apiserver apiserver 90 \
    "$(assets)/kubectl" --kubeconfig "$DIR/kubeconfig" --request-timeout=2s get --raw /readyz
}

start_scheduler() {
  local name="$1" config="$2" kubeconfig="${3:-$DIR/kubeconfig-scheduler}"
  [[ -r "$config" ]] || die "--scheduler-config: cannot read '$config'"
  [[ "$name" != etcd && "$name" != apiserver && "$name" =~ ^[a-z0-9-]+$ ]] ||
    die "--name: '$name' is not a name for a scheduler (lower-case letters, digits, '-')"
  if running "$name"; then
    say "$name runs already"
    return
  fi
  free_port
  launch "$name" "$(assets)/kube-scheduler" --config="$config" --authentication-kubeconfig="$kubeconfig" \
    --authorization-kubeconfig="$kubeconfig" --authentication-skip-lookup=true \
    --authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics \
    --bind-address=127.0.0.1 --secure-port="$FREE_PORT" --cert-dir="$DIR/certs-$name" --v=2 \
    "${SCHEDULER_FLAGS[@]}"
  wait_until "$name" "$name" 40 bash -c "exec 3<>/dev/tcp/127.0.0.1/$FREE_PORT" ||
    { tail -n 20 "$DIR/$name.log" >&2; die "$name ended at once; its log is $DIR/$name.log"; }
  echo "$FREE_PORT" >"$DIR/$name.port"
}

# --- commands ------------------------------------------------------------------------------------

lock_dir() {
  mkdir -p "$DIR"
  exec 9>"$DIR/.lock"
  flock -w 120 9 || die "another control-plane.sh works on $DIR"
}

start_pair() {
  running etcd || start_etcd || return 1
  running apiserver || start_apiserver || return 1
}

up() {
  local absent began=$SECONDS wants_audit="$AUDIT" tries
  absent="$(missing_assets | xargs)"
  [[ -z "$absent" ]] || die "not found in $(assets): $absent. Run '$0 build' first" \
    "${KUBEBUILDER_ASSETS:+(or unset KUBEBUILDER_ASSETS)}"
  lock_dir
  if [[ -n "$FRESH" ]]; then
    # Only what this script made is thrown away, never a folder that was named by mistake.
    [[ -e "$DIR/tokens.csv" || -z "$(find "$DIR" -mindepth 1 ! -name .lock -print -quit)" ]] ||
      die "--fresh: $DIR holds other things than a control plane; name another --dir"
    stop_all
    find "$DIR" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf {} +
  fi
  if [[ -r "$DIR/env" ]]; then
    # shellcheck disable=SC1091
    source "$DIR/env"
    if [[ -n "$wants_audit" && -z "$AUDIT" ]]; then
      die "$DIR was started without --audit; run 'down' first, or use --fresh"
    fi
  fi
  for tries in 1 2 3; do
    # The ports of a folder stay, so that clients survive a restart; a new folder chooses them.
    [[ -r "$DIR/env" ]] || choose_ports
    write_identities
    if start_pair; then
      write_env
      break
    fi
    [[ ! -r "$DIR/env" && $tries -lt 3 ]] || {
      tail -n 5 "$DIR/etcd.log" "$DIR/apiserver.log" >&2 || true
      die "the control plane does not start; see $DIR/etcd.log and $DIR/apiserver.log"
    }
    stop_all
  done
  [[ -z "$SCHEDULER_CONFIG" ]] || start_scheduler "$NAME" "$SCHEDULER_CONFIG" "$KUBECONFIG_FILE"
  say "up after $((SECONDS - began)) s: https://127.0.0.1:$API_PORT, kubeconfig $DIR/kubeconfig"
}

process_names() {
  local file
  for file in "$DIR"/*.pid; do
    [[ -e "$file" ]] && basename "$file" .pid
  done
  return 0
}

# Clients first, then kube-apiserver, then etcd, so that nobody complains about the one below.
stop_all() {
  local name
  for name in $(process_names); do
    [[ "$name" == etcd || "$name" == apiserver ]] || stop_process "$name" TERM 3
  done
  stop_process apiserver TERM 4
  stop_process etcd TERM 5
}

down() {
  if [[ ! -d "$DIR" ]]; then
    say "nothing runs in $DIR"
    return
  fi
  lock_dir
  stop_all
  say "down: $DIR"
}

status() {
  local name code=0
  for name in etcd apiserver; do
    if running "$name"; then
      echo "$name: running, pid $(cat "$DIR/$name.pid")"
    else
      echo "$name: not running"
      code=3
    fi
  done
  for name in $(process_names); do
    [[ "$name" == etcd || "$name" == apiserver ]] && continue
    if running "$name"; then
      echo "$name: running, pid $(cat "$DIR/$name.pid")"
    else
      echo "$name: not running"
    fi
  done
  return $code
}

main() {
  local command="${1:-}"
  [[ $# -gt 0 ]] && shift
  DIR="$ROOT/build/control-plane/run" AUDIT='' FRESH='' SCHEDULER_CONFIG='' NAME=scheduler KILL='' KUBECONFIG_FILE=''
  SCHEDULER_FLAGS=()
  local target=''
  if [[ "$command" == stop ]]; then
    target="${1:-}"
    [[ -n "$target" && "$target" != --* ]] || die "stop: which process? etcd, apiserver or a scheduler's name"
    shift
  fi
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --dir | --scheduler-config | --scheduler-flag | --name | --kubeconfig)
        [[ $# -ge 2 ]] || die "$1 needs a value; see '$0 --help'"
        ;;&
      --dir) DIR="$(realpath -m "$2")"; shift 2 ;;
      --scheduler-config) SCHEDULER_CONFIG="$2"; shift 2 ;;
      --scheduler-flag) SCHEDULER_FLAGS+=("$2"); shift 2 ;;
      --name) NAME="$2"; shift 2 ;;
      --kubeconfig) KUBECONFIG_FILE="$2"; shift 2 ;;
      --audit) AUDIT=1; shift ;;
      --fresh) FRESH=1; shift ;;
      --kill) KILL=1; shift ;;
      -h | --help) usage; return ;;
      *) die "unknown option '$1'; see '$0 --help'" ;;
    esac
  done
  case "$command" in
    build) build ;;
    up) up ;;
    down) down ;;
    status) status ;;
    start-scheduler)
      [[ -n "$SCHEDULER_CONFIG" ]] || die "start-scheduler needs --scheduler-config FILE"
      lock_dir
      running apiserver || die "kube-apiserver does not run in $DIR; run '$0 up --dir $DIR' first"
      start_scheduler "$NAME" "$SCHEDULER_CONFIG" "$KUBECONFIG_FILE"
      ;;
    stop)
      lock_dir
      stop_process "$target" "$([[ -n "$KILL" ]] && echo KILL || echo TERM)"
      ;;
    -h | --help | help) usage ;;
    '') usage >&2; exit 2 ;;
    *) die "unknown command '$command'; see '$0 --help'" ;;
  esac
}

main "$@"
