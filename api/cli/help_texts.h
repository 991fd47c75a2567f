// The longer texts of `--help`.
#ifndef API_CLI_HELP_TEXTS_H_
#define API_CLI_HELP_TEXTS_H_

#include <string_view>

namespace tangram::api::cli {

inline constexpr std::string_view kAbout =
    "Tangram places pods that ask for a slice of a GPU. It is a kube-scheduler extender, and it\n"
    "runs without a cluster as well.";

inline constexpr std::string_view kMainFooter = R"(Examples:
  tangram serve --cluster examples/cluster.yaml     a cluster from a file, no API server
  tangram submit -f examples/pods.yaml              place pods on it
  tangram top                                       what is on which card
  tangram explain --mig                             how to cut MIG cards for who waits
  tangram serve --kubeconfig ~/.kube/config         beside a kube-scheduler

Each command has its own help: tangram serve --help)";

inline constexpr std::string_view kSimulateAbout = "Placement tried out, without a cluster.";

inline constexpr std::string_view kSimulateFooter =
    R"(tangram simulate COMMAND --help says what it needs and what it prints.)";

inline constexpr std::string_view kServeAbout = "Serve the extender.";

inline constexpr std::string_view kServeFooter =
    R"(Routes: POST /filter, /prioritize, /bind; GET /healthz, /readyz, /version, /metrics, /top, /mig;
with --cluster also DELETE /pods/NAMESPACE/NAME.

Every option is also a key of the --config file (node-policy: spread) and an environment
variable (TANGRAM_NODE_POLICY=spread). The flag counts before the variable, the variable
before the file. Unknown keys are errors. DURATION is 500ms, 2s, 1m; SIZE is 512KiB, 16MiB.

SIGTERM or SIGINT: answers /readyz with 503, lets requests end for up to 10 s, stops.
A second signal stops at once.

Exit codes:
  0  stopped by a signal
  2  wrong options or configuration, or the address, file or API server cannot be used

Examples:
  tangram serve --cluster examples/cluster.yaml --listen 127.0.0.1:9440
  tangram serve --kubeconfig ~/.kube/config --node-policy spread
  tangram serve --config /etc/tangram.yaml --check-config
  TANGRAM_LOG_LEVEL=debug tangram serve --cluster examples/cluster.yaml)";

inline constexpr std::string_view kSubmitAbout = "Place pods, playing kube-scheduler.";

inline constexpr std::string_view kSubmitFooter =
    R"(Asks filter, then prioritize when two or more nodes are left, takes the highest score (ties by
name), and binds, for each pod in turn. Works against any extender with nodeCacheCapable: true.
Pods without a namespace get "default", pods without a uid a random one.

Exit codes:
  0  every pod was bound
  1  some pod was not bound (the reasons are printed)
  2  wrong usage, unreadable file, or no connection

Examples:
  tangram submit -f examples/pods.yaml
  tangram submit --url http://127.0.0.1:9440 --nodes gpu-1,gpu-2 -f pod.yaml -o json
  tangram submit --delete default/train-1)";

inline constexpr std::string_view kTopAbout = "Show what is taken from every card, and by whom.";

inline constexpr std::string_view kTopFooter =
    R"(A card taken beyond what it has is marked "over-committed"; a node with a bound pod whose
cards are unknown is marked "closed". Colours on a terminal only, none with NO_COLOR set.

Exit codes:
  0  shown
  2  wrong usage, unreadable file, or no connection

Examples:
  tangram top
  tangram top --cluster examples/cluster.yaml
  tangram top --kubeconfig ~/.kube/config -o json)";

inline constexpr std::string_view kExplainAbout =
    "Show how MIG cards would have to be cut for the pods that wait.";

inline constexpr std::string_view kExplainFooter =
    R"(Compares how the cards are cut with the layouts that serve most of what is in use and waited for
together. Nothing is changed: -o yaml prints a configuration for NVIDIA's mig-parted or MIG manager,
and pods must leave a card before it is cut anew. Where the MIG manager cuts, the cards of a node are
the fewest that have such instances; selectors of the pods are not looked at. The same for one group
of nodes: tangram simulate plan-mig --kubeconfig FILE -l LABELS. Questions about one pod are answered
by tangram simulate explain.

Exit codes:
  0  shown
  1  no card is cut, or nothing waits for an instance that a card could have
  2  wrong usage, or no connection

Examples:
  tangram explain --mig
  tangram explain --mig --url http://127.0.0.1:9440 -o yaml >mig-parted.yaml)";

inline constexpr std::string_view kConfigAbout =
    "Print configurations of others that go with this program.";

inline constexpr std::string_view kSchedulerConfigAbout =
    "Print a KubeSchedulerConfiguration that names Tangram as extender.";

inline constexpr std::string_view kSchedulerConfigFooter =
    R"(With a cluster, every resource that a node of it offers or a pod asks for by count is listed as
managed: names allow no wildcard, so that a new MIG profile in the cluster needs a new file.
What a DeviceClass gives out is left out, and said on stderr.

Exit codes:
  0  printed
  2  wrong usage, unreadable file, or no connection

Examples:
  tangram config kube-scheduler
  tangram config kube-scheduler --layout second --kubeconfig ~/.kube/config
  kubectl get nodes,pods -A -o yaml > dump.yaml; tangram config kube-scheduler --cluster dump.yaml)";

}  // namespace tangram::api::cli

#endif  // API_CLI_HELP_TEXTS_H_
