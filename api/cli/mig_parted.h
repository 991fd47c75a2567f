// Layouts as a configuration of NVIDIA's mig-parted, which the MIG manager reads too.
#ifndef API_CLI_MIG_PARTED_H_
#define API_CLI_MIG_PARTED_H_

#include <string>
#include <string_view>
#include <vector>

#include "model/mig/geometry.h"
#include "model/mig/layouts.h"

namespace tangram::api::cli {

// What comes before the configurations.
inline constexpr std::string_view kMigPartedHead = "version: v1\nmig-configs:\n";

// One configuration: cards from 0 on, those of one layout together in the order of the first that
// has it. A card without instances is not put into MIG mode.
void AppendMigConfig(std::string_view name, const model::mig::Geometry& geometry,
                     const std::vector<model::mig::Multiset>& cards, std::string* text);

}  // namespace tangram::api::cli

#endif  // API_CLI_MIG_PARTED_H_
