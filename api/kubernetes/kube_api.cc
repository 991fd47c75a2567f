#include "api/kubernetes/kube_api.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/binding.h"
#include "api/dialects/hami/pod.h"
#include "api/kubernetes/fields.h"
#include "api/kubernetes/status.h"
#include "nlohmann/json.hpp"

namespace tangram::api::kubernetes {
namespace {

using Json = nlohmann::json;
using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;

// Text that is not UTF-8 must not become an exception.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string BindingBody(const scheduler::BindingWrite& write) {
  Json metadata = {
      {"name", write.pod.name}, {"namespace", write.pod.name_space}, {"uid", write.pod.uid}};
  if (!write.resource_version.empty()) metadata["resourceVersion"] = write.resource_version;
  const hami::BindingMetadata ours = hami::MakeBindingMetadata(write);
  for (const auto& [key, value] : ours.annotations) metadata["annotations"][key] = value;
  for (const auto& [key, value] : ours.labels) metadata["labels"][key] = value;
  return Dump({{"apiVersion", "v1"},
               {"kind", "Binding"},
               {"metadata", std::move(metadata)},
               {"target", {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", write.node}}}});
}

// The metadata of an object; empty when the text is none.
Json MetadataOf(const std::string& body) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("metadata") || !json["metadata"].is_object()) {
    return Json::object();
  }
  return std::move(json["metadata"]);
}

std::string Text(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

PodReading ToPodReading(const Reply& reply, const std::string& what,
                        const hami::ResourceNames& names) {
  PodReading out;
  if (reply.outcome == Outcome::kAnswered && reply.status == 404) {
    out.outcome = PodReading::Outcome::kGone;
  } else if (reply.ok()) {
    absl::StatusOr<model::Pod> pod = hami::DecodePod(reply.body, names);
    if (pod.ok()) {
      out.outcome = PodReading::Outcome::kFound;
      out.pod = *std::move(pod);
      return out;
    }
    out.message = absl::StrCat(what, ": ", pod.status().message());
    return out;
  }
  out.message = std::string(ToStatus(reply, what).message());
  return out;
}

NodeLockReading ToNodeLockReading(const Reply& reply, const std::string& what) {
  NodeLockReading out;
  if (reply.outcome == Outcome::kAnswered && reply.status == 404) {
    out.outcome = NodeLockReading::Outcome::kGone;
  } else if (reply.ok()) {
    const Json metadata = MetadataOf(reply.body);
    out.resource_version = Text(metadata, "resourceVersion");
    if (out.resource_version.empty()) {
      out.message = absl::StrCat(what, ": the answer has no metadata.resourceVersion");
      return out;
    }
    const auto annotations = metadata.find("annotations");
    if (annotations != metadata.end() && annotations->is_object()) {
      out.lock = Text(*annotations, hami::kNodeLock);
    }
    out.outcome = NodeLockReading::Outcome::kFound;
    return out;
  }
  out.message = std::string(ToStatus(reply, what).message());
  return out;
}

}  // namespace

WriteResult ToWriteResult(const Reply& reply, std::string_view what) {
  WriteResult out;
  out.outcome = WriteOutcome::kUnknown;
  if (reply.ok()) {
    out.outcome = WriteOutcome::kDone;
    return out;
  }
  out.message = std::string(ToStatus(reply, what).message());
  if (reply.outcome != Outcome::kAnswered) return out;
  if (reply.status == 409) {
    out.outcome = WriteOutcome::kConflict;
  } else if (reply.status == 404) {
    out.outcome = WriteOutcome::kNotFound;
  } else if (reply.status >= 400 && reply.status < 500 && reply.status != 408 &&
             reply.status != 429) {
    out.outcome = WriteOutcome::kRefused;
  }
  return out;
}

PooledKubeApi::PooledKubeApi(const std::shared_ptr<const ClusterAccess>& access,
                             const std::shared_ptr<Watchdog>& watchdog, KubeApiOptions options)
    : options_(std::move(options)) {
  for (int i = 0; i < options_.workers; ++i) {
    clients_.push_back(std::make_unique<RestClient>(access, watchdog, options_.user_agent));
    threads_.emplace_back([this, client = clients_.back().get()] { Work(*client); });
  }
}

PooledKubeApi::~PooledKubeApi() { Stop(std::chrono::milliseconds(0)); }

void PooledKubeApi::Enqueue(Task task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void PooledKubeApi::Work(RestClient& client) {
  CallOptions call;
  call.deadline = options_.deadline;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    const bool stopping = stopping_;
    ++running_;
    lock.unlock();
    Reply reply;
    reply.error = "stopped";
    if (task.known) {
      reply = *task.known;
    } else if (!stopping) {
      reply = client.Call(task.request, call);
    }
    task.finish(reply);
    lock.lock();
    --running_;
    if (stopping_) changed_.notify_all();
  }
}

void PooledKubeApi::Stop(std::chrono::milliseconds grace) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, grace, [this] { return running_ == 0 && tasks_.empty(); });
  }
  for (const auto& client : clients_) client->Stop();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  // Calls that callbacks made after the last worker had gone.
  std::deque<Task> late;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    late.swap(tasks_);
  }
  Reply reply;
  reply.error = "stopped";
  for (const Task& task : late) task.finish(reply);
}

