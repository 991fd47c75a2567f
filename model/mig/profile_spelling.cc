#include "model/mig/profile_spelling.h"

#include "model/mig/profile_name.h"

namespace tangram::model::mig {

std::string DriverSpelling(std::string_view text) {
  for (const std::string_view prefix : {"nvidia.com/", "mig-"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  std::string name(text);
  for (const Extra extra : {Extra::kMedia, Extra::kAllMedia, Extra::kGraphics}) {
    std::string dotted(ExtraText(extra));
    dotted.front() = '.';
    if (!text.ends_with(dotted)) continue;
    name[name.size() - dotted.size()] = '+';
    return name;
  }
  return name;
}

}  // namespace tangram::model::mig
