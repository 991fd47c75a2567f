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

namespace {

model::MigProfile Profile(const std::string& name, int32_t memory_mib, int32_t cores,
                          int32_t slices, int32_t size, const std::vector<int32_t>& starts) {
  model::MigProfile profile{
      name, model::Mebibytes(memory_mib), model::CorePercent(cores), slices, {}};
  for (const int32_t start : starts) profile.placements.push_back({start, size});
  return profile;
}

}  // namespace

std::vector<model::MigProfile> MigProfiles8() {
  return {Profile("1g.10gb", 9728, 15, 1, 1, {0, 1, 2, 3, 4, 5, 6}),
          Profile("2g.20gb", 19968, 29, 2, 2, {0, 2, 4}),
          Profile("3g.40gb", 40448, 43, 3, 4, {0, 4}), Profile("7g.80gb", 81152, 100, 7, 8, {0})};
}

std::vector<model::MigProfile> MigProfiles4() {
  return {Profile("1g.6gb", 5836, 25, 1, 1, {0, 1, 2, 3}),
          Profile("2g.12gb", 11672, 50, 2, 2, {0, 2}), Profile("4g.24gb", 23344, 100, 4, 4, {0})};
}

model::Gpu MakeMigGpu(const std::string& uuid) {
  model::Gpu gpu = MakeGpu(uuid, 81920);
  gpu.type = "NVIDIA A100-SXM4-80GB";
  gpu.mode = "mig";
  gpu.slots = model::Slots(7);
  gpu.mig_profiles = MigProfiles8();
  return gpu;
}

model::CardShare MakeMigShare(const std::string& uuid, const model::MigProfile& profile,
                              size_t placement) {
  return {uuid, profile.memory, profile.cores,
          model::MigInstance{profile.name, profile.placements[placement]}};
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
