// AMD's cards under AMD's own device plugin, without HAMi: whole cards that are counted.
//
// What the plugin publishes: a number of amd.com/gpu in allocatable. What AMD's node labeller adds
// where it runs: gpu.product-name ("AMD_Instinct_MI300X_OAM") and gpu.vram ("192G", of one card),
// for the node as a whole; cards of different models cannot be told apart.
//
// What follows: the kubelet picks the card, and no part of one is given. A card that is
// partitioned (CPX, NPS) is offered as so many devices as it has partitions, each of which counts
// as a card of its own; the plugin's names for partitions of several kinds on one node
// (amd.com/cpx_nps4, strategy mixed) are not read.
//
// HAMi's AMD plugin (dialect.h) offers the same name, ten for each card, and registers its cards:
// where there is a register, it is read, and nothing here is. Before the first register a node of
// HAMi's is told from one of AMD's by the labels of AMD's node labeller (hami/agent_signs.h).
#ifndef API_DIALECTS_AMD_OFFER_H_
#define API_DIALECTS_AMD_OFFER_H_

#include <string_view>

#include "api/dialects/stock/offer.h"
#include "model/card_resource.h"

namespace tangram::api::amd {

constexpr bool IsCardResource(std::string_view resource) {
  return resource == model::CardResource(model::Vendor::kAmd);
}

stock::Offer OfferOf(const stock::NodeFacts& facts);

inline constexpr stock::StockVendor kStock = {
    .domain = model::ResourceDomain(model::Vendor::kAmd),
    .offers = &IsCardResource,
    .offer_of = &OfferOf,
};

}  // namespace tangram::api::amd

#endif  // API_DIALECTS_AMD_OFFER_H_
