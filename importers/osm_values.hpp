#pragma once

#include "geo/feature.hpp"
#include "geo/utf8.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::importers {

/// How the text of a tag is read.
enum class OsmValueType : std::uint8_t {
    text,
    integer,
    number,
    length_m,  ///< "12", "12.5 m", "3 km", "40'", "7'6\"": metres (https://wiki.openstreetmap.org/wiki/Map_features/Units)
    flag,      ///< "yes", "viaduct" … → true, "no" → false
    direction, ///< of `oneway`: 1 along the way, -1 against it, nothing else
};

/// std::monostate where the text does not read as that type.
[[nodiscard]] geo::Value osm_value(OsmValueType type, std::string_view text);

using geo::as_utf8;
using geo::is_utf8;

} // namespace keyaki::importers
