// The texts of one answer: every refused node gets one of at most 32.
//
// kube-scheduler groups nodes by the text of their refusal and writes every different text into the
// pod's condition, so an answer keeps their number small. When the nodes of an answer have more
// than 32 different sets of reasons, each set is cut to its first reason: there are fewer reasons
// than that. Pure; made once per answer by the codec.
#ifndef SCHEDULER_REASON_TEXTS_H_
#define SCHEDULER_REASON_TEXTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/request.h"
#include "scheduler/placement.h"

namespace tangram::scheduler {

inline constexpr size_t kMostTexts = 32;

struct ReasonTexts {
  std::vector<std::string> texts;  // all different, at most kMostTexts, by first appearance
  std::vector<uint8_t> text_of;    // parallel to the refusals: index into `texts`
};

// Texts for the refused nodes of one answer to `request`.
ReasonTexts MakeReasonTexts(std::span<const FilterOutcome::Refusal> refused,
                            const model::PodRequest& request);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_REASON_TEXTS_H_
