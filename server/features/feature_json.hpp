#pragma once

#include "server/features/crs.hpp"
#include "server/json_writer.hpp"
#include "tiles/layer_snapshot.hpp"

#include <string>
#include <string_view>

namespace keyaki::server {

/// One GeoJSON Feature, written from the snapshot without a copy of it; `extra_members` is text such as `,"links":[…]` or empty.
/// Error invalid_input where the CRS cannot express a position.
void write_feature(JsonWriter &out, const tiles::FeatureRef &feature, const Crs &crs, std::string_view extra_members = {});
void append_feature(std::string &out, const tiles::FeatureRef &feature, const Crs &crs, std::string_view extra_members = {});
/// A value as JSON.
void append_json_value(std::string &out, const tiles::ValueView &value);

} // namespace keyaki::server
