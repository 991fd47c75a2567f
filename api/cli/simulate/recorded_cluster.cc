#include "api/cli/simulate/recorded_cluster.h"

#include <map>
#include <utility>
#include <variant>

#include "api/recording/reader.h"
#include "model/cluster.h"

namespace tangram::api::cli::simulate {
namespace {

using namespace scheduler::recording;  // NOLINT: the kinds of entries

using Described = std::map<std::string, PodSeen, std::less<>>;  // by uid

// Keeps what the entry says of a pod.
void Describe(const Record& record, Described& pods) {
  if (const auto* seen = std::get_if<PodSeen>(&record.entry)) {
    pods[seen->id.uid] = *seen;
  } else if (const auto* begun = std::get_if<VerbBegun>(&record.entry)) {
    pods[begun->pod.uid] = {begun->pod, begun->request, begun->host};
  }
}

model::Pod PodOf(const std::string& uid, const model::Booking& booking, const Described& pods) {
  model::Pod pod;
  if (const auto found = pods.find(uid); found != pods.end()) {
    pod.id = found->second.id;
    pod.request = found->second.request;
    pod.host = found->second.host;
  } else {
    pod.id = {"", uid, uid};
    pod.request.kubelet_gpus = booking.kubelet_gpus;
    pod.host = booking.host;
  }
  pod.node = booking.node;
  pod.init_finished = booking.init_finished;
  pod.allocation = booking.allocation;
  pod.allocation_state =
      booking.unaccounted ? model::AllocationState::kUnreadable : model::AllocationState::kReadable;
  pod.allocation_node = booking.node;
  return pod;
}

}  // namespace

absl::StatusOr<Listed> ReadRecordedCluster(const std::string& path) {
  auto reader = recording::Reader::Open(path);
  if (!reader.ok()) return reader.status();
  model::Cluster cluster;
  Described described;
  Record record;
  while (true) {
    const absl::StatusOr<bool> there = (*reader)->Next(&record);
    if (!there.ok()) return there.status();
    if (!*there) break;
    Describe(record, described);
    if (const auto* applied = std::get_if<EventApplied>(&record.entry)) {
      const auto change = cluster.Apply(applied->event);
      if (!change.ok()) return (*reader)->AtLine(change.status());
    }
  }
  Listed listed;
  for (const model::Node* node : cluster.snapshot().NodesByName()) {
    scheduler::NodeObservation observation;
    observation.spec = node->spec();
    observation.host = node->spec().host;
    listed.nodes.push_back(std::move(observation));
  }
  for (const std::string& uid : cluster.BookedUids()) {
    listed.pods.push_back(PodOf(uid, *cluster.FindBooking(uid), described));
  }
  if (!(*reader)->warning().empty()) listed.warnings.push_back((*reader)->warning());
  return listed;
}

}  // namespace tangram::api::cli::simulate
