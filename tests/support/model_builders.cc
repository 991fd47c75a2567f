// Builders of model values.
#include "tests/support/model_builders.h"

#include <utility>

namespace tangram::testing {

using model::ContainerKind;

model::Gpu MakeGpu(const std::string& uuid, int32_t memory_mib) {
  model::Gpu gpu;
  gpu.uuid = uuid;
  gpu.slots = model::Slots(10);
  gpu.memory = model::Mebibytes(memory_mib);
  gpu.cores = model::CorePercent(100);
  gpu.type = "NVIDIA A100-SXM4-40GB";
  gpu.mode = "hami-core";
  gpu.healthy = true;
  return gpu;
}

model::NodeSpec MakeNode(const std::string& name, std::vector<model::Gpu> gpus) {
  model::NodeSpec spec;
  spec.name = name;
  spec.gpus = std::move(gpus);
  return spec;
}

model::NodeSpec MakeNode(const std::string& name, int cards, int32_t memory_mib) {
  model::NodeSpec spec;
  spec.name = name;
  for (int i = 0; i < cards; ++i) {
    model::Gpu gpu = MakeGpu(name + "-" + std::to_string(i), memory_mib);
    gpu.index = i;
    spec.gpus.push_back(std::move(gpu));
  }
  return spec;
}

model::CardShare MakeShare(const std::string& uuid, int32_t memory_mib, int32_t cores) {
  return {uuid, model::Mebibytes(memory_mib), model::CorePercent(cores)};
}

model::AllocationSlot AppSlot(std::vector<model::CardShare> shares) {
  return {ContainerKind::kApp, std::move(shares)};
}

model::AllocationSlot InitSlot(std::vector<model::CardShare> shares) {
  return {ContainerKind::kInit, std::move(shares)};
}

model::AllocationSlot SidecarSlot(std::vector<model::CardShare> shares) {
  return {ContainerKind::kSidecar, std::move(shares)};
}

model::PodBooked MakeBooking(const std::string& uid, const std::string& node,
                             const std::string& uuid, int32_t memory_mib, int32_t cores) {
  model::PodBooked booked;
  booked.uid = uid;
  booked.node = node;
  booked.allocation.slots = {AppSlot({MakeShare(uuid, memory_mib, cores)})};
  booked.kubelet_gpus = 1;
  return booked;
}

model::GpuUsage MakeUsage(int32_t slots, int32_t memory_mib, int32_t cores) {
  return {model::Slots(slots), model::Mebibytes(memory_mib), model::CorePercent(cores)};
}

}  // namespace tangram::testing
