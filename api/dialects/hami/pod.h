// A Kubernetes Pod object -> what the scheduler knows of a pod, by HAMi's annotations.
//
// Pure functions, callable from any thread, for any text. What is read: metadata (name, namespace,
// uid, resourceVersion, creationTimestamp, deletionTimestamp, annotations, labels), spec (nodeName,
// schedulerName, containers and init containers with their resources), status (phase,
// initContainerStatuses). Everything else, ephemeral containers and resource claims among it, is
// passed over.
#ifndef API_DIALECTS_HAMI_POD_H_
#define API_DIALECTS_HAMI_POD_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/dialects/hami/keys.h"
#include "model/pod.h"

namespace tangram::api::hami {

// A pod, and what keeps it from being scheduled though the object is sound.
struct DecodedPod {
  model::Pod pod;
  // Empty, or why no node can be chosen: hami.io/device-scoring-weights is not as HAMi has it (the
  // default weights stand in the request), a container asks for cards of two vendors, or
  // tangram.dev/mig-profile names no container of the pod. The text is meant for the Error of a
  // filter answer.
  std::string refusal;
};

// Reads one Pod as JSON text: an item of a list, the object of a watch event, a manifest (kind and
// apiVersion may be absent; uid may be empty; an absent namespace is "default").
//
// InvalidArgument, naming the field, the value and what is allowed, when it is no Pod with a name:
// broken JSON, wrong types, resource amounts that are no quantity. An undecodable allocation is no
// error but AllocationState::kUnreadable, and so are one without any card for a pod that asks for
// cards, and undecodable reservations of MIG instances.
//
// What a container asks for follows HAMi v2.10: each name is looked up in limits, then in requests.
//   count    an integer > 0, else the container asks for nothing
//   memory   MiB per card; what is no integer from 0 to 2147483647 drops the container's request
//   percent  of each card's memory, over 100 is 100, <= 0 is unset; read when memory is absent or 0
//   neither  the whole card's memory
//   cores    percent per card; absent, no integer or negative is 0
// What of that cannot be meant stands in the request's faults (faults.h), and such a pod fits
// nowhere: the rules above say how much it takes where others bound it. The same goes for lists of
// annotations that are too long (text.h).
// That is so for NVIDIA's cards; for those of other vendors see their dialects. A container that
// asks for cards of two vendors is refused: the text stands in `refusal`, the first vendor's in the
// request.
// The annotation tangram.dev/mig-profile ("1g.10gb", or "name=1g.10gb,other=2g.20gb") asks for
// instances of a profile instead, for all containers or for those named.
// kubelet_gpus counts the containers' counts before a request was dropped, as the kubelet does. So
// does `counted` for what is asked for by count alone (dialects/nvidia and intel), and for other
// vendors' cards.
absl::StatusOr<DecodedPod> DecodePodAndRefusal(std::string_view json,
                                               const ResourceNames& names = kDefaultResourceNames);

// The same for a pod that somebody else scheduled or will: the refusal is dropped.
absl::StatusOr<model::Pod> DecodePod(std::string_view json,
                                     const ResourceNames& names = kDefaultResourceNames);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_POD_H_
