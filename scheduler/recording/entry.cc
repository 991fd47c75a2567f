#include "scheduler/recording/entry.h"

#include <bit>
#include <utility>

namespace tangram::scheduler::recording {

OfferedNodes OfferedNodes::Of(model::Snapshot snapshot, Offer&& offer) {
  OfferedNodes offered{std::move(snapshot), std::move(offer.indices), nullptr};
  std::vector<std::string> strangers;
  for (size_t i = 0; i < offered.indices.size(); ++i) {
    if (offered.indices[i] == model::kNoNode) strangers.emplace_back(offer.names[i]);
  }
  if (!strangers.empty()) {
    offered.strangers = std::make_shared<const std::vector<std::string>>(std::move(strangers));
  }
  return offered;
}

OfferedNodes OfferedNodes::OfNames(std::span<const std::string_view> names) {
  return {model::Snapshot(), std::vector<model::NodeIndex>(names.size(), model::kNoNode),
          std::make_shared<const std::vector<std::string>>(names.begin(), names.end())};
}

std::vector<std::string_view> OfferedNodes::Names() const {
  std::vector<std::string_view> names;
  names.reserve(indices.size());
  size_t stranger = 0;
  for (const model::NodeIndex index : indices) {
    if (index == model::kNoNode) {
      names.emplace_back((*strangers)[stranger++]);
    } else {
      names.emplace_back(snapshot.At(index)->name());
    }
  }
  return names;
}

uint64_t DigestOf(std::span<const FilterOutcome::Refusal> refused) {
  constexpr uint64_t kPrime = 0x9e3779b97f4a7c15;
  uint64_t digest = refused.size();
  for (const FilterOutcome::Refusal& refusal : refused) {
    const uint64_t word = uint64_t{refusal.position} << 32 | refusal.reasons.bits() << 1 |
                          (refusal.resolvable ? 1u : 0u);
    digest = std::rotl((digest ^ word) * kPrime, 29);
  }
  return digest;
}

std::vector<std::string> WordsOf(ReasonSet reasons) {
  std::vector<std::string> words;
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (reasons.Has(reason)) words.emplace_back(ReasonWord(reason));
  }
  return words;
}

FilterAnswered AnswerOf(uint64_t call, const FilterOutcome& outcome, bool held_up) {
  FilterAnswered answer;
  answer.call = call;
  answer.fitting = outcome.fitting;
  answer.fitting_total = outcome.fitting_total;
  answer.refused = outcome.refused.size();
  answer.refusals_digest = DigestOf(outcome.refused);
  answer.best_cards.assign(outcome.best_placement.cards.begin(),
                           outcome.best_placement.cards.end());
  answer.held_up = held_up;
  return answer;
}

}  // namespace tangram::scheduler::recording
