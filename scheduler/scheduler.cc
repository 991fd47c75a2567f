#include "scheduler/scheduler.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "model/check.h"
#include "model/invariants.h"
#include "model/mutex.h"
#include "scheduler/binder.h"
#include "scheduler/reconciler.h"
#include "scheduler/recording/recorder.h"
#include "scheduler/verb_view.h"
#include "scheduler/waker.h"
#include "scheduler/world.h"

namespace tangram::scheduler {

class Scheduler::Impl : public std::enable_shared_from_this<Scheduler::Impl> {
 public:
  Impl(SchedulerOptions options, Clock& clock, KubeApi& api)
      : world_(std::move(options), clock, api), binder_(world_), reconciler_(world_, binder_) {}

  // Second step of construction: weak_from_this works from here on.
  void Connect() {
    world_.enter = [weak = weak_from_this()](const std::function<void()>& body) {
      if (const std::shared_ptr<Impl> self = weak.lock()) self->Run(body);
    };
    world_.observe_pod = [this](const model::Pod& pod) { return reconciler_.ObservePod(pod); };
  }

  // Runs `body` with the mutex held, then makes the calls it put into the outbox.
  template <typename Body>
  auto Run(Body&& body) -> decltype(body()) {
    struct Flush {
      std::vector<std::function<void()>>& calls;
      ~Flush() {
        for (const std::function<void()>& call : calls) call();
      }
    };
    std::vector<std::function<void()>> calls;
    const Flush flush{calls};
    const model::MutexLock lock(mutex_);
    struct Collect {
      Outbox& outbox;
      std::vector<std::function<void()>>& calls;
      ~Collect() { calls = outbox.Take(); }
    };
    const Collect collect{world_.outbox, calls};
    return body();
  }

  World& world() { return world_; }
  Binder& binder() { return binder_; }
  Reconciler& reconciler() { return reconciler_; }
  Waker& waker() { return waker_; }
  std::optional<Waker::Task>& look() { return look_; }
  VerdictCache& verdicts() { return verdicts_; }

 private:
  model::Mutex mutex_;
  World world_;
  Binder binder_;
  Reconciler reconciler_;
  Waker waker_;
  std::optional<Waker::Task> look_;  // of the thread that looks, without the mutex
  VerdictCache verdicts_;
};

namespace {

// The caller's end of a bind.
class Ticket : public BindTicket {
 public:
  explicit Ticket(std::function<void()> abandon) : abandon_(std::move(abandon)) {}
  void Abandon() override { abandon_(); }

