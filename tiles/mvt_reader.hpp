#pragma once

#include "geo/feature.hpp"
#include "tiles/mvt.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// A rule of MVT 2.1 that a tile breaks.
struct MvtFinding {
    bool is_error = true; ///< a MUST; else a SHOULD
    std::string clause;   ///< "4.3.4.4"
    std::string sentence; ///< what was expected, what was found, and in which layer and feature
};

struct MvtFeature {
    std::optional<std::uint64_t> id;
    MvtGeometryType type = MvtGeometryType::unknown;
    std::vector<std::uint32_t> tags;
    TilePaths paths; ///< the points as one path, lines, or rings without closing positions
};

struct MvtLayer {
    std::string name;
    std::uint32_t version = 0;
    std::uint32_t extent = 4096;
    std::vector<std::string> keys;
    std::vector<geo::Value> values;
    std::vector<MvtFeature> features;

    /// Names and values of a feature. \pre its tags are in range
    [[nodiscard]] geo::Properties properties(const MvtFeature &feature) const;
};

struct MvtTile {
    std::vector<MvtLayer> layers;
    std::vector<MvtFinding> findings;

    /// No rule that MUST hold is broken.
    [[nodiscard]] bool is_valid() const noexcept;
};

/// Reads an uncompressed tile and checks each rule of MVT 2.1, polygons with GEOS. Never throws for what a tile holds: what cannot be read is
/// a finding too, and the tile ends there. Thread-safe.
[[nodiscard]] MvtTile read_mvt(std::string_view bytes);

} // namespace keyaki::tiles
