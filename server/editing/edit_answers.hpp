#pragma once

#include "data/feature_edit.hpp"
#include "server/editing/made_feature.hpp"
#include "server/http/response.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::editing {

/// Where an edited feature is found: the collection under the name that was asked for, and its address.
struct FeaturePlace {
    std::string base;       ///< base_url()
    std::string collection; ///< "shelters" or "shelters@draft"
    std::string id;

    [[nodiscard]] std::string collection_address() const;
    [[nodiscard]] std::string address() const;
};

/// The feature with its computed properties, as GET answers it.
[[nodiscard]] geo::Feature shown_feature(const schema::Schema &schema, geo::Feature feature);

/// 200, or 201 with Location, with the feature as it is now and its tag. `Keyaki-Repaired` names what was mended in the geometry.
[[nodiscard]] http::Response answer_feature(int status, const FeaturePlace &place, const schema::Schema &schema, const MadeFeature &made);

/// A refusal that shows both sides: the version that the edit was made against, where the layer still has it, and the one that is there now.
struct TwoVersions {
    int status = 412;
    std::string type;   ///< of the problem: "version-conflict"
    std::string detail; ///< a sentence
    std::string id;
    std::optional<geo::Feature> sent_against;
    std::optional<geo::Feature> present; ///< nothing: the feature is not there any more
};
[[nodiscard]] http::Response answer_conflict(const schema::Schema &schema, const TwoVersions &versions);

} // namespace keyaki::server::editing
