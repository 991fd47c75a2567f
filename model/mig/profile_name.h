// The name of a MIG profile, as the driver prints it: "1g.10gb", "1g.10gb+me", "1g.24gb-me",
// "2g.48gb+gfx", "1g.24gb+me.all", or as it stands in the name of a resource, "1g.10gb.me".
//
// The gigabytes are part of the name and nothing else: they differ by board and driver, and what
// the instance really has is a little less. Pure functions, callable from any thread.
#ifndef MODEL_MIG_PROFILE_NAME_H_
#define MODEL_MIG_PROFILE_NAME_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tangram::model::mig {

// What an instance has of the card's media engines, and whether it draws.
enum class Extra : uint8_t {
  kNone,      // its own share of the engines, where there are shares
  kMedia,     // "+me": the engines that are not shared out, which one instance of a card may have
  kNoMedia,   // "-me": none
  kAllMedia,  // "+me.all": all of the card, so that others must do without
  kGraphics,  // "+gfx": as kNone, and graphics
};
// "", "+me", "-me", "+me.all", "+gfx".
std::string_view ExtraText(Extra extra);

struct ProfileName {
  int32_t compute = 0;    // compute slices, 1..99
  int32_t gigabytes = 0;  // 1..9999
  Extra extra = Extra::kNone;

  std::string text() const;
  friend auto operator<=>(const ProfileName&, const ProfileName&) = default;
};

// InvalidArgument with the text and the form of a name for anything else, compute instances
// ("1c.3g.20gb") included.
absl::StatusOr<ProfileName> ParseProfileName(std::string_view text);

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_PROFILE_NAME_H_
