#pragma once

#include "geo/feature.hpp"
#include "server/http/request.hpp"

#include <string>
#include <string_view>

/// The entity-tag of a single feature, in one place: who answers a feature (GET) and who changes it (If-Match) must mean the same by it.
namespace keyaki::server {

/// The feature as it is served: positions as cells of the grid give them back (geo/mercator.hpp), which is what snapshots hold. A feature of the
/// database and the same feature of a snapshot become equal. Positions with at most seven decimals stay as they are.
[[nodiscard]] geo::Feature as_served(geo::Feature feature);

/// 32 hexadecimal digits over id, geometry and properties as they are served, whatever the order of the properties, without links and times:
/// the same for the same content in every revision, in the draft, and whether it is read from the database or from a snapshot.
/// Computed properties are part of it: complete the feature first (server/schema/computed.hpp).
[[nodiscard]] std::string feature_content_tag(const geo::Feature &feature);

/// The strong entity-tag, in quotes, of one representation of the feature: `"0f3c…"`, or with a representation such as "6677" or "html"
/// `"0f3c….6677"`, because strong tags must differ where bytes do (RFC 9110, 8.8.1). The representation consists of letters and digits; empty:
/// GeoJSON in CRS84.
[[nodiscard]] std::string feature_etag(std::string_view content_tag, std::string_view representation = {});

/// What If-Match says of a feature (RFC 9110, 13.1.1): any representation of the content counts, in any encoding; weak tags never match.
enum class FeatureMatch { absent, matches, differs };
/// `content_tag` is empty when the feature does not exist: then "*" differs too. Error invalid_input for a malformed field.
[[nodiscard]] FeatureMatch match_feature(const http::Request &request, std::string_view content_tag);

} // namespace keyaki::server
