// Which agent runs a node whose cards nobody has registered.
//
// An agent that shares cards tells the kubelet a number of shares before it tells anybody the
// cards, and some never tell them in words that are read here. Taken for a stock plugin's, such a
// number would be handed out as whole cards, of pods that the agent cannot start without an
// assignment. So a node counts devices only where nothing says that an agent of that kind runs it.
//
// Signs, from the strongest to the weakest:
//   - annotations of agents that are not spoken to: of HAMi before its rename (4pd.io/...), and of
//     Volcano's vGPU plugin. Only agents write them.
//   - hami.io/node-handshake: "Reported ...", which agents up to HAMi 2.7 write. What else stands
//     there (Requesting_..., Deleted_...) is the scheduler's word: HAMi 2.10 writes it on every
//     node of a cluster, also where NVIDIA's own plugin runs, or no plugin at all.
//   - the label gpu=on, by which HAMi's chart chooses the nodes of its agent.
// Against them speaks what only NVIDIA's own stack says: resources that HAMi's agent never offers
// (shared under a name of their own, instances of MIG profiles), and labels of GPU Feature
// Discovery that tell as many devices as the kubelet has, or more. An agent that shares offers
// more.
//
// Pure functions, callable from any thread.
#ifndef API_DIALECTS_HAMI_AGENT_SIGNS_H_
#define API_DIALECTS_HAMI_AGENT_SIGNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tangram::api::hami {

// What a Node without a register says. Views must outlive the call.
struct AgentSigns {
  std::string_view foreign;                   // an annotation of an agent that is not spoken to
  std::optional<std::string_view> handshake;  // the value of hami.io/node-handshake
  bool selected = false;                      // label gpu=on
  // Devices of nvidia.com/gpu in allocatable, and whether it names others of NVIDIA's stack.
  std::optional<int64_t> gpus;
  bool stock_resources = false;
  // By the labels nvidia.com/gpu.count and gpu.replicas.
  std::optional<int64_t> cards_told;
  int64_t replicas_told = 1;
  // Devices of AMD's in allocatable, and whether AMD's node labeller describes them.
  int64_t amd_gpus = 0;
  bool amd_labels = false;
};

// Why the node's devices are no stock plugin's, for people; empty where they are, or where there
// are none.
std::string WhyUnregistered(const AgentSigns& signs);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_AGENT_SIGNS_H_
