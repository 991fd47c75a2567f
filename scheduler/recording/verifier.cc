#include "scheduler/recording/verifier.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::scheduler::recording {
namespace {

std::string NameOf(const model::PodId& pod) { return absl::StrCat(pod.name_space, "/", pod.name); }

// Deadlines are the recording's: whatever ends, it says so.
constexpr Instant kNever = Instant::max();

FilterCall CallOf(const VerbBegun& begun, std::span<const std::string_view> names) {
  FilterCall call;
  call.pod.id = begun.pod;
  call.pod.request = begun.request;
  call.pod.host = begun.host;
  call.names = names;
  return call;
}

// The first place at which two lists differ; as long as both when they do not.
template <typename T>
size_t FirstDifference(const std::vector<T>& a, const std::vector<T>& b) {
  const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<size_t>(at.first - a.begin());
}

std::string NodeAt(const std::vector<uint32_t>& fitting, size_t i,
                   std::span<const std::string_view> names) {
  if (i >= fitting.size()) return "nothing";
  return model::Shown(names[fitting[i]]);
}

// How the answers differ; empty when they do not.
std::string Compare(const FilterAnswered& was, const FilterAnswered& is,
                    std::span<const std::string_view> names) {
  if (was.held_up != is.held_up) {
    return absl::StrCat("was ", was.held_up ? "" : "not ", "told to wait for others, is ",
                        is.held_up ? "" : "not");
  }
  if (was.fitting_total != is.fitting_total || was.refused != is.refused) {
    return absl::StrCat(was.fitting_total, " nodes fitted and ", was.refused,
                        " were refused, now it is ", is.fitting_total, " and ", is.refused);
  }
  if (was.fitting != is.fitting) {
    const size_t i = FirstDifference(was.fitting, is.fitting);
    return absl::StrCat("place ", i + 1, " was ", NodeAt(was.fitting, i, names), ", is ",
                        NodeAt(is.fitting, i, names));
  }
  if (was.refusals_digest != is.refusals_digest) return "the reasons of refused nodes differ";
  if (was.best_cards != is.best_cards) {
    return absl::StrCat("cards on the best node were ", absl::StrJoin(was.best_cards, "+"),
                        ", are ", absl::StrJoin(is.best_cards, "+"));
  }
  return "";
}

std::string Compare(const std::vector<int32_t>& was, const std::vector<int32_t>& is,
                    std::span<const std::string_view> names) {
  if (was == is) return "";
  const size_t i = FirstDifference(was, is);
  if (i >= was.size() || i >= is.size()) return "the number of scores differs";
  return absl::StrCat("the score of ", model::Shown(names[i]), " was ", was[i], ", is ", is[i]);
}

std::string Text(const model::Allocation& allocation) {
  std::vector<std::string> shares;
  for (const model::AllocationSlot& slot : allocation.slots) {
    for (const model::CardShare& share : slot.shares) {
      shares.push_back(
          absl::StrCat(share.uuid, " ", share.memory.value(), " MiB ", share.cores.value(), " %"));
      if (!share.instance.has_value()) continue;
      absl::StrAppend(&shares.back(), " ", share.instance->profile, "@",
                      share.instance->placement.start);
    }
  }
  return shares.empty() ? "no card" : absl::StrJoin(shares, "; ");
}

std::string Outcome(bool fits, const std::vector<std::string>& reasons,
                    const model::Allocation& allocation) {
  return fits ? Text(allocation) : absl::StrCat("refused: ", absl::StrJoin(reasons, ", "));
}

}  // namespace

Verifier::Verifier(SchedulerOptions options)
    : options_(std::move(options)),
      cluster_(options_.host_buckets),
      keepers_(options_.view_policies, options_.host_buckets, options_.card_policy),
      mig_keeper_(options_.mig_policy, options_.mig_tuning) {}

absl::Status Verifier::Take(const Record& record, uint64_t line) {
  line_ = line;
  return std::visit([this](const auto& entry) { return Read(entry); }, record.entry);
}

