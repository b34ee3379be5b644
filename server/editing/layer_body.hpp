#pragma once

#include "data/layer.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace keyaki::server::editing {

/// A new layer as POST /collections takes it; what is left out is as LayerSpec says. Error invalid_input for what is no JSON; FieldErrors with the
/// pointer of everything that is wrong. A form with every field:
/// {"id": "parks", "title": {"ja": "公園", "en": "Parks"}, "geometry": "polygon", "visibility": "public", "attribution": "…", "minzoom": 8,
///  "maxzoom": 14, "invalid_geometry": "repair", "properties": […], "other_properties": true}
[[nodiscard]] data::LayerSpec parse_new_layer(std::string_view text);

/// `before` with the fields that the body names, as PATCH takes them (RFC 7396: null is the field's default). The id never changes.
[[nodiscard]] data::LayerSpec parse_changed_layer(std::string_view text, const data::LayerSpec &before);

/// The description again, every field, in the form above.
[[nodiscard]] nlohmann::ordered_json layer_json(const data::LayerSpec &spec);

/// Names this description, in quotes: the entity-tag for changes of it.
[[nodiscard]] std::string layer_etag(const data::LayerSpec &spec);

} // namespace keyaki::server::editing
