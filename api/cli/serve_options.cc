// Reads the values of the settings of `tangram serve`.
#include "api/cli/serve_options.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "model/string_map.h"
#include "scheduler/mig/policy.h"
#include "scheduler/view_policy.h"

namespace tangram::api::cli {
namespace {

using model::ToAbsl;
using scheduler::NodeLockMode;

// Reads values one after the other and keeps the first error, so that the list of options below
// stays a list.
class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}

  const Setting& Get(std::string_view name) const { return settings_.find(name)->second; }
  bool IsDefault(std::string_view name) const { return Get(name).source == "default"; }
  const absl::Status& status() const { return status_; }

  // `parse` is text -> StatusOr<T>, its error says what is allowed.
  template <typename T, typename Parse>
  void Read(std::string_view name, T& value, Parse parse) {
    auto parsed = parse(Get(name).value);
    if (parsed.ok()) {
      value = *std::move(parsed);
    } else {
      Fail(name, model::ToStd(parsed.status().message()));
    }
  }

  void Fail(std::string_view name, std::string_view why) {
    if (!status_.ok()) return;
    const Setting& setting = Get(name);
    status_ = absl::InvalidArgumentError(absl::StrCat(
        ToAbsl(name), " \"", setting.value, "\" (from ", setting.source, "): ", ToAbsl(why)));
  }

 private:
  const Settings& settings_;
  absl::Status status_;
};

// Either kind of policy by its name.
struct NodePolicyChoice {
  const scheduler::NodePolicy* plain = nullptr;
  std::string views;
};

absl::StatusOr<NodePolicyChoice> ParseNodePolicy(std::string_view text) {
  if (const auto* policy = scheduler::FindNodePolicy(text)) return NodePolicyChoice{policy, ""};
  const std::vector<std::string_view> views = scheduler::ViewPolicyNames();
  if (std::find(views.begin(), views.end(), text) != views.end()) {
    return NodePolicyChoice{scheduler::FindNodePolicy("binpack"), std::string(text)};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("allowed: ", JoinWords(scheduler::NodePolicyNames()), ", ", JoinWords(views)));
}

// "batch=binpack,gpu=spread" by profile.
absl::StatusOr<std::map<std::string, NodePolicyChoice>> ParseProfilePolicies(
    std::string_view text) {
  std::map<std::string, NodePolicyChoice> choices;
  for (const absl::string_view word : absl::StrSplit(ToAbsl(text), ',', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(word), absl::MaxSplits('=', 1));
    if (pair.first.empty() || pair.second.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", word, "\": allowed: PROFILE=POLICY, several with commas"));
    }
    auto choice = ParseNodePolicy(pair.second);
    if (!choice.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("profile ", pair.first, ": ", choice.status().message()));
    }
    if (!choices.emplace(pair.first, *std::move(choice)).second) {
      return absl::InvalidArgumentError(absl::StrCat("profile ", pair.first, " comes twice"));
    }
  }
  return choices;
}

// Where one policy looks at CPU and memory, they are counted, and pods may name any policy; how
// finely they are seen is for those to say that the server was given.
void ReadNodePolicies(Reader& reader, scheduler::SchedulerOptions& options) {
  NodePolicyChoice choice;
  reader.Read("node-policy", choice, ParseNodePolicy);
  options.node_policy = choice.plain;
  options.default_views = choice.views;
  std::map<std::string, NodePolicyChoice> profiles;
  reader.Read("profile-policies", profiles, ParseProfilePolicies);
  std::vector<std::string> given;
  if (!choice.views.empty()) given.push_back(choice.views);
  for (const auto& [profile, own] : profiles) {
    if (!own.views.empty()) given.push_back(own.views);
    options.profile_policies[profile] =
        own.views.empty() ? std::string(own.plain->name()) : own.views;
  }
  if (given.empty()) return;
  for (const std::string& policy : given) {
    options.host_buckets = scheduler::Finest(options.host_buckets, scheduler::BucketsFor(policy));
  }
  for (const std::string_view name : scheduler::ViewPolicyNames()) {
    options.view_policies.emplace_back(name);
  }
}

