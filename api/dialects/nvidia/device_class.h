// A DeviceClass of DRA (resource.k8s.io/v1) -> which of our resources it gives out.
//
// Where a class names an extended resource, kube-scheduler (1.34 with the gate, on by default since
// 1.36) makes a claim for every pod that asks for that resource. Who gave it out as well would give
// it twice.
#ifndef API_DIALECTS_NVIDIA_DEVICE_CLASS_H_
#define API_DIALECTS_NVIDIA_DEVICE_CLASS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::nvidia {

struct DeviceClass {
  std::string name;
  // spec.extendedResourceName, and the implicit name of the class; of the latter only those that
  // IsCounted (keys.h), for no others are ever asked of us.
  std::vector<std::string> resources;
};
// InvalidArgument, naming the field, for what is no DeviceClass with a name.
absl::StatusOr<DeviceClass> ReadDeviceClass(std::string_view json);

}  // namespace tangram::api::nvidia

#endif  // API_DIALECTS_NVIDIA_DEVICE_CLASS_H_
