#pragma once

#include "server/http/route_description.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

inline constexpr std::string_view openapi_type = "application/vnd.oai.openapi+json;version=3.0";

/// A layer whose items have a path of their own in the document ("/collections/shelters/items"): QGIS and other programs read there which properties
/// of it can be asked for.
struct DescribedLayer {
    std::string id;
    std::string title;
    std::vector<http::ParameterDescription> parameters; ///< of this layer alone, beside those of every layer
};

/// OpenAPI 3.0.3 of the routes, as they describe themselves, and of the layers. Error internal for a schema that is no JSON.
[[nodiscard]] nlohmann::ordered_json openapi_document(std::span<const http::DescribedRoute> routes, std::span<const DescribedLayer> layers,
                                                      std::string_view base_url);

} // namespace keyaki::server
