#include "model/mig/profile_name.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::model::mig {
namespace {

constexpr Extra kExtras[] = {Extra::kNone, Extra::kMedia, Extra::kNoMedia, Extra::kAllMedia,
                             Extra::kGraphics};

// Takes the digits and then `unit` off the front of `text`; 0 when they are not there, are too many
// or begin with a zero.
int32_t TakeNumber(std::string_view* text, size_t digits_max, std::string_view unit) {
  const size_t digits = text->find_first_not_of("0123456789");
  int32_t number = 0;
  if (digits == 0 || digits == std::string_view::npos || digits > digits_max) return 0;
  if (text->front() == '0' || text->substr(digits, unit.size()) != unit) return 0;
  if (!absl::SimpleAtoi(ToAbsl(text->substr(0, digits)), &number)) return 0;
  text->remove_prefix(digits + unit.size());
  return number;
}

}  // namespace

std::string_view ExtraText(Extra extra) {
  switch (extra) {
    case Extra::kNone:
      return "";
    case Extra::kMedia:
      return "+me";
    case Extra::kNoMedia:
      return "-me";
    case Extra::kAllMedia:
      return "+me.all";
    case Extra::kGraphics:
      return "+gfx";
  }
  return "";
}

std::string ProfileName::text() const {
  return absl::StrCat(compute, "g.", gigabytes, "gb", ToAbsl(ExtraText(extra)));
}

absl::StatusOr<ProfileName> ParseProfileName(std::string_view text) {
  std::string_view rest = text;
  ProfileName name;
  name.compute = TakeNumber(&rest, 2, "g.");
  name.gigabytes = name.compute == 0 ? 0 : TakeNumber(&rest, 4, "gb");
  if (name.gigabytes > 0) {
    // A resource's name has "." where the driver prints "+".
    std::string extra_text(rest);
    if (extra_text.starts_with('.')) extra_text.front() = '+';
    for (const Extra extra : kExtras) {
      if (ExtraText(extra) != extra_text) continue;
      name.extra = extra;
      return name;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("profile ", Shown(text),
                   " is no name of a MIG profile; allowed are <slices>g.<gigabytes>gb and behind "
                   "it nothing, +me, -me, +me.all or +gfx"));
}

}  // namespace tangram::model::mig
