// The commit protocol under random schedules: pods come and go under names that are used again,
// binds are called for, abandoned and called for again, nodes' locks are served by an agent, the
// watches lag and are listed anew, answers are lost, writes take effect late, and the scheduler is
// killed and started again. Whatever happens: no card is given twice, no pod is bound past its
// node's lock, every bind is answered in time and ends, and in the end the books are the server's.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/sim_api_server.h"

namespace tangram::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ManualClock;
using testing::SimApiServer;

constexpr Duration kTick = milliseconds(50);
constexpr int kPods = 9;
constexpr int kNodes = 3;
constexpr int kMib = 1000;

std::string NodeName(int i) { return "node-" + std::to_string(i); }
std::string PodName(int i) { return "web-" + std::to_string(i); }

// One reflector: what the server's log tells of one resource, with lags, breaks and new lists.
class Reflector {
 public:
  Reflector(SimApiServer& server, bool pods) : server_(server), pods_(pods) {}

  // The first list at once; later ones arrive up to five seconds after they were made.
  void Connect(Scheduler& scheduler, Instant now) {
    scheduler_ = &scheduler;
    BeginList();
    list_at_ = now;
  }

  void Step(Instant now, bool faults) {
    if (list_.has_value()) {
      if (now >= list_at_) EndList();
      return;
    }
    if (faults && server_.Draw(300) == 0) down_until_ = now + server_.DrawTime(8'000);
    if (now < down_until_) {
      was_down_ = true;
      return;
    }
    if (std::exchange(was_down_, false) && server_.Draw(3) == 0) {
      BeginList();
      list_at_ = now + server_.DrawTime(5'000);
      return;
    }
    const int most = faults ? server_.Draw(4) : 1'000;
    for (int told = 0; told < most && next_ < server_.log().size(); ++next_) {
      told += Tell(server_.log()[next_]) ? 1 : 0;
    }
  }

 private:
  struct List {
    std::vector<PodObservation> pods;
    std::vector<NodeObservation> nodes;
    std::string version;
  };

  void BeginList() {
    List list;
    for (const auto& [name, pod] : server_.pods()) list.pods.push_back(pod);
    for (const auto& [name, node] : server_.nodes()) list.nodes.push_back(node);
    list.version = server_.version();
    list_ = std::move(list);
    next_ = server_.log().size();
  }
  void EndList() {
    if (pods_) {
      scheduler_->OnPodList(list_->pods, list_->version);
    } else {
      scheduler_->OnNodeList(list_->nodes, list_->version);
    }
    list_.reset();
  }
  bool Tell(const SimApiServer::Event& event) {
    if (pods_ != event.pod.has_value()) return false;
    if (!pods_) {
      EXPECT_TRUE(scheduler_->OnNode(*event.node).ok());
    } else if (event.deleted) {
      scheduler_->OnPodDeleted(event.pod->id);
    } else {
      scheduler_->OnPod(*event.pod);
    }
    return true;
  }

  SimApiServer& server_;
  const bool pods_;
  Scheduler* scheduler_ = nullptr;
  size_t next_ = 0;
  std::optional<List> list_;
  Instant list_at_{};
  Instant down_until_{};
  bool was_down_ = false;
};

struct Kind {
  std::string name;
  bool agent = false;            // nodes have the lock of HAMi's agent
  bool checks_versions = false;  // the server holds a Binding to its resourceVersion
};

class Life {
 public:
  Life(uint64_t seed, const Kind& kind)
      : server_(seed, clock_, kind.checks_versions),
        pods_(server_, true),
        nodes_(server_, false),
        touches_(kind.checks_versions),
        slots_(kPods) {
    for (int i = 0; i < kNodes; ++i) {
      NodeObservation node = testing::MakeNode(NodeName(i), 1, kMib);
      node.has_agent = kind.agent;
      server_.AddNode(std::move(node));
    }
    Start();
  }

  void Run(Duration chaos) {
    const Instant end = clock_.Now() + chaos;
    while (clock_.Now() < end) {
      Tick(/*faults=*/true);
      for (int i = 0; i < kPods; ++i) Play(i);
      if (server_.Draw(700) == 0) Start();
      if (::testing::Test::HasFailure()) return;
    }
    server_.set_faults({0, 0, 0, 0});
    // What is in flight lands, what is in doubt is decided, what was confirmed is looked up.
    const Instant calm = clock_.Now() + seconds(300);
    while (clock_.Now() < calm) Tick(/*faults=*/false);
    ExpectAllEnded();
  }

 private:
  // The pods of one name, as kube-scheduler sees them.
  struct Slot {
    int births = 0;
    std::string binding;  // the uid whose bind is not answered
    std::string node;
    Instant asked{};
    Instant retry_at{};
    std::shared_ptr<BindTicket> ticket;
  };

  // The process is killed, and another one starts.
  void Start() {
    server_.NewClient();
    incarnation_++;
    SchedulerOptions options;
    options.node_policy = FindNodePolicy("binpack");
    options.request_timeout = testing::kRequestTimeout;
    scheduler_ = std::make_unique<Scheduler>(options, clock_, server_);
    nodes_.Connect(*scheduler_, clock_.Now());
    pods_.Connect(*scheduler_, clock_.Now() + server_.DrawTime(1'000));
    for (Slot& slot : slots_) {
      slot.binding.clear();
      slot.ticket.reset();
      slot.retry_at = clock_.Now() + server_.DrawTime(3'000);
    }
  }

  void Tick(bool faults) {
    clock_.Advance(kTick);
    server_.Step();
    nodes_.Step(clock_.Now(), faults);
    pods_.Step(clock_.Now(), faults);
    scheduler_->Advance();
    while (scheduler_->LookForRoom()) continue;
    for (const std::string& violation : server_.violations()) ADD_FAILURE() << violation;
  }

  void Play(int i) {
    Slot& slot = slots_[static_cast<size_t>(i)];
    const std::string name = PodName(i);
    const model::Pod* pod = server_.Find(name);
    if (pod == nullptr) {
      if (server_.Draw(40) == 0) Create(slot, name);
      return;
    }
    if (server_.Draw(600) == 0) return server_.DeletePod(name);
    if (touches_ && !pod->bound() && server_.Draw(200) == 0) server_.TouchPod(name);
    if (!slot.binding.empty()) {
      EXPECT_LT(clock_.Now(), slot.asked + seconds(26)) << slot.binding << " got no answer";
      if (server_.Draw(150) == 0) Abandon(slot);
      return;
    }
    if (!pod->bound() && clock_.Now() >= slot.retry_at && scheduler_->ready()) Bind(slot, *pod);
  }

  void Create(Slot& slot, const std::string& name) {
    model::Pod pod = testing::MakePod(name, 200 + 100 * server_.Draw(5));
    pod.id.uid = name + "#" + std::to_string(++slot.births);
    server_.CreatePod(std::move(pod));
  }

  // As when kube-scheduler restarts: it tries the pod again, at once or later.
  void Abandon(Slot& slot) {
    if (slot.ticket != nullptr) slot.ticket->Abandon();
    slot.binding.clear();
    slot.retry_at = clock_.Now() + server_.DrawTime(2'000);
  }

  void Bind(Slot& slot, const model::Pod& pod) {
    std::vector<std::string> names;
    for (int i = 0; i < kNodes; ++i) {
      if (server_.Draw(5) > 0) names.push_back(NodeName(i));
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto reply = scheduler_->Filter({pod, views});
    ASSERT_TRUE(reply.ok());
    slot.retry_at = clock_.Now() + milliseconds(300) + server_.DrawTime(1'000);
    const std::vector<uint32_t>& fitting = reply->outcome.fitting;
    if (fitting.empty()) return;
    const size_t any = static_cast<size_t>(server_.Draw(static_cast<int>(fitting.size())));
    slot.node = names[fitting[any]];
    slot.binding = pod.id.uid;
    slot.asked = clock_.Now();
    const int ask = ++asks_;
    slot.ticket = scheduler_->Bind(
        {pod.id, slot.node}, [this, &slot, ask, id = pod.id, node = slot.node,
                              incarnation = incarnation_](const std::string& error) {
          EXPECT_TRUE(answered_.insert(ask).second) << id.uid << " was answered twice";
          if (incarnation == incarnation_) OnAnswer(slot, id, node, error);
        });
  }

  void OnAnswer(Slot& slot, const model::PodId& id, const std::string& node,
                const std::string& error) {
    const model::Pod* pod = server_.Find(id.name);
    const bool there = pod != nullptr && pod->id.uid == id.uid;
    if (error.empty() && there) {
      EXPECT_EQ(pod->node, node) << id.uid << " was said to be bound";
    }
    if (slot.binding != id.uid) return;
    slot.binding.clear();
    // kube-scheduler writes the failure into the pod.
    if (touches_ && there && !error.empty() && server_.Draw(2) == 0) server_.TouchPod(id.name);
  }

  void ExpectAllEnded() {
    EXPECT_EQ(scheduler_->stats().binds_in_progress, 0);
    EXPECT_TRUE(scheduler_->CheckInvariants().ok());
    const model::Snapshot snapshot = scheduler_->snapshot();
    for (const auto& [name, node] : server_.nodes()) {
      const model::NodeIndex index = snapshot.Find(name);
      ASSERT_NE(index, model::kNoNode);
      EXPECT_EQ(snapshot.At(index)->totals().memory_used_mib, server_.BoundMib(name)) << name;
      EXPECT_EQ(node.lock, "") << name;
    }
  }

  ManualClock clock_;
  SimApiServer server_;
  Reflector pods_;
  Reflector nodes_;
  // Where a Binding's version is no precondition, a pod that changed tells nothing.
  const bool touches_;
  std::vector<Slot> slots_;
  std::unique_ptr<Scheduler> scheduler_;
  std::set<int> answered_;
  int asks_ = 0;
  int incarnation_ = 0;
};

class CommitProtocolTest : public ::testing::TestWithParam<Kind> {};

TEST_P(CommitProtocolTest, WhateverHappensNoCardIsGivenTwiceAndEveryBindEnds) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life(seed, GetParam()).Run(seconds(120));
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Servers, CommitProtocolTest,
    ::testing::Values(Kind{"Locks", true, true}, Kind{"NoLocks", false, true},
                      Kind{"NoLocksAndAServerThatChecksNoVersions", false, false}),
    [](const ::testing::TestParamInfo<Kind>& kind) { return kind.param.name; });

}  // namespace
}  // namespace tangram::scheduler
