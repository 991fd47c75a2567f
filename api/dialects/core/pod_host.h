// CPU and memory of a pod, read in the walk that reads the rest of it.
//
// For the .cc files of the codecs only. The walk hands over what it meets; the fold makes of it
// what kube-scheduler counts (k8s.io/component-helpers PodRequests, with the resources of the
// status and of the pod as a whole).
#ifndef API_DIALECTS_CORE_POD_HOST_H_
#define API_DIALECTS_CORE_POD_HOST_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "api/dialects/hami/json_reader.h"
#include "model/host.h"
#include "model/request.h"

namespace tangram::api::core {

inline constexpr int64_t kBytesPerMebibyte = int64_t{1} << 20;
inline constexpr int64_t kMostBytes = model::kHostMost * kBytesPerMebibyte;

// What limits, requests or the like say; nullopt where they say nothing. At most kHostMost and
// kMostBytes.
struct HostAmounts {
  std::optional<int64_t> cpu_milli;
  std::optional<int64_t> bytes;
};

// Reads the entry of a resource list when it is CPU or memory; false when it is neither. `status`
// is the error of what is no amount.
bool ReadHostAmount(std::string_view key, simdjson::ondemand::value value,
                    const hami::JsonPath& path, HostAmounts& amounts, absl::Status& status);
// Reads a whole resource list.
absl::Status ReadHostAmounts(simdjson::ondemand::value value, const hami::JsonPath& path,
                             HostAmounts& amounts);

// The `resources` of a container or of a pod.
struct HostClaim {
  HostAmounts limits, requests;
};
absl::Status ReadHostClaim(simdjson::ondemand::value value, const hami::JsonPath& path,
                           HostClaim& claim);

// What the kubelet says that a container, or the pod as a whole, holds (the status of an in-place
// resize). `told` once `resources` is there: without it kube-scheduler goes by the spec.
struct HeldHost {
  std::string_view name;
  bool told = false;
  HostAmounts requests, allocated;
};
// Reads the field when it is `resources` or `allocatedResources`; false when it is neither.
bool ReadHeldHost(std::string_view key, simdjson::ondemand::value value, const hami::JsonPath& path,
                  HeldHost& held, absl::Status& status);

struct PodHostStatus {
  std::vector<HeldHost> containers;  // those that tell, init containers among them
  HeldHost whole;
  // A resize that the node can never grant: then the spec does not count.
  bool resize_infeasible = false;
};

struct PodHostSpec {
  HostClaim whole;  // spec.resources
  HostAmounts overhead;
};

// Adds up the containers of one pod.
class PodHostFold {
 public:
  // Both are read until the fold ends; `status` is put in order for it.
  PodHostFold(const PodHostSpec& spec, PodHostStatus& status);

  // The next container in slot order: init containers and sidecars, then app containers. One
  // without a request asks for its limit, as the API server fills it in. A resize changes sidecars
  // and app containers alone.
  void Add(std::string_view name, model::ContainerKind kind, const HostClaim& claim);

  // The larger of the sum over app containers and sidecars, and of any init container together with
  // the sidecars before it; instead of that what the pod asks for as a whole, where it does; and
  // the overhead on top. CPU in thousandths, rounded up; memory rounded up to MiB.
  model::HostResources Total() const;

 private:
  // Sums stop at the most there can be.
  struct Sum {
    int64_t cpu_milli = 0;
    int64_t bytes = 0;
    void Add(const HostAmounts& amounts);
    void Raise(const Sum& other);
  };

  HostAmounts Effective(const HostAmounts& spec, const HeldHost* held) const;

  const PodHostSpec& spec_;
  const PodHostStatus& status_;
  Sum running_, sidecars_, init_peak_;
  bool cpu_asked_ = false;  // by some container
  bool bytes_asked_ = false;
};

}  // namespace tangram::api::core

#endif  // API_DIALECTS_CORE_POD_HOST_H_
