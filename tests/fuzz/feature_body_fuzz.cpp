// Bodies with features, whole or as patches. The last byte chooses the CRS, the layer's rules, and whether it is a patch.
#include "geo/error.hpp"
#include "geo/validity.hpp"
#include "server/editing/made_feature.hpp"
#include "server/feature_tag.hpp"
#include "server/geojson.hpp"
#include "server/http/problem.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

namespace {

using namespace keyaki;
using namespace keyaki::server;
using namespace keyaki::server::editing;

LayerRules rules_of(std::uint8_t choice) {
    data::LayerSpec spec;
    spec.id = "layer";
    spec.invalid_geometry = (choice & 2U) != 0 ? data::InvalidGeometry::refuse : data::InvalidGeometry::repair;
    if ((choice & 4U) != 0) {
        spec.schema =
            R"({"properties":[{"name":"name","type":"text","max_length":5},{"name":"season","type":"season"},{"name":"since","type":"date"},)"
            R"({"name":"n","type":"integer"},{"name":"x","type":"number","default":1.5},{"name":"page","type":"url"}]})";
    }
    return LayerRules(std::move(spec));
}

ContentCrs crs_of(std::uint8_t choice) { return ContentCrs::parse((choice & 8U) != 0 ? "<http://www.opengis.net/def/crs/EPSG/0/4326>" : ""); }

/// What is made can be stored, and whoever sends back what he is answered changes nothing.
void require_sound(const LayerRules &rules, const MadeFeature &made) {
    KEYAKI_FUZZ_REQUIRE(!geo::invalidity(made.feature.geometry));
    std::string answered;
    append_feature(answered, as_served(made.feature));
    const MadeFeature again = make_feature(rules, ContentCrs(), parse_feature_body(answered, BodyKind::feature), made.feature.id, &made.feature);
    KEYAKI_FUZZ_REQUIRE(feature_content_tag(again.feature) == feature_content_tag(made.feature));
    KEYAKI_FUZZ_REQUIRE(again.feature.geometry == made.feature.geometry);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::uint8_t choice = input.number();
    const LayerRules rules = rules_of(choice);
    try {
        if ((choice & 1U) != 0) {
            geo::Feature before;
            before.id = "a";
            before.geometry = geo::Geometry::line_string({{139.5, 35.7}, {139.6, 35.8}});
            before.properties.set("name", std::string("池"));
            require_sound(rules, patch_feature(rules, crs_of(choice), parse_feature_body(input.rest(), BodyKind::patch), before));
        } else {
            require_sound(rules, make_feature(rules, crs_of(choice), parse_feature_body(input.rest(), BodyKind::feature), "a", nullptr));
        }
    } catch (const FieldErrors &errors) {
        KEYAKI_FUZZ_REQUIRE(!errors.errors().empty());
    } catch (const geo::Error &error) {
        const int status = http::problem_of(error).status;
        KEYAKI_FUZZ_REQUIRE(status == 400 || status == 413);
    }
    return 0;
}
