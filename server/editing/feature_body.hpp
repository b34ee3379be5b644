#pragma once

#include "geo/feature.hpp"
#include "server/editing/coordinates.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Features as clients send them (RFC 7946, and merge patches of RFC 7396 over them). Read in one pass, without a tree of JSON values: a body of a
/// million positions takes the memory of its geometry. The namespace is about one thing: what is sent, and what becomes of it in a layer.
namespace keyaki::server::editing {

/// A body as it came: coordinates are still in the CRS and the order of axes that the request names.
struct FeatureBody {
    std::optional<std::string> id; ///< a text, or a whole number as text
    bool has_geometry = false;     ///< the member stands there
    bool has_null_geometry = false;
    std::optional<geo::GeometryType> geometry_type;
    std::optional<Coordinates> coordinates;
    bool has_properties = false;
    bool has_null_properties = false;
    geo::Properties properties; ///< std::monostate for null, which a patch reads as "take it away"
};

/// A whole feature must say that it is one; a patch says what changes.
enum class BodyKind { feature, patch };

/// Error invalid_input with line and column for what is no JSON, or nests too deeply; too_large past geo/limits.hpp; FieldErrors, with the pointer of
/// each, for everything that is JSON and no feature: wrong types, other geometries, names that stand twice, values that are lists or objects.
/// Members of no meaning here ("links", "bbox", a property of another program) are read over; "crs" is refused, because it would be read over.
[[nodiscard]] FeatureBody parse_feature_body(std::string_view text, BodyKind kind);

} // namespace keyaki::server::editing
