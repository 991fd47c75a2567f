// A profile as model values: for benches that measure below the wire.
#ifndef BENCH_PROFILE_MODEL_H_
#define BENCH_PROFILE_MODEL_H_

#include "absl/status/status.h"
#include "bench/cluster_profile.h"
#include "bench/pod_shapes.h"
#include "model/cluster.h"
#include "model/event.h"
#include "model/request.h"

namespace tangram::bench {

model::PodRequest ToRequest(const PodAsk& ask);
model::NodeUpserted ToEvent(const ProfileNode& node);
model::PodBooked ToEvent(const ProfilePod& pod, const ProfileNode& node);

// Applies the whole profile.
absl::Status Load(const Profile& profile, model::Cluster& cluster);

}  // namespace tangram::bench

#endif  // BENCH_PROFILE_MODEL_H_