void Verifier::Note(Tally& tally, std::string difference) {
  ++tally.recorded;
  if (difference.empty()) return;
  ++tally.different;
  if (findings_.first.size() < Findings::kShown) {
    findings_.first.push_back({line_, std::move(difference)});
  }
}

absl::Status Verifier::Read(const EventApplied& entry) {
  const absl::StatusOr<model::Change> change = cluster_.Apply(entry.event);
  if (!change.ok()) return change.status();
  const bool same = change->version == entry.version;
  Note(findings_.events, same ? ""
                              : absl::StrCat("an event made version ", entry.version,
                                             " of the books, now it makes ", change->version));
  return absl::OkStatus();
}

absl::Status Verifier::Read(const HoldBegun& entry) {
  holds_.Set(entry.uid, entry.node, entry.demand, entry.kubelet_gpus, entry.counted, kNever);
  return absl::OkStatus();
}

absl::Status Verifier::Read(const HoldEnded& entry) {
  holds_.Remove(entry.uid);
  return absl::OkStatus();
}

absl::Status Verifier::Read(const PodSeen& entry) {
  model::Pod pod;
  pod.id = entry.id;
  pod.request = entry.request;
  pod.host = entry.host;
  keepers_.Note(pod);
  mig_keeper_.Note(pod.request);
  return absl::OkStatus();
}

absl::Status Verifier::Read(const PodGone& entry) {
  if (entry.bound) keepers_.Departed();
  return absl::OkStatus();
}

absl::StatusOr<PolicyKeeper*> Verifier::Learning(const std::string& policy) {
  PolicyKeeper* keeper = keepers_.Find(policy);
  if (keeper != nullptr && keeper->learns()) return keeper;
  return absl::InvalidArgumentError(
      absl::StrCat("policy ", model::Shown(policy), " learns, but there is no such policy"));
}

void Verifier::NoteVersion(const std::string& policy, uint64_t was, uint64_t is) {
  Note(findings_.policies,
       was == is ? ""
                 : absl::StrCat("version ", was, " of ", policy, " was learned, now it is ",
                                is == 0 ? "none" : absl::StrCat(is)));
}

absl::Status Verifier::Read(const LearningBegun& entry) {
  const absl::StatusOr<PolicyKeeper*> keeper = Learning(entry.policy);
  if (!keeper.ok()) return keeper.status();
  std::shared_ptr<const ViewNodePolicy>& learned = learned_[entry.policy];
  learned = nullptr;
  const auto task = (*keeper)->Take(cluster_.snapshot());
  if (task.has_value()) learned = (*keeper)->Learn(*task);
  return absl::OkStatus();
}

absl::Status Verifier::Read(const PolicyChanged& entry) {
  const absl::StatusOr<PolicyKeeper*> keeper = Learning(entry.policy);
  if (!keeper.ok()) return keeper.status();
  std::shared_ptr<const ViewNodePolicy>& learned = learned_[entry.policy];
  const uint64_t version = learned != nullptr ? learned->version() : 0;
  NoteVersion(entry.policy, entry.version, version);
  if (learned != nullptr) (*keeper)->Put(std::exchange(learned, nullptr));
  return absl::OkStatus();
}

absl::Status Verifier::Read(const MigLearningBegun&) {
  mig_learned_ = nullptr;
  const auto task = mig_keeper_.Take(cluster_.snapshot());
  if (task.has_value()) mig_learned_ = mig_keeper_.Learn(*task);
  return absl::OkStatus();
}

absl::Status Verifier::Read(const MigPolicyChanged& entry) {
  NoteVersion("the MIG policy", entry.version,
              mig_learned_ != nullptr ? mig_learned_->version() : 0);
  if (mig_learned_ != nullptr) mig_keeper_.Put(std::exchange(mig_learned_, nullptr));
  return absl::OkStatus();
}

model::HostResources Verifier::Counted(const model::HostResources& host) const {
  return options_.host_buckets == model::HostBuckets() ? model::HostResources() : host;
}