std::size_t PooledKubeApi::queued() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return tasks_.size() + running_;
}

void PooledKubeApi::PostBinding(const scheduler::BindingWrite& write, WriteDone done) {
  Request request;
  request.method = "POST";
  request.path = BindingPath(write.pod.name_space, write.pod.name);
  request.body = BindingBody(write);
  request.content_type = kJson;
  const std::string what =
      absl::StrCat("bind pod ", write.pod.name_space, "/", write.pod.name, " to ", write.node);
  Enqueue({.request = std::move(request),
           .finish = [what, done = std::move(done)](
                         const Reply& reply) { done(ToWriteResult(reply, what)); },
           .known = {}});
}

void PooledKubeApi::GetPod(const std::string& name_space, const std::string& name,
                           std::function<void(PodReading)> done) {
  Request request;
  request.path = PodPath(name_space, name);
  const std::string what = absl::StrCat("get pod ", name_space, "/", name);
  Enqueue({.request = std::move(request),
           .finish = [this, what, done = std::move(done)](
                         const Reply& reply) { done(ToPodReading(reply, what, options_.names)); },
           .known = {}});
}

void PooledKubeApi::FencePod(const model::PodId& pod, const std::string& resource_version,
                             std::function<void(PodReading)> done) {
  Json metadata = {{"uid", pod.uid}};
  metadata["annotations"][std::string(hami::kPodFence)] = resource_version;
  Request request;
  request.method = "PATCH";
  request.path = PodPath(pod.name_space, pod.name);
  request.body = Dump({{"metadata", std::move(metadata)}});
  request.content_type = kMergePatch;
  const std::string what = absl::StrCat("fence pod ", pod.name_space, "/", pod.name);
  const auto finish = [this, what, done = std::move(done)](const Reply& reply) {
    done(ToPodReading(reply, what, options_.names));
  };
  Enqueue({.request = std::move(request), .finish = finish, .known = {}});
}

void PooledKubeApi::GetNodeLock(const std::string& node,
                                std::function<void(NodeLockReading)> done) {
  Request request;
  request.path = NodePath(node);
  const std::string what = absl::StrCat("get node ", node);
  Enqueue({.request = std::move(request),
           .finish = [what, done = std::move(done)](
                         const Reply& reply) { done(ToNodeLockReading(reply, what)); },
           .known = {}});
}

void PooledKubeApi::Patch(std::string path, std::string body, WriteDone done) {
  Request request;
  request.method = "PATCH";
  request.path = std::move(path);
  request.body = std::move(body);
  request.content_type = kMergePatch;
  const std::string what = absl::StrCat("patch ", request.path);
  const auto finish = [what, done = std::move(done)](const Reply& reply) {
    WriteResult result = ToWriteResult(reply, what);
    if (reply.ok()) result.resource_version = Text(MetadataOf(reply.body), "resourceVersion");
    done(std::move(result));
  };
  Enqueue({.request = std::move(request), .finish = finish, .known = {}});
}

void PooledKubeApi::PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                                  const std::string& resource_version, WriteDone done) {
  if (resource_version.empty()) {
    // To the API server this would mean: whatever the node's state.
    Reply conflict;
    conflict.outcome = Outcome::kAnswered;
    conflict.status = 409;
    conflict.body = "no resource version is known to make the write conditional on";
    const auto finish = [done = std::move(done)](const Reply& reply) {
      done(ToWriteResult(reply, "patch node lock"));
    };
    return Enqueue({.request = {}, .finish = finish, .known = std::move(conflict)});
  }
  Json metadata = {{"resourceVersion", resource_version}};
  metadata["annotations"][std::string(hami::kNodeLock)] = lock ? Json(*lock) : Json();
  Patch(NodePath(node), Dump({{"metadata", std::move(metadata)}}), std::move(done));
}

void PooledKubeApi::PatchPodLabel(const model::PodId& pod, const std::string& node,
                                  WriteDone done) {
  Json metadata = {{"uid", pod.uid}};
  metadata["labels"][std::string(hami::kPodNodeLabel)] = node;
  Patch(PodPath(pod.name_space, pod.name), Dump({{"metadata", std::move(metadata)}}),
        std::move(done));
}

void PooledKubeApi::WakeScheduler(const std::string& node, uint64_t version, WriteDone done) {
  Json metadata;
  metadata["annotations"][std::string(hami::kNodeWake)] = absl::StrCat(version);
  Patch(NodePath(node), Dump({{"metadata", std::move(metadata)}}), std::move(done));
}

}  // namespace tangram::api::kubernetes
