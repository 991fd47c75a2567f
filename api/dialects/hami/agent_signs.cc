#include "api/dialects/hami/agent_signs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/text.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::ToAbsl;

// Whether labels account for every device that the kubelet has.
bool LabelsAccountForAll(const AgentSigns& signs) {
  if (!signs.cards_told.has_value() || !signs.gpus.has_value()) return false;
  // Both are below 2^31.
  return *signs.gpus <= *signs.cards_told * std::max<int64_t>(signs.replicas_told, 1);
}

}  // namespace

std::string WhyUnregistered(const AgentSigns& signs) {
  if (!signs.foreign.empty()) {
    return absl::StrCat("annotation ", ToAbsl(signs.foreign),
                        ": an agent of other words shares the cards, and ", ToAbsl(kNodeRegister),
                        " is missing; remove the annotation if that agent is gone");
  }
  if (signs.stock_resources) return "";
  const bool reported =
      signs.handshake.has_value() && Trim(*signs.handshake).starts_with("Reported");
  const bool accounted = LabelsAccountForAll(signs);
  const bool some = signs.gpus.value_or(0) > 0;
  if (reported || (signs.selected && (signs.handshake.has_value() || !accounted))) {
    return absl::StrCat(reported ? "annotation hami.io/node-handshake" : "label gpu=on",
                        ": HAMi's agent shares the cards, and has not registered them yet (",
                        ToAbsl(kNodeRegister), " is missing)");
  }
  if (signs.handshake.has_value() && some && !accounted) {
    return absl::StrCat("annotation hami.io/node-handshake: no label of NVIDIA's own stack tells ",
                        *signs.gpus, " devices, so they are taken for shares of HAMi's agent, ",
                        "which has not registered the cards yet (", ToAbsl(kNodeRegister),
                        " is missing)");
  }
  if (signs.handshake.has_value() && signs.amd_gpus > 0 && !signs.amd_labels) {
    return absl::StrCat("annotation hami.io/node-handshake: no label of AMD's own stack tells of ",
                        "the ", signs.amd_gpus, " devices of amd.com/gpu, so they are taken for ",
                        "shares of HAMi's agent, which has not registered the cards yet ",
                        "(hami.io/node-amd-register is missing)");
  }
  return "";
}

}  // namespace tangram::api::hami
