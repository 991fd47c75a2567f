#include "api/cli/simulate/mig_mix.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr double kMostShare = 1e9;

// The share of each profile of the product; below 0 where it is not named.
using Shares = std::vector<double>;

absl::Status ReadPart(const model::mig::Geometry& product, absl::string_view part, size_t place,
                      Shares* shares) {
  const auto wrong = [place](const auto&... what) {
    return absl::InvalidArgumentError(absl::StrCat("--mix: part ", place, ": ", what...));
  };
  const std::string shown = model::Shown({part.data(), part.size()});
  const std::vector<absl::string_view> halves = absl::StrSplit(part, ':');
  if (halves.size() != 2) return wrong(shown, " is not PROFILE:SHARE, for example 1g:0.5");
  const absl::string_view name = absl::StripAsciiWhitespace(halves[0]);
  const auto profile = product.FindByText({name.data(), name.size()});
  if (!profile.ok()) return wrong(profile.status().message());
  double share = 0;
  if (!absl::SimpleAtod(halves[1], &share) || !(share >= 0 && share <= kMostShare)) {
    return wrong(shown, ": the share must be a number from 0 to 1e9");
  }
  if ((*shares)[*profile] >= 0) return wrong(shown, ": the profile came before");
  (*shares)[*profile] = share;
  return absl::OkStatus();
}

}  // namespace

bool MigMix::was_whole() const { return std::abs(sum - 1) <= 1e-6; }

absl::StatusOr<MigMix> ReadMigMix(const model::mig::Geometry& product, std::string_view text) {
  const std::vector<size_t> plain = product.PlainProfiles();
  Shares shares(product.profiles().size(), -1);
  if (text.empty()) {
    for (const size_t i : plain) shares[i] = 1.0 / static_cast<double>(plain.size());
  } else {
    size_t place = 0;
    for (const absl::string_view part : absl::StrSplit(model::ToAbsl(text), ',')) {
      const absl::Status read = ReadPart(product, part, ++place, &shares);
      if (!read.ok()) return read;
    }
  }
  std::vector<size_t> kept;
  double sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const bool named = shares[i] >= 0;
    if (!named && product.profiles()[i].name.extra != model::mig::Extra::kNone) continue;
    kept.push_back(i);
    if (named) sum += shares[i];
  }
  if (sum <= 0) return absl::InvalidArgumentError("--mix: the shares sum to 0");
  MigMix mix{product.Only(kept), {}, sum};
  for (const size_t i : kept) mix.mix.push_back(std::max(0.0, shares[i]) / sum);
  return mix;
}

}  // namespace tangram::api::cli::simulate