 private:
  std::function<void()> abandon_;
};

}  // namespace

Scheduler::Scheduler(SchedulerOptions options, Clock& clock, KubeApi& api)
    : impl_(std::make_shared<Impl>(std::move(options), clock, api)) {
  TANGRAM_CHECK(impl_->world().options.node_policy != nullptr);
  impl_->Connect();
}

Scheduler::~Scheduler() = default;

absl::Status Scheduler::OnNode(const NodeObservation& node) {
  return impl_->Run([&] { return impl_->reconciler().ObserveNode(node); });
}

void Scheduler::OnNodeDeleted(const std::string& name, std::string_view version) {
  impl_->Run([&] { impl_->reconciler().ObserveNodeGone(name, version); });
}

void Scheduler::OnNodeList(const std::vector<NodeObservation>& nodes, std::string_view version) {
  impl_->Run([&] { impl_->reconciler().ObserveNodeList(nodes, version); });
}

void Scheduler::OnNodeWatch(bool open) {
  impl_->Run([&] { impl_->world().node_watch_open = open; });
}

void Scheduler::OnDraResources(const std::vector<std::string>& resources) {
  impl_->Run([&] { impl_->reconciler().ObserveDraResources(resources); });
}

void Scheduler::OnPod(const PodObservation& pod) {
  impl_->Run([&] { impl_->reconciler().ObservePod(pod); });
}

void Scheduler::OnPodDeleted(const model::PodId& pod) {
  impl_->Run([&] { impl_->reconciler().ObservePodGone(pod); });
}

void Scheduler::OnPodList(std::vector<PodObservation> pods, std::string_view version) {
  impl_->Run([&] { impl_->reconciler().ObservePodList(std::move(pods), version); });
}

bool Scheduler::ready() const {
  return impl_->Run([&] { return impl_->world().ready(); });
}

namespace {

// The watch's word counts more than the caller's.
model::HostResources HostOf(const World& world, const model::Pod& asked) {
  const PodTable::Entry* watched = world.pods.Find(asked.id.uid);
  return watched != nullptr ? watched->pod.host : asked.host;
}

VerbView LookFor(World& world, const Binder& binder, const model::Pod& asked) {
  const model::PodId& pod = asked.id;
  VerbView view = ViewFor(world.cluster, world.holds, pod.uid);
  view.policy = PolicyFor(asked.request, world.options, world.keepers);
  if (world.counts_host()) view.host = HostOf(world, asked);
  view.mig_policy = world.mig_keeper.policy();
  if (const BindJob* job = binder.Find(pod.uid)) view.bind_node = job->node;
  return view;
}

// Records that a verb looked, and returns the number of its call.
uint64_t NoteBegun(World& world, const model::Pod& pod, const VerbView& view, bool filter,
                   bool patient) {
  const uint64_t call = ++world.calls;
  if (world.recorder.on()) {
    world.recorder.Add(recording::VerbBegun{call, filter, patient, pod.id, pod.request,
                                            HostOf(world, pod), view.bind_node});
  }
  return call;
}

void NoteFiltered(const World& world, uint64_t call, const FilterReply& reply,
                  recording::OfferedNodes offered) {
  recording::FilterAnswered answer = recording::AnswerOf(call, reply.outcome, reply.held_up);
  answer.offered = std::move(offered);
  world.recorder.Add(std::move(answer));
}

}  // namespace

absl::StatusOr<FilterReply> Scheduler::Filter(const FilterCall& call, bool patient) {
  World& world = impl_->world();
  bool ready = false;
  uint64_t number = 0;
  VerbView view = impl_->Run([&] {
    ready = world.ready();
    if (!ready) return VerbView();
    world.stats.filters++;
    world.pods.RememberFiltered(call.pod, world.clock.Now());
    VerbView seen = LookFor(world, impl_->binder(), call.pod);
    number = NoteBegun(world, call.pod, seen, /*filter=*/true, patient);
    return seen;
  });
  if (!ready) return absl::UnavailableError("the first list of nodes and pods is not complete");

  const recording::Recorder& recorder = world.recorder;
  absl::StatusOr<Offer> offer = FindOffer(view.snapshot, call.names);
  if (!offer.ok()) {
    if (recorder.on()) recorder.Add(recording::VerbDropped{number});
    return offer.status();
  }
  if (auto reply = AnswerWhileBound(view, call); reply.has_value()) {
    if (recorder.on()) {
      NoteFiltered(world, number, *reply,
                   recording::OfferedNodes::Of(view.snapshot, *std::move(offer)));
    }
    return *std::move(reply);
  }
  FilterWork work =
      AnswerFilter(view, call, *offer, {world.options.card_policy, world.options.candidates},
                   patient, &impl_->verdicts());
  if (recorder.on()) {
    NoteFiltered(world, number, work.reply,
                 recording::OfferedNodes::Of(view.snapshot, *std::move(offer)));
  }
  if (work.reply.held_up) return std::move(work.reply);
  impl_->Run([&] {
    if (work.reply.outcome.fitting.empty()) {
      world.stats.filters_unfit++;
      world.pods.NoteRefused(call.pod.id.uid, view.snapshot.version());
    } else if (!work.node.empty() && impl_->binder().Find(call.pod.id.uid) == nullptr &&
               !world.pods.IsDeleted(call.pod.id.uid)) {
      world.holds.Set(call.pod.id.uid, work.node, std::move(work.demand),
                      work.reply.request.kubelet_gpus, work.reply.request.counted,
                      world.clock.Now() + world.options.hold_ttl);
    }
  });
  return std::move(work.reply);
}

absl::StatusOr<PrioritizeReply> Scheduler::Prioritize(const FilterCall& call) {
  World& world = impl_->world();
  bool ready = false;
  uint64_t number = 0;
  const VerbView view = impl_->Run([&] {
    ready = world.ready();
    if (!ready) return VerbView();
    VerbView seen = LookFor(world, impl_->binder(), call.pod);
    number = NoteBegun(world, call.pod, seen, /*filter=*/false, /*patient=*/false);
    return seen;
  });
  if (!ready) return absl::UnavailableError("the first list of nodes and pods is not complete");
  const recording::Recorder& recorder = world.recorder;
  absl::StatusOr<Offer> offer = FindOffer(view.snapshot, call.names);
  if (!offer.ok()) {
    if (recorder.on()) recorder.Add(recording::VerbDropped{number});
    return offer.status();
  }
  PrioritizeReply reply =
      AnswerPrioritize(view, call, *offer, world.options.card_policy, &impl_->verdicts());
  if (recorder.on()) {
    recorder.Add(recording::PrioritizeAnswered{
        number, recording::OfferedNodes::Of(view.snapshot, *std::move(offer)), reply.scores});
  }
  return reply;
}

std::shared_ptr<BindTicket> Scheduler::Bind(const BindCall& call,
                                            std::function<void(std::string)> done) {
  const uint64_t caller = impl_->Run([&] { return impl_->binder().Bind(call, std::move(done)); });
  std::weak_ptr<Impl> weak = impl_;
  return std::make_shared<Ticket>([weak, uid = call.pod.uid, caller] {
    if (const std::shared_ptr<Impl> impl = weak.lock()) {
      impl->Run([&] { impl->binder().Abandon(uid, caller); });
    }
  });
}

void Scheduler::Advance() {
  World& world = impl_->world();
  impl_->Run([&] {
    const Instant now = world.clock.Now();
    world.holds.Expire(now);
    world.pods.Expire(now);
    world.landings.Expire(now);
    impl_->binder().Advance();
    for (std::function<void()>& call : std::exchange(world.at_next_advance, {})) {
      world.outbox.Add(std::move(call));
    }
  });
}

bool Scheduler::LookForRoom() {
  World& world = impl_->world();
  std::optional<Waker::Task>& look = impl_->look();
  if (!look.has_value()) look = impl_->Run([&] { return impl_->waker().Prepare(world); });
  if (!look.has_value()) return false;
  if (!Waker::Look(*look, world.options.card_policy)) return true;
  impl_->Run([&] { impl_->waker().Finish(world, *look); });
  look.reset();
  return false;
}

bool Scheduler::LearnPolicy() {
  World& world = impl_->world();
  bool learned = LearnMigPolicy();
  for (PolicyKeeper* keeper : world.keepers.All()) learned |= LearnViewPolicy(*keeper);
  return learned;
}

bool Scheduler::LearnViewPolicy(PolicyKeeper& keeper) {
  World& world = impl_->world();
  const auto task = impl_->Run([&] {
    auto taken = world.ready() ? keeper.Take(world.cluster.snapshot()) : std::nullopt;
    if (taken.has_value() && world.recorder.on()) {
      world.recorder.Add(recording::LearningBegun{keeper.name()});
    }
    return taken;
  });
  if (!task.has_value()) return false;
  std::shared_ptr<const ViewNodePolicy> next = keeper.Learn(*task);
  if (next == nullptr) return false;
  impl_->Run([&] {
    if (world.recorder.on()) {
      world.recorder.Add(recording::PolicyChanged{keeper.name(), next->version()});
    }
    keeper.Put(std::move(next));
  });
  return true;
}

bool Scheduler::LearnMigPolicy() {
  World& world = impl_->world();
  const auto task = impl_->Run([&] {
    auto taken = world.ready() ? world.mig_keeper.Take(world.cluster.snapshot()) : std::nullopt;
    if (taken.has_value() && world.recorder.on()) {
      world.recorder.Add(recording::MigLearningBegun());
    }
    return taken;
  });
  if (!task.has_value()) return false;
  std::shared_ptr<const mig::LivePolicy> next = world.mig_keeper.Learn(*task);
  if (next == nullptr) return false;
  impl_->Run([&] {
    if (world.recorder.on()) world.recorder.Add(recording::MigPolicyChanged{next->version()});
    world.mig_keeper.Put(std::move(next));
  });
  return true;
}

void Scheduler::AtNextAdvance(std::function<void()> call) {
  impl_->Run([&] { impl_->world().at_next_advance.push_back(std::move(call)); });
}

model::Snapshot Scheduler::snapshot() {
  return impl_->Run([&] { return impl_->world().cluster.snapshot(); });
}

SchedulerStats Scheduler::stats() const {
  World& world = impl_->world();
  model::Snapshot snapshot;
  SchedulerStats stats = impl_->Run([&] {
    snapshot = world.cluster.snapshot();
    SchedulerStats now = world.stats;
    now.holds = static_cast<int64_t>(world.holds.size());
    now.binds_in_progress = static_cast<int64_t>(impl_->binder().in_progress());
    now.binds_queued = static_cast<int64_t>(impl_->binder().waiting());
    now.waiting_pods = static_cast<int64_t>(world.pods.waiting().size());
    now.gated_pods = static_cast<int64_t>(world.pods.gated());
    for (const PolicyKeeper* keeper : world.keepers.All()) {
      if (keeper->learns()) now.policy_versions[keeper->name()] = keeper->policy()->version();
    }
    now.known_pods = static_cast<int64_t>(world.pods.size());
    return now;
  });
  for (model::NodeIndex i = 0; i < snapshot.capacity(); ++i) {
    const model::Node* node = snapshot.At(i);
    if (node == nullptr || !node->known()) continue;
    stats.nodes++;
    stats.unaccounted_pods += node->unaccounted_pods() + node->ignored_pods();
    for (size_t card = 0; card < node->cards().size(); ++card) {
      if (node->mig_table(card) != nullptr) continue;  // profiles round compute up
      stats.overcommitted_cards += node->cards()[card].overcommitted();
    }
  }
  return stats;
}

TopView Scheduler::Top() {
  World& world = impl_->world();
  TopView view = impl_->Run([&] {
    TopView top;
    top.snapshot = world.cluster.snapshot();
    for (const std::string& uid : world.cluster.BookedUids()) {
      const model::Booking& booking = *world.cluster.FindBooking(uid);
      TopPod pod;
      const PodTable::Entry* entry = world.pods.Find(uid);
      const BindJob* job = impl_->binder().Find(uid);
      if (entry != nullptr) {
        pod.id = entry->pod.id;
      } else if (job != nullptr) {
        pod.id = job->pod;
      } else {
        pod.id.uid = uid;
      }
      pod.node = booking.node;
      pod.allocation = booking.allocation;
      const model::Node* node = world.cluster.FindNode(booking.node);
      if (node != nullptr && !node->counts_only()) {
        pod.unaccounted = IsUnaccounted(booking, *node);
        pod.ignored = booking.ignored;
        pod.missing_cards = MissingCards(booking, *node);
      }
      pod.kubelet_gpus = booking.kubelet_gpus;
      pod.counted = booking.counted;
      pod.init_finished = booking.init_finished;
      pod.binding = job != nullptr && job->stage != BindStage::kBound;
      top.pods.push_back(std::move(pod));
    }
    for (const auto& [uid, entry] : world.pods.waiting()) {
      if (world.cluster.FindBooking(uid) == nullptr) top.waiting.push_back(entry->pod);
    }
    top.gated = world.pods.gated();
    return top;
  });
  const auto by_name = [](const model::PodId& id) {
    return std::tie(id.name_space, id.name, id.uid);
  };
  std::sort(view.pods.begin(), view.pods.end(), [&](const TopPod& a, const TopPod& b) {
    return std::tie(a.node, a.id.name_space, a.id.name, a.id.uid) <
           std::tie(b.node, b.id.name_space, b.id.name, b.id.uid);
  });
  std::sort(
      view.waiting.begin(), view.waiting.end(),
      [&](const model::Pod& a, const model::Pod& b) { return by_name(a.id) < by_name(b.id); });
  return view;
}

std::vector<UnaccountedPod> Scheduler::UnaccountedOn(const std::string& node) const {
  return impl_->Run([&] { return scheduler::UnaccountedOn(impl_->world(), node); });
}

std::vector<UnaccountedPod> Scheduler::Unaccounted() const {
  const model::Snapshot snapshot = impl_->Run([&] { return impl_->world().cluster.snapshot(); });
  std::vector<UnaccountedPod> all;
  for (const model::Node* node : snapshot.NodesByName()) {
    if (node->unaccounted_pods() + node->ignored_pods() == 0) continue;
    for (UnaccountedPod& pod : UnaccountedOn(node->name())) all.push_back(std::move(pod));
  }
  return all;
}

const SchedulerOptions& Scheduler::options() const { return impl_->world().options; }

absl::Status Scheduler::CheckInvariants() const {
  return impl_->Run([&] { return model::CheckInvariants(impl_->world().cluster); });
}

}  // namespace tangram::scheduler
