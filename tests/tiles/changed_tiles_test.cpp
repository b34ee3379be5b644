#include "tiles/changed_tiles.hpp"

#include "tests/tiles/tile_support.hpp"
#include "tiles/limits.hpp"
#include "tiles/tile_walk.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace keyaki;
using tiles::ZoomChanges;
using Snapshot = std::shared_ptr<const tiles::LayerSnapshot>;

namespace {

std::set<geo::TileId> all_of(const std::vector<ZoomChanges> &zooms) {
    std::set<geo::TileId> tiles;
    for (const ZoomChanges &zoom : zooms) {
        CHECK(zoom.unknown == ZoomChanges::Unknown::nothing);
        tiles.insert(zoom.tiles.begin(), zoom.tiles.end());
    }
    return tiles;
}

/// Every tile that either has something in, built from both.
std::set<geo::TileId> differing(const Snapshot &before, const Snapshot &after) {
    std::set<geo::TileId> tiles;
    const std::vector<tiles::TileLayer> both{{before, "before"}, {after, "after"}};
    tiles::walk_tiles(both, {0, 14}, [&](geo::TileId tile) {
        if (test::tile_of(before, tile) != test::tile_of(after, tile)) {
            tiles.insert(tile);
        }
    });
    return tiles;
}

/// Edits as people make them: some features gone, some moved a little or across town, some with another name, some new.
class Editor {
  public:
    explicit Editor(std::uint64_t seed) : m_random(seed) {}

    struct Edit {
        std::vector<std::string> removed;
        std::vector<geo::Feature> put;
        std::vector<std::string> ids;
    };

    Edit edit(std::vector<geo::Feature> &features, const std::vector<geo::Feature> &spare) {
        Edit edit;
        std::shuffle(features.begin(), features.end(), m_random);
        for (int count = below(4); count > 0 && !features.empty(); --count) {
            edit.removed.push_back(features.back().id);
            features.pop_back();
        }
        for (int count = below(4); count > 0 && static_cast<std::size_t>(count) <= features.size(); --count) {
            geo::Feature &feature = features[static_cast<std::size_t>(count) - 1];
            change(feature);
            edit.put.push_back(feature);
        }
        for (int count = below(3); count > 0; --count) {
            features.push_back(spare[static_cast<std::size_t>(m_next++) % spare.size()]);
            features.back().id = "new/" + std::to_string(m_next);
            edit.put.push_back(features.back());
        }
        edit.ids = edit.removed;
        for (const geo::Feature &feature : edit.put) {
            edit.ids.push_back(feature.id);
        }
        return edit;
    }

  private:
    int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(m_random); }
    void change(geo::Feature &feature) {
        if (below(3) == 0) {
            feature.properties.set("name", "改名 " + std::to_string(below(5)));
            return;
        }
        const double step_deg = below(2) == 0 ? 1e-7 : 0.01; // a centimetre, which most zooms do not show, or a kilometre
        for (geo::LonLat &position : feature.geometry.positions) {
            position = geo::rounded_e7({position.lon_deg + step_deg, position.lat_deg});
        }
    }

    std::mt19937_64 m_random;
    int m_next = 0;
};

geo::Feature point(std::string id, geo::LonLat position) { return {std::move(id), geo::Geometry::point(position), {}}; }

} // namespace

TEST_CASE("for random edits the tiles whose bytes changed are exactly the ones announced, and what is built fresh is what was edited") {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        std::vector<geo::Feature> features = test::random_features(seed, 30);
        const std::vector<geo::Feature> spare = test::random_features(seed + 1000, 30);
        Editor editor(seed);
        Snapshot before = test::snapshot_of(features);
        for (int round = 0; round < 5; ++round) {
            const auto edit = editor.edit(features, spare);
            const Snapshot after = before->with_changes(test::description(), edit.removed, edit.put);
            INFO("seed " << seed << ", round " << round);
            const auto announced = all_of(tiles::changed_tiles(before, after, edit.ids));
            CHECK(announced == differing(before, after));
            CHECK(differing(after, test::snapshot_of(features)).empty());
            before = after;
        }
    }
}

