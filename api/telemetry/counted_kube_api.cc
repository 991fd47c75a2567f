// See counted_kube_api.h.
#include "api/telemetry/counted_kube_api.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tangram::api::telemetry {
namespace {

using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;

std::string_view KindWord(WriteKind kind) {
  switch (kind) {
    case WriteKind::kBinding:
      return "binding";
    case WriteKind::kNodeLock:
      return "node lock";
    case WriteKind::kPodLabel:
      return "pod label";
    case WriteKind::kPodFence:
      return "pod fence";
    case WriteKind::kWakeUp:
      return "wake-up";
  }
  return "";
}

std::string_view OutcomeWord(WriteOutcome outcome) {
  switch (outcome) {
    case WriteOutcome::kDone:
      return "done";
    case WriteOutcome::kConflict:
      return "conflict";
    case WriteOutcome::kNotFound:
      return "not found";
    case WriteOutcome::kRefused:
      return "refused";
    case WriteOutcome::kUnknown:
      return "unknown";
  }
  return "";
}

bool IsExpected(WriteOutcome outcome) {
  return outcome == WriteOutcome::kConflict || outcome == WriteOutcome::kNotFound;
}

template <typename Reading>
ReadOutcome Translate(typename Reading::Outcome outcome) {
  switch (outcome) {
    case Reading::Outcome::kFound:
      return ReadOutcome::kFound;
    case Reading::Outcome::kGone:
      return ReadOutcome::kGone;
    case Reading::Outcome::kUnknown:
      break;
  }
  return ReadOutcome::kUnknown;
}

// "GPU-a 3000MiB 30% | GPU-b 3000MiB 30%", container after container.
std::string CardsText(const model::Allocation& allocation) {
  std::string text;
  for (const model::AllocationSlot& slot : allocation.slots) {
    for (const model::CardShare& share : slot.shares) {
      absl::StrAppend(&text, text.empty() ? "" : " | ", share.uuid, " ", share.memory.value(),
                      "MiB ", share.cores.value(), "%");
    }
  }
  return text;
}

// "nvidia.com/gpu=2".
std::string CountsText(const model::ResourceCounts& counts) {
  std::string text;
  for (const model::ResourceCount& count : counts) {
    absl::StrAppend(&text, text.empty() ? "" : " ", count.resource, "=", count.count);
  }
  return text;
}

}  // namespace

CountedKubeApi::WriteDone CountedKubeApi::Counted(WriteKind kind, std::string object,
                                                  WriteDone done) {
  return [this, kind, object = std::move(object), done = std::move(done)](WriteResult result) {
    metrics_.CountWrite(kind, result.outcome);
    if (result.outcome != WriteOutcome::kDone) {
      log_.Log(IsExpected(result.outcome) ? LogLevel::kDebug : LogLevel::kWarn,
               "API write not done",
               {{"kind", KindWord(kind)},
                {"object", object},
                {"outcome", OutcomeWord(result.outcome)},
                {"answer", result.message}});
    }
    done(std::move(result));
  };
}

void CountedKubeApi::PostBinding(const scheduler::BindingWrite& write, WriteDone done) {
  if (log_.Enabled(LogLevel::kDebug)) {
    log_.Debug("binding", {{"pod", absl::StrCat(write.pod.name_space, "/", write.pod.name)},
                           {"uid", write.pod.uid},
                           {"node", write.node},
                           {"cards", CardsText(write.allocation)},
                           {"counts", CountsText(write.counts)}});
  }
  api_.PostBinding(
      write, Counted(WriteKind::kBinding, absl::StrCat(write.pod.name_space, "/", write.pod.name),
                     std::move(done)));
}

void CountedKubeApi::GetPod(const std::string& name_space, const std::string& name,
                            std::function<void(PodReading)> done) {
  api_.GetPod(name_space, name, [this, done = std::move(done)](PodReading reading) {
    metrics_.CountRead(ReadKind::kPod, Translate<PodReading>(reading.outcome));
    done(std::move(reading));
  });
}

void CountedKubeApi::FencePod(const model::PodId& pod, const std::string& resource_version,
                              std::function<void(PodReading)> done) {
  const WriteDone count = Counted(WriteKind::kPodFence, absl::StrCat(pod.name_space, "/", pod.name),
                                  [](WriteResult) {});
  api_.FencePod(pod, resource_version, [count, done = std::move(done)](PodReading reading) {
    WriteOutcome outcome = WriteOutcome::kUnknown;
    if (reading.outcome == PodReading::Outcome::kFound) outcome = WriteOutcome::kDone;
    if (reading.outcome == PodReading::Outcome::kGone) outcome = WriteOutcome::kNotFound;
    count({outcome, reading.message, ""});
    done(std::move(reading));
  });
}

void CountedKubeApi::GetNodeLock(const std::string& node,
                                 std::function<void(NodeLockReading)> done) {
  api_.GetNodeLock(node, [this, done = std::move(done)](NodeLockReading reading) {
    metrics_.CountRead(ReadKind::kNodeLock, Translate<NodeLockReading>(reading.outcome));
    done(std::move(reading));
  });
}

void CountedKubeApi::PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                                   const std::string& resource_version, WriteDone done) {
  api_.PatchNodeLock(node, lock, resource_version,
                     Counted(WriteKind::kNodeLock, node, std::move(done)));
}

void CountedKubeApi::PatchPodLabel(const model::PodId& pod, const std::string& node,
                                   WriteDone done) {
  api_.PatchPodLabel(
      pod, node,
      Counted(WriteKind::kPodLabel, absl::StrCat(pod.name_space, "/", pod.name), std::move(done)));
}

void CountedKubeApi::WakeScheduler(const std::string& node, uint64_t version, WriteDone done) {
  api_.WakeScheduler(node, version, Counted(WriteKind::kWakeUp, node, std::move(done)));
}

}  // namespace tangram::api::telemetry
