#include "api/standalone/file_api.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"

namespace tangram::api::standalone {

using scheduler::BindingWrite;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;

namespace {

JournalRecord RecordOf(const BindingWrite& write) {
  JournalRecord record;
  record.kind = JournalRecord::Kind::kBound;
  record.pod = write.pod;
  record.node = write.node;
  record.unix_seconds = write.unix_seconds;
  record.allocation = write.allocation;
  record.counts = write.counts;
  record.host = write.host;
  return record;
}

}  // namespace

model::Pod BoundPod(const JournalRecord& record) {
  model::Pod pod;
  pod.id = record.pod;
  pod.node = record.node;
  pod.host = record.host;
  // Of the policies this one alone says what the pod takes.
  if (record.allocation.alone) pod.request.card_policy = "mutex";
  for (const model::ResourceCount& asked : record.counts) {
    if (asked.resource != model::kGpuResource) pod.request.counted.push_back(asked);
  }
  const int64_t gpus = CountOf(record.counts, model::kGpuResource);
  if (record.allocation.empty()) {
    // Whole cards that the kubelet picks.
    if (gpus == 0) return pod;
    model::ContainerRequest container;
    container.count = static_cast<int32_t>(gpus);
    pod.request.containers.push_back(container);
    pod.request.kubelet_gpus = gpus;
    return pod;
  }
  for (const model::AllocationSlot& slot : record.allocation.slots) {
    model::ContainerRequest container;
    container.kind = slot.kind;
    container.count = static_cast<int32_t>(slot.shares.size());
    if (!slot.shares.empty()) {
      container.vendor = slot.shares.front().vendor;
      container.memory = slot.shares.front().memory;
      container.cores = slot.shares.front().cores;
    }
    pod.request.containers.push_back(container);
  }
  pod.request.kubelet_gpus = gpus > 0 ? gpus : model::KubeletGpuCount(pod.request.containers);
  pod.allocation_state = model::AllocationState::kReadable;
  pod.allocation = record.allocation;
  pod.allocation_node = record.node;
  pod.node_label = record.node;
  pod.bind_phase = model::BindPhase::kSuccess;
  return pod;
}

FileApi::FileApi(std::vector<model::Pod> pods, const std::vector<JournalRecord>& records,
                 std::unique_ptr<Journal> journal,
                 std::function<void(const std::string&)> on_problem)
    : journal_(std::move(journal)), on_problem_(std::move(on_problem)) {
  for (model::Pod& pod : pods) {
    const Name name(pod.id.name_space, pod.id.name);
    of_cluster_file_.insert(name);
    pods_[name] = std::move(pod);
  }
  for (const JournalRecord& record : records) {
    NoteJournaled(record);
    const Name name(record.pod.name_space, record.pod.name);
    if (record.kind == JournalRecord::Kind::kDeleted) {
      pods_.erase(name);
    } else {
      pods_[name] = BoundPod(record);
    }
  }
  CompactIfWorthIt();
  worker_ = std::thread([this] { Run(); });
}

FileApi::~FileApi() { Stop(); }

void FileApi::NoteJournaled(const JournalRecord& record) {
  const Name name(record.pod.name_space, record.pod.name);
  if (record.kind == JournalRecord::Kind::kBound || of_cluster_file_.contains(name)) {
    counting_.insert(name);
  } else {
    counting_.erase(name);
  }
}

void FileApi::CompactIfWorthIt() {
  if (journal_ == nullptr) return;
  const size_t least = std::max(2 * counting_.size(), counting_.size() + kSpareLines);
  if (journal_->lines() < std::max(least, compact_at_)) return;
  const absl::Status status = journal_->Compact(of_cluster_file_);
  compact_at_ = status.ok() ? 0 : 2 * journal_->lines();
  if (!status.ok() && on_problem_) {
    on_problem_(absl::StrCat("the journal cannot be compacted: ", status.message()));
  }
}

// A pod that was not written down is not gone: whoever asks next is told that it is unbound, so
// that the refusal is what its caller hears.
void FileApi::NoteRefused(const JournalRecord& record) {
  constexpr size_t kMost = 1000;
  model::Pod pod;
  pod.id = record.pod;
  pod.request = BoundPod(record).request;
  refused_.push_back(std::move(pod));
  if (refused_.size() > kMost) refused_.pop_front();
}

std::optional<model::Pod> FileApi::TakeRefused(const Name& name) {
  const auto found = std::find_if(refused_.begin(), refused_.end(), [&name](const model::Pod& pod) {
    return pod.id.name_space == name.first && pod.id.name == name.second;
  });
  if (found == refused_.end()) return std::nullopt;
  model::Pod pod = std::move(*found);
  refused_.erase(found);
  return pod;
}

void FileApi::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

std::vector<model::Pod> FileApi::Pods() const {
  const std::lock_guard lock(journal_mutex_);
  std::vector<model::Pod> pods;
  pods.reserve(pods_.size());
  for (const auto& [name, pod] : pods_) pods.push_back(pod);
  return pods;
}

void FileApi::Watch(std::function<void(const model::Pod&)> on_bound) {
  const std::lock_guard lock(journal_mutex_);
  on_bound_ = std::move(on_bound);
}

absl::StatusOr<model::PodId> FileApi::Delete(const std::string& name_space,
                                             const std::string& name) {
  const std::lock_guard lock(journal_mutex_);
  const auto found = pods_.find({name_space, name});
  if (found == pods_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no pod ", name_space, "/", name));
  }
  const model::PodId id = found->second.id;
  if (journal_ != nullptr) {
    JournalRecord record;
    record.kind = JournalRecord::Kind::kDeleted;
    record.pod = id;
    if (absl::Status status = journal_->Append({record}); !status.ok()) return status;
    NoteJournaled(record);
  }
  pods_.erase(found);
  CompactIfWorthIt();
  return id;
}

void FileApi::Run() {
  while (true) {
    std::vector<PendingBind> binds;
    std::vector<std::function<void()>> calls;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !binds_.empty() || !calls_.empty(); });
      if (binds_.empty() && calls_.empty()) return;
      binds.swap(binds_);
      calls.swap(calls_);
    }
    for (const std::function<void()>& call : calls) call();
    if (!binds.empty()) BindAll(std::move(binds));
  }
}

