#pragma once

#include "data/layer.hpp"
#include "geo/feature.hpp"
#include "geo/validity.hpp"
#include "server/editing/content_crs.hpp"
#include "server/editing/feature_body.hpp"
#include "server/schema/schema.hpp"

#include <string>
#include <vector>

namespace keyaki::server::editing {

/// What a layer asks of its features.
struct LayerRules {
    data::LayerSpec spec;
    schema::Schema schema;

    explicit LayerRules(data::LayerSpec of) : spec(std::move(of)), schema(schema::parse_schema_text(spec.schema)) {}
};

/// A feature as it may be stored, and what had to be mended for it.
struct MadeFeature {
    geo::Feature feature;
    std::vector<geo::RepairKind> repaired; ///< empty where nothing but the winding of rings was touched
};

/// The feature of a body, in place of `before` where there is one: what means the same as before (a coordinate to its seventh decimal, 5 for 5.0) is
/// kept as it was, so that who sends back what he got changes nothing. Throws FieldErrors with pointers for a geometry that the layer does not take
/// or that is not valid and not to be repaired, for coordinates off the map, and for properties that are not as the layer's schema says. Pure.
[[nodiscard]] MadeFeature make_feature(const LayerRules &rules, const ContentCrs &crs, FeatureBody &&body, std::string id,
                                       const geo::Feature *before);

/// `before` with what the patch names changed (RFC 7396): a null takes a property away, coordinates alone keep the type. Errors as above.
[[nodiscard]] MadeFeature patch_feature(const LayerRules &rules, const ContentCrs &crs, FeatureBody &&patch, const geo::Feature &before);

} // namespace keyaki::server::editing
