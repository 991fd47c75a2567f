// What one Binding writes on the pod, in HAMi's words.
//
// The allocation travels in the Binding's own metadata, so that node and cards are one atomic
// write; HAMi's device plugin reads these keys in Allocate (HAMi v2.10: annotations of filter and
// bind).
#ifndef API_DIALECTS_HAMI_BINDING_H_
#define API_DIALECTS_HAMI_BINDING_H_

#include <string>
#include <utility>
#include <vector>

#include "scheduler/ports.h"

namespace tangram::api::hami {

// Sorted by key.
using KeyValues = std::vector<std::pair<std::string, std::string>>;

struct BindingMetadata {
  KeyValues annotations;
  KeyValues labels;
};

// Longest value of a Kubernetes label.
inline constexpr size_t kLabelValueMax = 63;

// hami.io/vgpu-node, vgpu-time, bind-phase "allocating", bind-time; for each vendor of which the
// pod gets cards the assignment text twice (NVIDIA: vgpu-devices-to-allocate,
// vgpu-devices-allocated), and vgpu-mig-allocations where some share is an instance; and the label
// hami.io/vgpu-node, left out for node names longer than a label value may be. Both lists are empty
// for an allocation without shares. The same write gives the same text every time.
BindingMetadata MakeBindingMetadata(const scheduler::BindingWrite& write);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_BINDING_H_