bool FileApi::Decided(const BindingWrite& write, WriteResult* result) const {
  const auto found = pods_.find({write.pod.name_space, write.pod.name});
  if (found == pods_.end()) return false;
  const model::Pod& pod = found->second;
  if (pod.id.uid != write.pod.uid) {
    *result = {WriteOutcome::kConflict, "a pod of that name and another uid exists", ""};
    return true;
  }
  if (!pod.bound()) return false;
  if (pod.node == write.node) {
    *result = {WriteOutcome::kDone, "", ""};
  } else {
    *result = {WriteOutcome::kConflict, "the pod is already bound to another node", ""};
  }
  return true;
}

void FileApi::BindAll(std::vector<PendingBind> all) {
  // A pod that comes twice is decided by what its first bind made of it.
  std::vector<PendingBind> binds;
  std::vector<PendingBind> later;
  std::set<Name> names;
  for (PendingBind& bind : all) {
    const bool first = names.emplace(bind.write.pod.name_space, bind.write.pod.name).second;
    (first ? binds : later).push_back(std::move(bind));
  }
  std::vector<WriteResult> results(binds.size());
  std::vector<model::Pod> bound;
  {
    const std::lock_guard lock(journal_mutex_);
    std::vector<JournalRecord> records;
    std::vector<size_t> fresh;
    for (size_t i = 0; i < binds.size(); ++i) {
      if (Decided(binds[i].write, &results[i])) continue;
      fresh.push_back(i);
      records.push_back(RecordOf(binds[i].write));
    }
    const absl::Status status =
        journal_ == nullptr || records.empty() ? absl::OkStatus() : journal_->Append(records);
    for (size_t i = 0; i < fresh.size(); ++i) {
      if (!status.ok()) {
        results[fresh[i]] = {WriteOutcome::kRefused, std::string(status.message()), ""};
        NoteRefused(records[i]);
        continue;
      }
      if (journal_ != nullptr) NoteJournaled(records[i]);
      const BindingWrite& write = binds[fresh[i]].write;
      model::Pod pod = BoundPod(records[i]);
      pods_[{write.pod.name_space, write.pod.name}] = pod;
      results[fresh[i]] = {WriteOutcome::kDone, "", ""};
      bound.push_back(std::move(pod));
    }
  }
  for (size_t i = 0; i < binds.size(); ++i) binds[i].done(results[i]);
  {
    const std::lock_guard lock(journal_mutex_);
    CompactIfWorthIt();
  }
  ShowBound(bound);
  if (!later.empty()) BindAll(std::move(later));
}

