#include "scheduler/reason_texts.h"

#include <algorithm>

#include "scheduler/reason.h"

namespace tangram::scheduler {
namespace {

static_assert(kReasonCount <= static_cast<int>(kMostTexts));

// Numbers the different sets by first appearance. False when there are more than kMostTexts.
bool Number(std::span<const FilterOutcome::Refusal> refused, bool first_only,
            std::vector<ReasonSet>* sets, std::vector<uint8_t>* set_of) {
  sets->clear();
  set_of->clear();
  set_of->reserve(refused.size());
  size_t last = 0;
  for (const FilterOutcome::Refusal& refusal : refused) {
    const ReasonSet set = first_only ? refusal.reasons.FirstOnly() : refusal.reasons;
    // Neighbours are often refused alike.
    if (last >= sets->size() || (*sets)[last] != set) {
      last = static_cast<size_t>(std::find(sets->begin(), sets->end(), set) - sets->begin());
      if (last == sets->size()) {
        if (last == kMostTexts) return false;
        sets->push_back(set);
      }
    }
    set_of->push_back(static_cast<uint8_t>(last));
  }
  return true;
}

}  // namespace

ReasonTexts MakeReasonTexts(std::span<const FilterOutcome::Refusal> refused,
                            const model::PodRequest& request) {
  ReasonTexts answer;
  std::vector<ReasonSet> sets;
  if (!Number(refused, false, &sets, &answer.text_of)) {
    Number(refused, true, &sets, &answer.text_of);
  }
  answer.texts.reserve(sets.size());
  for (const ReasonSet set : sets) answer.texts.push_back(ReasonText(set, request));
  return answer;
}

}  // namespace tangram::scheduler
