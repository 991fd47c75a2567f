// The one table of the options of `tangram serve`.
#include <cctype>
#include <string>

#include "api/cli/serve_options.h"

namespace tangram::api::cli {
namespace {

constexpr OptionRow kOptions[] = {
    {"config", "FILE", "", "YAML file of these options, keys without the dashes"},
    {"kubeconfig", "FILE", "",
     "API server to use; default: the pod's service account, else what kubectl would use"},
    {"context", "NAME", "", "context of the kubeconfig; default: its current one"},
    {"cluster", "FILE", "",
     "no API server: nodes and pods from FILE (kubectl get nodes,pods -A -o yaml, or a short\n"
     "scenario), binds kept in FILE.journal"},
    {"journal", "on|off", "on", "with --cluster: off keeps binds in memory only"},
    {"listen", "ADDRESS:PORT", "127.0.0.1:9440", "where to serve; port 0 takes a free one"},
    {"node-policy", "POLICY", "tangram",
     "how nodes rank: tangram (keeps what can still be sold, docs/placement.md), binpack, spread,\n"
     "best-fit, dotprod, fgd, gpu-clustering, gpu-packing"},
    {"profile-policies", "PROFILE=POLICY,...", "",
     "node policies for pods of some profiles of kube-scheduler (spec.schedulerName), as\n"
     "batch=binpack,default-scheduler=spread"},
    {"card-policy", "POLICY", "spread",
     "how the cards of a node rank: binpack, spread, mutex, numa, or several with commas"},
    {"mig-policy", "POLICY", "tangram",
     "where instances are made on cards in MIG mode: first-fit, best-fit, mfi, fgd-mig, tangram"},
    {"candidates", "all|N|auto|best-class", "auto",
     "how many fitting nodes filter answers with; auto: all up to 128, else the best 64"},
    {"node-lock", "auto|on|off", "auto",
     "HAMi's node lock around a bind; auto: where HAMi's device plugin registered the node"},
    {"hold-ttl", "DURATION", "2s",
     "how long filter's place is kept for a pod that is not bound yet"},
    {"bind-wait", "DURATION", "25s",
     "how long a bind may wait for a node lock; keep it below the extender's httpTimeout"},
    {"request-timeout", "DURATION", "60s",
     "kube-apiserver's own --request-timeout: so long a write that it did not answer may take "
     "effect"},
    {"settle", "DURATION", "60s",
     "so long after the start the last writes of a Tangram that died may take effect; only a bind\n"
     "that could meet one waits"},
    {"unaccounted", "close|ignore", "close",
     "whether a bound pod whose cards are unknown closes its node to new GPU pods"},
    {"record", "FILE", "",
     "write all that decisions depend on, and the decisions, for tangram simulate replay; packed\n"
     "when the name ends in .gz; a file that is there becomes FILE.old"},
    {"body-limit", "SIZE", "16MiB", "longest request body"},
    {"allow-old-server", "", "false", "accept an API server older than 1.32"},
    {"log-level", "LEVEL", "info", "trace, debug, info, warn, error or off"},
};

}  // namespace

std::span<const OptionRow> ServeOptionTable() { return kOptions; }

std::string EnvironmentName(std::string_view option) {
  std::string name = "TANGRAM_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace tangram::api::cli
