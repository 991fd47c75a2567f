// A Kubernetes Node object -> what the scheduler knows of a node, by HAMi's annotations.
//
// Pure functions, callable from any thread, for any text.
#ifndef API_DIALECTS_HAMI_NODE_H_
#define API_DIALECTS_HAMI_NODE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/vendor_dialect.h"
#include "model/gpu.h"
#include "scheduler/observation.h"

namespace tangram::api::hami {

// Reads one Node as JSON text (an item of a list, the object of a watch event; kind and apiVersion
// may be absent). Read are metadata.name, resourceVersion, annotations and labels, and
// status.allocatable[names.count], for which status.capacity stands in where there is no
// allocatable, as in the API server; an amount that is no integer is rounded up, as kube-scheduler
// does. Of other vendors (other_vendors.h) their registers and status.capacity: where that has none
// of their resource, their plugin is gone and their cards are unhealthy. NVIDIA's are so where the
// kubelet has 0 of names.count, or none although HAMi's scheduler has asked for the agent
// (hami.io/node-handshake): the register outlives its agent (HAMi v2.10, health check).
//
// A node without a register of which signs tell that an agent runs it (agent_signs.h) is
// Cardless::kUnregistered; one with a register that is empty or cannot be read is
// Cardless::kUnusable. `problem` says what it is.
//
// InvalidArgument, naming the field, when it is no Node with a name. What is wrong with the
// annotations or the allocatable count is no error: the observation's `problem` says it, the cards
// are left out then. So is what is wrong with the MIG profiles of a card, and fixed geometries
// (HAMi 2.9): `problem` says it of the first such card, which stays and takes nothing. Cards come
// sorted by UUID. A registered card that is left out because its type lacks the vendor's name is
// told in `notes`.
absl::StatusOr<scheduler::NodeObservation> DecodeNode(
    std::string_view json, const ResourceNames& names = kDefaultResourceNames);

// Reads the value of hami.io/node-nvidia-register: a JSON array (HAMi >= 2.8) or the older text
// form
// "<id>,<count>,<devmem>,<devcore>,<type>,<numa>,<health>[,<index>,<mode>]:". In JSON an absent
// field is zero, false or empty, unknown fields are ignored. Sorted by UUID; a card whose type does
// not contain "NVIDIA" (in any letter case) is none that HAMi's fit would consider and is left out:
// `left_out`, when not null, gets a line that names it and its type.
//
// InvalidArgument, naming card, field, value and what is allowed: negative amounts, numbers beyond
// int32, missing or doubled ids, broken or cut JSON, a wrong number of text fields.
absl::StatusOr<std::vector<model::Gpu>> DecodeRegister(
    std::string_view text, std::vector<std::string>* left_out = nullptr);

// The same for the register of another vendor, which is JSON always. A type must not contain ',',
// ':' or ';', because it is part of the assignment text.
absl::StatusOr<std::vector<model::Gpu>> DecodeRegister(
    std::string_view text, const VendorDialect& dialect,
    std::vector<std::string>* left_out = nullptr);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_NODE_H_
