#include "tiles/tile_survey.hpp"

#include "tests/tiles/tile_support.hpp"
#include "tiles/limits.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;

TEST_CASE("a survey counts what tiles hold, zoom by zoom") {
    const auto snapshot = test::snapshot_of(test::random_features(31, 200));
    tiles::TileSurvey survey;
    std::size_t bytes = 0;
    for (const geo::TileId tile : {geo::TileId{12, 3636, 1610}, test::kiyose_tile.parent(), test::kiyose_tile.parent()}) {
        const std::string built = test::tile_of(snapshot, tile);
        survey.survey(built, tile.z, "tile");
        bytes += built.size();
    }
    CHECK(survey.zooms().at(12).tiles == 1);
    CHECK(survey.zooms().at(13).tiles == 2);
    const auto total = survey.total();
    CHECK(total.bytes == bytes);
    CHECK(total.violations + total.warnings == 0);
    CHECK(total.features == total.features_by_type[1] + total.features_by_type[2] + total.features_by_type[3]);
    CHECK(total.features > 0);
}

TEST_CASE("a survey of two halves is the survey of the whole") {
    tiles::TileSurvey left;
    left.survey("no tile", 3, "3/0/0");
    tiles::TileSurvey right;
    right.survey("\x1a\x02\x78\x02", 3, "3/0/1"); // a layer of version 2 without a name
    left.add(right);
    CHECK(left.zooms().at(3).tiles == 2);
    CHECK(left.zooms().at(3).violations == 2);
    REQUIRE(left.findings().size() == 2);
    CHECK(left.findings()[1].where == "3/0/1");
    CHECK(left.findings()[1].finding.clause == "4.1");
}

TEST_CASE("a survey counts every finding and keeps only so many") {
    tiles::TileSurvey survey;
    for (std::size_t count = 0; count < tiles::max_findings_kept + 5; ++count) {
        survey.note(0, {"0/0/0", {true, "2", "not a tile"}});
    }
    CHECK(survey.findings().size() == tiles::max_findings_kept);
    CHECK(survey.total().violations == tiles::max_findings_kept + 5);
}
