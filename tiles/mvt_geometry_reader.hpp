#pragma once

#include "tiles/mvt_reader.hpp"

#include <string>
#include <vector>

namespace keyaki::tiles {

/// Follows the commands of a feature's geometry (MVT 2.1 4.3) into `feature.paths`, and checks their rules and the shapes'. `version` is the
/// layer's: the rules of rings are version 2's. `place` names the feature in findings.
void read_mvt_geometry(const std::vector<std::uint32_t> &commands, std::uint32_t version, const std::string &place, MvtFeature &feature,
                       std::vector<MvtFinding> &findings);

} // namespace keyaki::tiles
