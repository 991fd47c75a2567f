// The KubeApi port over a journal: what an API server would remember, kept in a file.
//
// Binds that come together share one write to disk. The journal is compacted at the start and as it
// grows, when at least kSpareLines of its lines and half of them count for nothing any more. After
// a bind the pod is shown to the scheduler as a watch would show it. Node locks do not exist here
// (there is no agent to serve).
//
// Thread contract: safe from any thread. Callbacks run on its one worker thread.
#ifndef API_STANDALONE_FILE_API_H_
#define API_STANDALONE_FILE_API_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "api/standalone/journal.h"
#include "model/pod.h"
#include "scheduler/ports.h"

namespace tangram::api::standalone {

class FileApi final : public scheduler::KubeApi {
 public:
  static constexpr size_t kSpareLines = 1000;

  // `pods` are those of the cluster file, `records` what its journal says happened since. `journal`
  // may be null: then binds live in memory only. `on_problem` is told what went wrong and harms
  // nothing yet (the journal cannot be compacted); it may be empty.
  FileApi(std::vector<model::Pod> pods, const std::vector<JournalRecord>& records,
          std::unique_ptr<Journal> journal,
          std::function<void(const std::string&)> on_problem = {});
  ~FileApi() override;

  // All pods there are now, sorted by namespace and name.
  std::vector<model::Pod> Pods() const;
  // Whom to show pods that were bound; to be set before the first bind. It must not call Pods,
  // Watch or Delete.
  void Watch(std::function<void(const model::Pod&)> on_bound);
  // Deletes a pod for good. NotFound when there is none of that name; Unavailable when the journal
  // cannot be written, and then nothing was deleted.
  absl::StatusOr<model::PodId> Delete(const std::string& name_space, const std::string& name);
  // Ends the worker after what is queued. No callback comes afterwards.
  void Stop();

  void PostBinding(const scheduler::BindingWrite& write,
                   std::function<void(scheduler::WriteResult)> done) override;
  void GetPod(const std::string& name_space, const std::string& name,
              std::function<void(scheduler::PodReading)> done) override;
  // As GetPod: binds are written one after the other here, none is on its way.
  void FencePod(const model::PodId& pod, const std::string& resource_version,
                std::function<void(scheduler::PodReading)> done) override;
  void GetNodeLock(const std::string& node,
                   std::function<void(scheduler::NodeLockReading)> done) override;
  void PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                     const std::string& resource_version,
                     std::function<void(scheduler::WriteResult)> done) override;
  void PatchPodLabel(const model::PodId& pod, const std::string& node,
                     std::function<void(scheduler::WriteResult)> done) override;
  void WakeScheduler(const std::string& node, uint64_t version,
                     std::function<void(scheduler::WriteResult)> done) override;

 private:
  using Name = Journal::PodName;
  struct PendingBind {
    scheduler::BindingWrite write;
    std::function<void(scheduler::WriteResult)> done;
  };

  void Run();
  void BindAll(std::vector<PendingBind> all);
  // Records what happened to a pod, in memory.
  void NoteJournaled(const JournalRecord& record);
  void CompactIfWorthIt();
  void NoteRefused(const JournalRecord& record);
  std::optional<model::Pod> TakeRefused(const Name& name);
  void ShowBound(const std::vector<model::Pod>& bound);
  // Whether the bind is already decided by the pods there are; fills `result` then.
  bool Decided(const scheduler::BindingWrite& write, scheduler::WriteResult* result) const;
  void Refuse(std::function<void(scheduler::WriteResult)> done);
  void Queue(std::function<void()> call);

  // Serialises the journal and what stands in it; taken before mutex_.
  mutable std::mutex journal_mutex_;
  std::unique_ptr<Journal> journal_;
  std::map<Name, model::Pod> pods_;
  std::set<Name> of_cluster_file_;
  // Whose last line in the journal counts: bound, or deleted and of the cluster file.
  std::set<Name> counting_;
  size_t compact_at_ = 0;  // lines; more after a try that failed
  // Pods that could not be written down, until they are asked for; the newest last.
  std::deque<model::Pod> refused_;
  const std::function<void(const std::string&)> on_problem_;
  std::function<void(const model::Pod&)> on_bound_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PendingBind> binds_;
  std::vector<std::function<void()>> calls_;
  bool stopping_ = false;
  std::thread worker_;
};

// The pod as it is once this record's bind is done: request and kubelet count follow from the
// allocation.
model::Pod BoundPod(const JournalRecord& record);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_FILE_API_H_