void FileApi::ShowBound(const std::vector<model::Pod>& bound) {
  // Under the lock, so that a pod deleted meanwhile is not shown after its deletion.
  const std::lock_guard lock(journal_mutex_);
  if (!on_bound_) return;
  for (const model::Pod& pod : bound) {
    const auto found = pods_.find({pod.id.name_space, pod.id.name});
    if (found != pods_.end() && found->second.id.uid == pod.id.uid) on_bound_(pod);
  }
}

void FileApi::PostBinding(const BindingWrite& write, std::function<void(WriteResult)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    binds_.push_back({write, std::move(done)});
  }
  changed_.notify_one();
}

void FileApi::Queue(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    calls_.push_back(std::move(call));
  }
  changed_.notify_one();
}

void FileApi::GetPod(const std::string& name_space, const std::string& name,
                     std::function<void(PodReading)> done) {
  Queue([this, key = Name(name_space, name), done = std::move(done)] {
    PodReading reading;
    reading.outcome = PodReading::Outcome::kGone;
    {
      const std::lock_guard lock(journal_mutex_);
      const auto found = pods_.find(key);
      if (found != pods_.end()) {
        reading.outcome = PodReading::Outcome::kFound;
        reading.pod = found->second;
      } else if (auto refused = TakeRefused(key); refused.has_value()) {
        reading.outcome = PodReading::Outcome::kFound;
        reading.pod = *std::move(refused);
      }
    }
    done(reading);
  });
}

void FileApi::FencePod(const model::PodId& pod, const std::string& /*resource_version*/,
                       std::function<void(PodReading)> done) {
  GetPod(pod.name_space, pod.name, std::move(done));
}

void FileApi::Refuse(std::function<void(WriteResult)> done) {
  Queue([done = std::move(done)] {
    done({WriteOutcome::kRefused, "a cluster from a file has no node locks and no labels", ""});
  });
}

void FileApi::GetNodeLock(const std::string& /*node*/,
                          std::function<void(scheduler::NodeLockReading)> done) {
  Queue([done = std::move(done)] {
    done({scheduler::NodeLockReading::Outcome::kFound, "", "", ""});
  });
}

void FileApi::PatchNodeLock(const std::string& /*node*/, const std::optional<std::string>& /*lock*/,
                            const std::string& /*resource_version*/,
                            std::function<void(WriteResult)> done) {
  Refuse(std::move(done));
}

void FileApi::PatchPodLabel(const model::PodId& /*pod*/, const std::string& /*node*/,
                            std::function<void(WriteResult)> done) {
  // No monitor looks for it, so that nothing is wrong where it lacks.
  Queue([done = std::move(done)] { done({WriteOutcome::kDone, "", ""}); });
}

void FileApi::WakeScheduler(const std::string& /*node*/, uint64_t /*version*/,
                            std::function<void(WriteResult)> done) {
  // Nobody sleeps: whoever submits a pod asks again by himself.
  Queue([done = std::move(done)] { done({WriteOutcome::kDone, "", ""}); });
}

}  // namespace tangram::api::standalone
