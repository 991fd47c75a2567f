#include "api/dialects/stock/offer.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/event.h"
#include "model/quantity.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::stock {

using model::Shown;
using model::ToAbsl;

std::string_view Labels::Text(std::string_view key) const {
  const auto found = labels_.find(std::string(key));
  return found == labels_.end() ? std::string_view() : std::string_view(found->second);
}

bool Labels::HasPrefix(std::string_view prefix) const {
  const auto next = labels_.lower_bound(std::string(prefix));
  return next != labels_.end() && next->first.starts_with(prefix);
}

std::optional<int64_t> Labels::Number(std::string_view key) const {
  if (!Has(key)) return std::nullopt;
  int32_t number = 0;
  if (absl::SimpleAtoi(ToAbsl(Text(key)), &number) && number >= 0) return number;
  notes_->push_back(absl::StrCat("label ", ToAbsl(domain_), ToAbsl(key), " is ", Shown(Text(key)),
                                 ", allowed is a whole number from 0 to ",
                                 std::numeric_limits<int32_t>::max(), ": it is ignored"));
  return std::nullopt;
}

std::optional<int64_t> AllocatableCount(std::string_view resource, std::string_view text,
                                        std::vector<std::string>* notes) {
  const auto quantity = model::ParseQuantity(ToAbsl(text));
  const bool counts =
      quantity.ok() && quantity->value >= 0 && quantity->value <= model::kMaxKubeletGpus;
  if (counts && !quantity->exact) {
    notes->push_back(absl::StrCat("status.allocatable[", ToAbsl(resource), "] is ", Shown(text),
                                  ": counted as ", quantity->value, ", as kube-scheduler does"));
  }
  if (counts) return quantity->value;
  notes->push_back(absl::StrCat("status.allocatable[", ToAbsl(resource), "] is ", Shown(text),
                                ", allowed is a whole number from 0: the resource is left out"));
  return std::nullopt;
}

}  // namespace tangram::api::stock
