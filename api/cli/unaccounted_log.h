// Tells people of bound pods whose use of the cards cannot be told: a line in the log for each, and
// an Event where there is a server to tell it to.
//
// Asked to look after everything that can make a pod one of them: its own events, and those of its
// node, whose cards may have changed under it. What was told is not told again while it lasts.
//
// Thread contract: every method may be called from any thread.
#ifndef API_CLI_UNACCOUNTED_LOG_H_
#define API_CLI_UNACCOUNTED_LOG_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/kubernetes/event_recorder.h"
#include "api/telemetry/log.h"
#include "model/mutex.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {

class UnaccountedLog {
 public:
  using Tell = std::function<void(const kubernetes::EventNote&)>;

  // `scheduler` and `log` must outlive it. `tell` takes the Events; may be null.
  UnaccountedLog(const scheduler::Scheduler& scheduler, const telemetry::Logger& log, Tell tell)
      : scheduler_(scheduler), log_(log), tell_(std::move(tell)) {}

  // After an event of the node, or of a pod there.
  void Look(const std::string& node);
  // After a list.
  void LookAtAll();

 private:
  using Told = std::map<std::string, std::string>;  // by uid: what was told

  void Renew(const std::string& node, const std::vector<scheduler::UnaccountedPod>& pods)
      TANGRAM_REQUIRES(mutex_);
  void TellOf(const scheduler::UnaccountedPod& pod, const std::string& why);

  const scheduler::Scheduler& scheduler_;
  const telemetry::Logger& log_;
  const Tell tell_;
  model::Mutex mutex_;
  std::map<std::string, Told> told_ TANGRAM_GUARDED_BY(mutex_);  // by node
};

}  // namespace tangram::api::cli

#endif  // API_CLI_UNACCOUNTED_LOG_H_