absl::Status Verifier::Read(const VerbBegun& entry) {
  if (pending_.contains(entry.call)) {
    return absl::InvalidArgumentError(absl::StrCat("call ", entry.call, " begins twice"));
  }
  VerbView view = ViewFor(cluster_, holds_, entry.pod.uid);
  view.policy = PolicyFor(entry.request, options_, keepers_);
  view.mig_policy = mig_keeper_.policy();
  view.host = Counted(entry.host);
  view.bind_node = entry.bind_node;
  pending_.emplace(entry.call, Pending{entry, std::move(view)});
  return absl::OkStatus();
}

absl::StatusOr<Verifier::Pending> Verifier::End(uint64_t call) {
  const auto found = pending_.find(call);
  if (found == pending_.end()) {
    return absl::InvalidArgumentError(absl::StrCat("call ", call, " ends, but it never began"));
  }
  Pending pending = std::move(found->second);
  pending_.erase(found);
  return pending;
}

absl::Status Verifier::Read(const VerbDropped& entry) { return End(entry.call).status(); }

absl::Status Verifier::Read(const FilterAnswered& entry) {
  const absl::StatusOr<Pending> pending = End(entry.call);
  if (!pending.ok()) return pending.status();
  const std::vector<std::string_view> names = entry.offered.Names();
  const FilterCall call = CallOf(pending->begun, names);
  const absl::StatusOr<Offer> offer = FindOffer(pending->view.snapshot, names);
  if (!offer.ok()) return offer.status();
  std::optional<FilterReply> reply = AnswerWhileBound(pending->view, call);
  if (!reply.has_value()) {
    reply = AnswerFilter(pending->view, call, *offer, {options_.card_policy, options_.candidates},
                         pending->begun.patient, &verdicts_)
                .reply;
  }
  const std::string difference =
      Compare(entry, AnswerOf(entry.call, reply->outcome, reply->held_up), names);
  Note(findings_.filters,
       difference.empty()
           ? ""
           : absl::StrCat("filter of ", NameOf(pending->begun.pod), ": ", difference));
  return absl::OkStatus();
}

absl::Status Verifier::Read(const PrioritizeAnswered& entry) {
  const absl::StatusOr<Pending> pending = End(entry.call);
  if (!pending.ok()) return pending.status();
  const std::vector<std::string_view> names = entry.offered.Names();
  const absl::StatusOr<Offer> offer = FindOffer(pending->view.snapshot, names);
  if (!offer.ok()) return offer.status();
  const PrioritizeReply reply = AnswerPrioritize(pending->view, CallOf(pending->begun, names),
                                                 *offer, options_.card_policy, &verdicts_);
  const std::string difference = Compare(entry.scores, reply.scores, names);
  Note(findings_.prioritizes,
       difference.empty()
           ? ""
           : absl::StrCat("prioritize of ", NameOf(pending->begun.pod), ": ", difference));
  return absl::OkStatus();
}

absl::Status Verifier::Read(const CardsChosen& entry) {
  if (cluster_.FindNode(entry.node) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("cards of ", model::Shown(entry.node),
                                                   " are chosen, but there is no such "
                                                   "node"));
  }
  const CardChoice choice =
      ChooseCards(cluster_, entry.pod.uid, entry.node, entry.request, Counted(entry.host),
                  *PolicyFor(entry.request, options_, keepers_), options_.card_policy,
                  mig_keeper_.policy().get());
  const std::vector<std::string> reasons = WordsOf(choice.answer.reasons);
  const bool same = choice.answer.fits == entry.fits && reasons == entry.reasons &&
                    choice.allocation == entry.allocation;
  Note(findings_.binds,
       same ? ""
            : absl::StrCat("bind of ", NameOf(entry.pod), " to ", model::Shown(entry.node),
                           ": was ", Outcome(entry.fits, entry.reasons, entry.allocation), ", is ",
                           Outcome(choice.answer.fits, reasons, choice.allocation)));
  return absl::OkStatus();
}

}  // namespace tangram::scheduler::recording
