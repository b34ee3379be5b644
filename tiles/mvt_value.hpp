#pragma once

#include "tiles/map_schema.hpp"

#include <string>

namespace keyaki::tiles {

/// Appends a value as MVT's message Value (MVT 2.1 4.1), without its frame: whole numbers as int_value, or sint_value where negative.
void encode_map_value(const MapValue &value, std::string &bytes);

} // namespace keyaki::tiles
