// Short ways to write nodes, cards and allocations in tests.
#ifndef TESTS_SUPPORT_MODEL_BUILDERS_H_
#define TESTS_SUPPORT_MODEL_BUILDERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/allocation.h"
#include "model/event.h"
#include "model/gpu.h"
#include "model/node.h"
#include "model/request.h"

namespace tangram::testing {

// A healthy hami-core card of 10 slots and 100 cores.
model::Gpu MakeGpu(const std::string& uuid, int32_t memory_mib = 40960);

// A node with these cards, in the given order.
model::NodeSpec MakeNode(const std::string& name, std::vector<model::Gpu> gpus);

// A node of `cards` such cards with UUIDs "<name>-0", "<name>-1" and so on.
model::NodeSpec MakeNode(const std::string& name, int cards, int32_t memory_mib = 40960);

// The profiles that HAMi's agent advertises for an A100 with 80 GB, and for an A30.
std::vector<model::MigProfile> MigProfiles8();
std::vector<model::MigProfile> MigProfiles4();
// An A100 with 80 GB in MIG mode, and an instance of one of its profiles.
model::Gpu MakeMigGpu(const std::string& uuid);
model::CardShare MakeMigShare(const std::string& uuid, const model::MigProfile& profile,
                              size_t placement);

model::CardShare MakeShare(const std::string& uuid, int32_t memory_mib, int32_t cores = 0);

// Slots of one container each.
model::AllocationSlot AppSlot(std::vector<model::CardShare> shares);
model::AllocationSlot InitSlot(std::vector<model::CardShare> shares);
model::AllocationSlot SidecarSlot(std::vector<model::CardShare> shares);

// A pod with one app container that takes this of one card.
model::PodBooked MakeBooking(const std::string& uid, const std::string& node,
                             const std::string& uuid, int32_t memory_mib, int32_t cores = 0);

model::GpuUsage MakeUsage(int32_t slots, int32_t memory_mib, int32_t cores);

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_MODEL_BUILDERS_H_
