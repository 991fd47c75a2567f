// See sync.h.
#include "api/cli/sync.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/watch_log.h"
#include "api/dialects/hami/annotation_check.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"
#include "api/dialects/nvidia/device_class.h"
#include "api/standalone/cluster_file.h"

namespace tangram::api::cli {

absl::StatusOr<scheduler::NodeObservation> NodeSink::Read(std::string_view json) const {
  auto node = standalone::ReadNodeObject(json);
  if (!node.ok() || cards_ == nullptr) return node;
  const auto found = nvidia::Disagreements(cards_->CardsOf(node->spec.name), node->spec.pools);
  node->notes.insert(node->notes.end(), found.begin(), found.end());
  return node;
}

void NodeSink::BeginReplace() { listed_.clear(); }

void NodeSink::Object(std::string_view json) {
  auto node = Read(json);
  if (!node.ok()) return LogUndecodable(log_, "Node", node.status());
  NoteProblem(*node);
  listed_.push_back(*std::move(node));
}

void NodeSink::EndReplace(std::string_view resource_version) {
  scheduler_.OnNodeList(listed_, resource_version);
  unaccounted_.LookAtAll();
  log_.Info("nodes listed", {{"nodes", listed_.size()}, {"resource_version", resource_version}});
  std::vector<scheduler::NodeObservation>().swap(listed_);
}

void NodeSink::Upsert(std::string_view json) {
  auto node = Read(json);
  if (!node.ok()) return LogUndecodable(log_, "Node", node.status());
  NoteProblem(*node);
  if (const absl::Status status = scheduler_.OnNode(*node); !status.ok()) {
    log_.Warn("node keeps its former description",
              {{"node", node->spec.name}, {"why", status.message()}});
  }
  unaccounted_.Look(node->spec.name);
}

void NodeSink::Delete(std::string_view json) {
  const auto node = hami::DecodeNode(json);
  if (!node.ok()) return LogUndecodable(log_, "Node", node.status());
  problems_.erase(node->spec.name);
  scheduler_.OnNodeDeleted(node->spec.name, node->resource_version);
}

void NodeSink::Connected(bool connected) {
  LogConnected(log_, "Node", connected);
  scheduler_.OnNodeWatch(connected);
}

void NodeSink::NoteProblem(const scheduler::NodeObservation& node) {
  if (node.problem.empty() && node.notes.empty()) {
    problems_.erase(node.spec.name);
    return;
  }
  std::string told = node.problem;
  for (const std::string& note : node.notes) absl::StrAppend(&told, "\n", note);
  std::string& known = problems_[node.spec.name];
  if (known == told) return;
  known = told;
  if (!node.problem.empty()) {
    log_.Warn("node has cards that cannot be used",
              {{"node", node.spec.name}, {"why", node.problem}});
  }
  for (const std::string& note : node.notes) {
    log_.Warn("node contradicts itself", {{"node", node.spec.name}, {"why", note}});
  }
}

void DeviceClassSink::BeginReplace() { resources_.clear(); }

void DeviceClassSink::Object(std::string_view json) {
  auto read = nvidia::ReadDeviceClass(json);
  if (!read.ok()) return LogUndecodable(log_, "DeviceClass", read.status());
  resources_[read->name] = std::move(read->resources);
}

void DeviceClassSink::EndReplace(std::string_view) { Tell(); }

void DeviceClassSink::Upsert(std::string_view json) {
  Object(json);
  Tell();
}

void DeviceClassSink::Delete(std::string_view json) {
  const auto read = nvidia::ReadDeviceClass(json);
  if (!read.ok()) return LogUndecodable(log_, "DeviceClass", read.status());
  resources_.erase(read->name);
  Tell();
}

void DeviceClassSink::Connected(bool connected) { LogConnected(log_, "DeviceClass", connected); }

void DeviceClassSink::Tell() {
  std::vector<std::string> all;
  for (const auto& [name, resources] : resources_) {
    all.insert(all.end(), resources.begin(), resources.end());
  }
  if (all == told_) return;
  told_ = all;
  log_.Info("resources that DRA drivers give out", {{"resources", absl::StrJoin(all, ", ")}});
  scheduler_.OnDraResources(all);
}

void PodSink::BeginReplace() {
  listed_.clear();
  misannotated_before_.insert(misannotated_.begin(), misannotated_.end());
  misannotated_.clear();
}

void PodSink::Object(std::string_view json) {
  auto pod = hami::DecodePod(json);
  if (!pod.ok()) return LogUndecodable(log_, "Pod", pod.status());
  NoteAnnotations(*pod, json);
  // By a quarter, not by half: with its pods the list of a large cluster is most of the memory
  // there ever is.
  if (listed_.size() == listed_.capacity()) listed_.reserve(listed_.size() * 5 / 4 + 64);
  listed_.push_back(*std::move(pod));
}

void PodSink::EndReplace(std::string_view resource_version) {
  model::StringSet().swap(misannotated_before_);
  const size_t count = listed_.size();
  scheduler_.OnPodList(std::exchange(listed_, {}), resource_version);
  unaccounted_.LookAtAll();
  log_.Info("pods listed", {{"pods", count}, {"resource_version", resource_version}});
}

void PodSink::Upsert(std::string_view json) {
  const auto pod = hami::DecodePod(json);
  if (!pod.ok()) return LogUndecodable(log_, "Pod", pod.status());
  NoteAnnotations(*pod, json);
  scheduler_.OnPod(*pod);
  unaccounted_.Look(pod->node);
}

void PodSink::Delete(std::string_view json) {
  const auto pod = hami::DecodePod(json);
  if (!pod.ok()) return LogUndecodable(log_, "Pod", pod.status());
  misannotated_.erase(pod->id.uid);
  scheduler_.OnPodDeleted(pod->id);
  unaccounted_.Look(pod->node);
}

void PodSink::NoteAnnotations(const model::Pod& pod, std::string_view json) {
  if (pod.bound() || pod.terminal || misannotated_.contains(pod.id.uid)) return;
  const std::vector<std::string> notes = hami::CheckAnnotations(json);
  if (notes.empty()) return;
  misannotated_.insert(pod.id.uid);
  if (misannotated_before_.contains(pod.id.uid)) return;
  const std::string why = absl::StrJoin(notes, "; ");
  log_.Warn("a pod's annotation does not do what it seems to",
            {{"pod", absl::StrCat(pod.id.name_space, "/", pod.id.name)}, {"why", why}});
  if (tell_ == nullptr) return;
  tell_({.kind = "Pod",
         .name_space = pod.id.name_space,
         .name = pod.id.name,
         .uid = pod.id.uid,
         .reason = "AnnotationNotUnderstood",
         .message = why});
}

void PodSink::Connected(bool connected) { LogConnected(log_, "Pod", connected); }

}  // namespace tangram::api::cli
