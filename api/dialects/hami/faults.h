// What of a container's wishes cannot be meant, in words.
//
// HAMi 2.10 reads an amount that it cannot use as no wish, so that the pod starts without a card.
// Here every such wish is a fault (model::RequestFault): amounts that make no sense, names that are
// misspelt, limits and requests that differ (the API server wants them equal), amounts of a card
// without a number of cards. For the .cc files of the codecs only.
#ifndef API_DIALECTS_HAMI_FAULTS_H_
#define API_DIALECTS_HAMI_FAULTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "api/dialects/hami/container.h"
#include "model/request.h"

namespace tangram::api::hami {

using Faults = std::vector<model::RequestFault>;

// Adds one, unless there are kMostFaults already.
void AddFault(std::string text, Faults* faults, std::string_view unless_offered = {});

// Adds those of a container.
void AddFaults(const ContainerFields& container, model::ContainerKind kind,
               const ResourceNames& names, Faults* faults);

// Adds those of the resources of the pod as a whole (spec.resources), of which Kubernetes knows
// CPU, memory and huge pages alone: a card that is asked for there is asked of nobody.
void AddFaultsOfPodLevel(const ContainerFields& whole, const ResourceNames& names, Faults* faults);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_FAULTS_H_
