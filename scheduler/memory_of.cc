#include "scheduler/memory_of.h"

#include <string>
#include <vector>

namespace tangram::scheduler {
namespace {

size_t BytesOf(const std::vector<std::string>& texts) {
  size_t bytes = texts.capacity() * sizeof(std::string);
  for (const std::string& text : texts) bytes += text.capacity();
  return bytes;
}

size_t BytesOf(const model::CardConstraints& constraints) {
  return sizeof(constraints) + BytesOf(constraints.use_types) + BytesOf(constraints.avoid_types) +
         BytesOf(constraints.use_uuids) + BytesOf(constraints.avoid_uuids) +
         constraints.modes.capacity();
}

}  // namespace

size_t MemoryOf(const model::PodRequest& request) {
  size_t bytes = sizeof(request) + BytesOf(request.constraints) + request.node_policy.capacity() +
                 request.card_policy.capacity() + request.profile.capacity();
  bytes += request.containers.capacity() * sizeof(model::ContainerRequest);
  for (const model::ContainerRequest& container : request.containers) {
    bytes += container.mig_profile.capacity();
  }
  for (const auto& [vendor, constraints] : request.other_constraints) bytes += BytesOf(constraints);
  for (const model::ResourceCount& asked : request.counted) {
    bytes += sizeof(asked) + asked.resource.capacity();
  }
  return bytes;
}

size_t MemoryOf(const model::Pod& pod) {
  return sizeof(pod) + MemoryOf(pod.request) + pod.id.name_space.capacity() +
         pod.id.name.capacity() + pod.id.uid.capacity() + pod.node.capacity() +
         pod.allocation_node.capacity() + pod.node_label.capacity() + pod.scheduler_name.capacity();
}

}  // namespace tangram::scheduler