TEST_CASE("a step that small zooms cannot show changes the deepest tiles only") {
    const auto before = test::snapshot_of({point("a", test::at(test::kiyose_tile, 2050, 2050))});
    const auto after = before->with_changes(test::description(), {}, {point("a", test::at(test::kiyose_tile, 2052, 2050))}); // a metre
    const std::vector<std::string> ids{"a"};
    const auto zooms = tiles::changed_tiles(before, after, ids);
    REQUIRE(zooms.size() == 15);
    CHECK(zooms.front().tiles.empty());
    CHECK(zooms.back().tiles == std::vector{test::kiyose_tile});
}

TEST_CASE("a publish that changes nothing, or only what was named, announces no tile") {
    const auto before = test::snapshot_of(test::random_features(1, 30));
    const std::vector<std::string> unchanged{before->find("way/1") ? "way/1" : "1", "never seen"};
    CHECK(all_of(tiles::changed_tiles(before, before->with_description(test::description()), unchanged)).empty());
    CHECK(all_of(tiles::changed_tiles(before, before, {})).empty());
}

TEST_CASE("a feature far away whose number becomes another's too is announced with it") {
    // "12" is its own number; a text whose number is 12 cannot be found by hand, but a second one of the same number can be made by the other way
    // round: the number of the text, as a text.
    const auto first = test::snapshot_of({point("way/1", test::at(test::kiyose_tile, 2050, 2050))});
    std::uint64_t number = 0;
    first->for_each([&](const tiles::FeatureRef &feature) { number = feature.numeric_id(); });
    const std::string same = std::to_string(number);
    const auto after = first->with_changes(test::description(), {}, {point(same, {141.35, 43.06})}); // Sapporo
    REQUIRE(after->ambiguous_numeric_ids().size() == 1);
    const std::vector<std::string> ids{same};
    const auto announced = all_of(tiles::changed_tiles(first, after, ids));
    CHECK(announced == differing(first, after));
    CHECK(announced.contains(test::kiyose_tile));
}

TEST_CASE("past its bounds a comparison says that all tiles of a zoom may have changed, and why") {
    std::vector<geo::Feature> features;
    std::vector<std::string> ids;
    for (int column = 0; column < 40; ++column) {
        for (int row = 0; row < 40; ++row) {
            features.push_back(point(std::to_string(column * 40 + row), {139 + column * 0.025, 35 + row * 0.025}));
            ids.push_back(features.back().id);
        }
    }
    const auto before = test::snapshot_of(features);
    for (geo::Feature &feature : features) {
        feature.properties.set("name", "改名");
    }
    const auto after = before->with_changes(test::description(), {}, features);
    const auto zooms = tiles::changed_tiles(before, after, ids);
    CHECK(zooms[14].unknown == ZoomChanges::Unknown::too_many_tiles);
    CHECK(zooms[14].tiles.empty());
    CHECK(zooms[10].unknown == ZoomChanges::Unknown::nothing);
    CHECK(zooms[0].tiles.size() == 1);

    const auto deeper = before->with_description(test::description("layer", 0, 16));
    for (const ZoomChanges &zoom : tiles::changed_tiles(before, deeper, {})) {
        CHECK(zoom.unknown == ZoomChanges::Unknown::zooms_changed);
    }
}

TEST_CASE("comparing gives up the small zooms of a crowd, not the deep ones") {
    std::vector<geo::Feature> crowd;
    for (std::size_t number = 0; number < tiles::max_compared_features / 3; ++number) {
        crowd.push_back(
            point(std::to_string(number), {139.5 + static_cast<double>(number % 600) * 0.0002, 35.7 + static_cast<double>(number / 600) * 0.0002}));
    }
    const auto before = test::snapshot_of(crowd);
    const auto after = before->with_changes(test::description(), {}, {point("7", test::at(test::kiyose_tile, 2050, 2050))});
    const std::vector<std::string> ids{"7"};
    const auto zooms = tiles::changed_tiles(before, after, ids);
    CHECK(zooms[0].unknown == ZoomChanges::Unknown::too_many_features);
    CHECK(zooms[14].unknown == ZoomChanges::Unknown::nothing);
    CHECK(zooms[14].tiles.size() >= 2); // where it was and where it is, perhaps in the buffer of another
    CHECK(zooms[14].tiles.size() <= 5);
}
