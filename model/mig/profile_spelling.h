// Other spellings of MIG profiles.
#ifndef MODEL_MIG_PROFILE_SPELLING_H_
#define MODEL_MIG_PROFILE_SPELLING_H_

#include <string>
#include <string_view>

namespace tangram::model::mig {

// The name as the driver prints it (profile_name.h), of a name as resources and labels spell it:
// they have "." for "+", which Kubernetes does not allow, and "mig-" or "nvidia.com/mig-" before it
// ("nvidia.com/mig-1g.5gb.me" is "1g.5gb+me"). Short names too ("1g.me"). Other text stays as it
// is.
std::string DriverSpelling(std::string_view text);

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_PROFILE_SPELLING_H_
