// Ten change sets, as osmium derives them from versions of a real extract, one over the other: what follows is what an import from scratch gives.
#include "server/flows/base_map.hpp"
#include "server/flows/layer_published.hpp"
#include "server/flows/snapshots.hpp"
#include "tests/osm/osm_city.hpp"
#include "tests/osm/random_edits.hpp"
#include "tests/support/command.hpp"
#include "tests/support/shared_data.hpp"
#include "tiles/tile_builder.hpp"
#include "tiles/tile_walk.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

using namespace keyaki;
using test::OsmCity;

namespace {

void run_osmium(std::vector<std::string> words) {
    words.insert(words.begin(), "osmium");
    const test::CommandResult result = test::run(words);
    CAPTURE(words, result.error);
    REQUIRE(result.status == 0);
}

/// What a file holds, as osmium says it.
std::string objects_of(const std::filesystem::path &file) {
    const test::CommandResult result = test::run({"osmium", "cat", file.string(), "-f", "opl,add_metadata=version+timestamp", "-o", "-"});
    REQUIRE(result.status == 0);
    return result.out;
}

std::string archive_of(const std::filesystem::path &extract, const std::filesystem::path &archive) {
    (void)server::build_base_map(archive, {extract, std::nullopt, 2}, server::ArchiveFile::Existing::replace,
                                 [](std::uint64_t, std::uint64_t, std::string_view) {});
    return test::bytes_of(archive);
}

using Tiles = std::set<geo::TileId>;

/// The tiles that a publish announces.
Tiles announced(const server::Publication &publication) {
    Tiles tiles;
    const auto json = nlohmann::json::parse(server::layer_published_json(publication));
    for (const auto &zoom : json.at("tiles")) {
        CAPTURE(zoom.dump());
        REQUIRE(zoom.at("tiles").is_array());
        for (const auto &tile : zoom.at("tiles")) {
            tiles.insert({zoom.at("zoom").get<std::uint8_t>(), tile.at(0).get<std::uint32_t>(), tile.at(1).get<std::uint32_t>()});
        }
    }
    return tiles;
}

/// Every tile of either at their zooms, built from both and compared.
Tiles differing(const server::Snapshot &before, const server::Snapshot &after) {
    Tiles tiles;
    const std::vector<tiles::TileLayer> both{{before, "layer"}, {after, "other"}};
    tiles::walk_tiles(both, {0, 14}, [&](geo::TileId tile) {
        const std::vector<tiles::TileLayer> one{{before, "layer"}};
        const std::vector<tiles::TileLayer> two{{after, "layer"}};
        if (tiles::build_tile(one, tile) != tiles::build_tile(two, tile)) {
            tiles.insert(tile);
        }
    });
    return tiles;
}

/// The middle of Neubrandenburg, cut with whole ways, as text.
std::string cut(const std::filesystem::path &extract, const std::filesystem::path &folder) {
    run_osmium({"extract", "--set-bounds", "-b", "13.245,53.550,13.275,53.565", extract.string(), "-o", (folder / "day0.osm.pbf").string()});
    const test::CommandResult text = test::run({"osmium", "cat", (folder / "day0.osm.pbf").string(), "-f", "opl", "-o", "-"});
    REQUIRE(text.status == 0);
    return text.out;
}

/// The judge's extract: what osmium makes of the one before and the changes, with the box that its applying leaves out.
std::filesystem::path judged(const std::filesystem::path &folder, int day) {
    const auto name = [&](int number, const char *extension) { return (folder / fmt::format("judge{}{}", number, extension)).string(); };
    run_osmium({"apply-changes", day == 1 ? (folder / "day0.osm.pbf").string() : name(day - 1, ".osm.pbf"),
                (folder / fmt::format("{}.osc.gz", day)).string(), "-o", name(day, ".osm.pbf")});
    run_osmium({"cat", name(day, ".osm.pbf"), "-o", name(day, ".osm")});
    std::string xml = test::bytes_of(name(day, ".osm"));
    const std::size_t first = xml.find("<node");
    xml.insert(first, "<bounds minlon=\"13.245\" minlat=\"53.550\" maxlon=\"13.275\" maxlat=\"53.565\"/>\n");
    std::ofstream(name(day, ".osm")) << xml;
    return name(day, ".osm");
}

} // namespace

TEST_CASE(
    "ten change sets over an extract: layers, tiles and base map are as imported from scratch, and exactly the tiles that differ are announced") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "osm/derived/neubrandenburg-2016.osm.pbf");
    OsmCity city;
    const auto &folder = city.folder();
    test::OplExtract text(cut(file, folder), {13.245, 53.550, 13.275, 53.565});
    (void)city.import(folder / "day0.osm.pbf");
    city.publish();
    server::Snapshots snapshots(city.store());
    std::vector<server::Publication> publications;
    snapshots.on_publish([&](server::Publication &&publication) { publications.push_back(std::move(publication)); });
    std::mt19937_64 random(6);
    std::size_t announcements = 0;
    for (int day = 1; day <= 10; ++day) {
        CAPTURE(day);
        text.edit(random, day);
        std::ofstream(folder / fmt::format("day{}.opl", day)) << text.text();
        run_osmium({"derive-changes", (day == 1 ? folder / "day0.osm.pbf" : folder / fmt::format("day{}.opl", day - 1)).string(),
                    (folder / fmt::format("day{}.opl", day)).string(), "-o", (folder / fmt::format("{}.osc.gz", day)).string()});
        const auto changed = city.import_changes({folder / fmt::format("{}.osc.gz", day)});
        CHECK(changed.changes.created + changed.changes.modified + changed.changes.deleted > 30);
        city.publish();

        const std::filesystem::path judge = judged(folder, day);
        const std::filesystem::path kept = city.extract();
        CHECK((objects_of(kept) == objects_of(judge)));
        CHECK((archive_of(kept, folder / "kept.pmtiles") == archive_of(judge, folder / "judge.pmtiles")));
        OsmCity scratch;
        (void)scratch.import(judge);
        scratch.publish();
        CHECK((city.content() == scratch.content()));

        publications.clear();
        CHECK(snapshots.refresh());
        const server::Snapshots from_scratch(scratch.store());
        for (const server::Publication &publication : publications) {
            CAPTURE(publication.layer);
            const Tiles tiles = announced(publication);
            CHECK((tiles == differing(publication.old_snapshot, publication.snapshot)));
            CHECK(differing(publication.snapshot, from_scratch.published(publication.layer)).empty());
            announcements += tiles.size();
        }
    }
    CHECK(announcements > 100);
}