absl::StatusOr<std::string> ParseMigPolicy(std::string_view text) {
  const std::vector<std::string_view> names = scheduler::mig::PolicyNames();
  if (std::find(names.begin(), names.end(), text) != names.end()) return std::string(text);
  return absl::InvalidArgumentError(absl::StrCat("allowed: ", JoinWords(names)));
}

absl::StatusOr<scheduler::CardPolicy> ParseCardPolicy(std::string_view text) {
  if (scheduler::CardPolicy::IsKnown(text)) return scheduler::CardPolicy::Parse(text);
  return absl::InvalidArgumentError(
      "allowed: binpack, spread, mutex, numa, topology-aware, or several of them with commas");
}

absl::StatusOr<NodeLockMode> ParseNodeLockMode(std::string_view text) {
  if (text == "auto") return NodeLockMode::kAuto;
  if (text == "on") return NodeLockMode::kOn;
  if (text == "off") return NodeLockMode::kOff;
  return absl::InvalidArgumentError("allowed: auto, on, off");
}

absl::StatusOr<bool> ParseUnaccounted(std::string_view text) {
  if (text == "close") return true;
  if (text == "ignore") return false;
  return absl::InvalidArgumentError("allowed: close, ignore");
}

absl::StatusOr<bool> ParseJournal(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return absl::InvalidArgumentError("allowed: on, off");
}

void CheckSources(Reader& reader, ServeOptions& options) {
  options.cluster_file = reader.Get("cluster").value;
  options.kubeconfig = reader.Get("kubeconfig").value;
  options.context = reader.Get("context").value;
  if (!options.standalone()) return;
  for (const std::string_view name : {"kubeconfig", "context"}) {
    if (!reader.Get(name).value.empty()) {
      reader.Fail(name, absl::StrCat("not together with cluster \"", options.cluster_file,
                                     "\" (from ", reader.Get("cluster").source, ")"));
    }
  }
}

// Without an API server nobody else writes: there is no predecessor's write to wait for, and no
// agent that would free a lock.
void AdaptToStandalone(Reader& reader, ServeOptions& options) {
  if (!options.standalone()) return;
  if (options.scheduler.node_lock == NodeLockMode::kOn) {
    reader.Fail("node-lock", "allowed with cluster: auto, off (no agent would free the lock)");
  }
  options.scheduler.node_lock = NodeLockMode::kOff;
  if (reader.IsDefault("settle")) options.scheduler.settle = scheduler::Duration::zero();
}

}  // namespace

absl::StatusOr<ServeOptions> ParseServeOptions(const Settings& settings) {
  Reader reader(settings);
  ServeOptions options;
  scheduler::SchedulerOptions& scheduler = options.scheduler;
  CheckSources(reader, options);
  reader.Read("journal", options.journal, ParseJournal);
  reader.Read("listen", options.listen, ParseHostPort);
  ReadNodePolicies(reader, scheduler);
  reader.Read("card-policy", scheduler.card_policy, ParseCardPolicy);
  reader.Read("mig-policy", scheduler.mig_policy, ParseMigPolicy);
  reader.Read("candidates", scheduler.candidates, scheduler::Candidates::Parse);
  reader.Read("node-lock", scheduler.node_lock, ParseNodeLockMode);
  reader.Read("hold-ttl", scheduler.hold_ttl, ParseDuration);
  reader.Read("bind-wait", scheduler.bind_wait, ParseDuration);
  reader.Read("request-timeout", scheduler.request_timeout, ParseDuration);
  reader.Read("settle", scheduler.settle, ParseDuration);
  reader.Read("unaccounted", scheduler.close_unaccounted, ParseUnaccounted);
  options.record_file = reader.Get("record").value;
  options.settings = settings;
  reader.Read("body-limit", options.body_limit_bytes, ParseBytes);
  reader.Read("allow-old-server", options.allow_old_server, ParseBool);
  reader.Read("log-level", options.log_level, telemetry::ParseLogLevel);
  AdaptToStandalone(reader, options);
  if (!reader.status().ok()) return reader.status();
  return options;
}

}  // namespace tangram::api::cli
