#pragma once

#include "data/database.hpp"
#include "data/feature_edit.hpp"
#include "geo/feature.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace keyaki::data {

/// A feature as a row of its layer's table.
struct FeatureRow {
    std::string feature_id;
    std::string properties; ///< JSON
    std::vector<std::uint8_t> geometry;
    ContentHash content_hash{};
    geo::LonLatBox bounds;

    [[nodiscard]] std::size_t bytes() const noexcept { return feature_id.size() + properties.size() + geometry.size(); }
};

/// Error invalid_input for an id that is empty or a geometry without positions or off the earth, too_large past limits.hpp.
[[nodiscard]] FeatureRow to_row(const geo::Feature &feature);

/// From three columns next to each other: feature_id, properties, geom. Error corrupt.
[[nodiscard]] geo::Feature to_feature(const Statement &statement, int first_column);
/// A column content_hash. Error corrupt.
[[nodiscard]] ContentHash read_hash(const Statement &statement, int column);

} // namespace keyaki::data
