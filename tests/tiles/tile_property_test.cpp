// What must hold of every tile, tried on thousands: real nasty polygons (the collection of earcut) and made-up features, at all zooms.
#include "geo/mercator.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/tile_geometry.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

using namespace keyaki;
using test::snapshot_of;
using test::tile_of;

namespace {

struct UnitPoint {
    double x;
    double y;
};

UnitPoint units(geo::LonLat position, geo::TileId tile) {
    const geo::GridPoint cell = geo::to_grid(position);
    const double scale = 4096 / std::exp2(32 - tile.z);
    return {(cell.x - std::ldexp(tile.x, 32 - tile.z)) * scale, (cell.y - std::ldexp(tile.y, 32 - tile.z)) * scale};
}

double distance_to_segment(UnitPoint point, UnitPoint a, UnitPoint b) {
    const double length = (b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y);
    const double along = length == 0 ? 0 : std::clamp(((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length, 0.0, 1.0);
    return std::hypot(point.x - a.x - along * (b.x - a.x), point.y - a.y - along * (b.y - a.y));
}

/// The edges of a geometry in a tile's units.
class Boundary {
  public:
    Boundary(const geo::Geometry &geometry, geo::TileId tile) {
        for (std::size_t part = 0; part < geometry.part_count(); ++part) {
            const auto positions = geometry.part(part);
            for (std::size_t index = 0; index < positions.size(); ++index) {
                const UnitPoint point = units(positions[index], tile);
                if (index > 0) {
                    m_edges.push_back({m_last, point});
                }
                m_last = point;
            }
        }
    }

    [[nodiscard]] bool is_near(UnitPoint point, double distance) const {
        return std::any_of(m_edges.begin(), m_edges.end(), [&](const auto &edge) {
            const auto &[a, b] = edge;
            return std::min(a.x, b.x) <= point.x + distance && std::max(a.x, b.x) >= point.x - distance && std::min(a.y, b.y) <= point.y + distance &&
                   std::max(a.y, b.y) >= point.y - distance && distance_to_segment(point, a, b) <= distance;
        });
    }

  private:
    std::vector<std::pair<UnitPoint, UnitPoint>> m_edges;
    UnitPoint m_last{};
};

bool is_on_clip_edge(tiles::TilePoint point) { return point.x == -64 || point.y == -64 || point.x == 4160 || point.y == 4160; }

/// Tiles of a zoom that a geometry's bounds meet, at most `limit` of them.
std::vector<geo::TileId> tiles_over(const geo::LonLatBox &bounds, std::uint8_t z, std::size_t limit) {
    const geo::TileId first = geo::tile_at({bounds.west_deg, bounds.north_deg}, z);
    const geo::TileId last = geo::tile_at({bounds.east_deg, bounds.south_deg}, z);
    std::vector<geo::TileId> list;
    for (std::uint32_t x = first.x; x <= last.x; ++x) {
        for (std::uint32_t y = first.y; y <= last.y; ++y) {
            list.push_back({z, x, y});
        }
    }
    std::mt19937 random(z);
    std::shuffle(list.begin(), list.end(), random);
    list.resize(std::min(limit, list.size()));
    return list;
}

/// Valid by every rule, and no vertex farther from the source's boundary than simplification (1), rounding (0.71) and a repair's rounding allow.
void check_tile(const geo::Feature &feature, const std::shared_ptr<const tiles::LayerSnapshot> &snapshot, geo::TileId tile) {
    const auto read = tiles::read_mvt(tile_of(snapshot, tile));
    INFO(feature.id << " at " << int(tile.z) << "/" << tile.x << "/" << tile.y << "\n" << test::findings_of(read));
    REQUIRE(read.findings.empty());
    const Boundary boundary(feature.geometry, tile);
    for (const auto &layer : read.layers) {
        for (const auto &drawn : layer.features) {
            for (const tiles::TilePoint point : drawn.paths.points) {
                const bool is_within = std::clamp(point.x, -64, 4160) == point.x && std::clamp(point.y, -64, 4160) == point.y;
                const UnitPoint exact{static_cast<double>(point.x), static_cast<double>(point.y)};
                if (!is_within || (!is_on_clip_edge(point) && !boundary.is_near(exact, 2.6))) {
                    FAIL("a vertex at " << point.x << " " << point.y << " is not where the feature is");
                }
            }
        }
    }
}

/// The rings of a file of the collection, laid over Kiyose 0.05 degrees wide; the first is the exterior.
geo::Feature earcut_feature(const std::filesystem::path &path) {
    std::ifstream file(path);
    const auto json = nlohmann::json::parse(file);
    double least = 1e300;
    double most = -1e300;
    for (const auto &ring : json) {
        for (const auto &pair : ring) {
            for (const double value : {pair[0].get<double>(), pair[1].get<double>()}) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
        }
    }
    const double scale = 0.05 / std::max(most - least, 1e-9);
    std::vector<std::vector<geo::LonLat>> rings;
    for (const auto &ring : json) {
        rings.emplace_back();
        for (const auto &pair : ring) {
            rings.back().push_back(
                geo::rounded_e7({139.5 + (pair[0].get<double>() - least) * scale, 35.8 - (pair[1].get<double>() - least) * scale}));
        }
        if (rings.back().empty()) {
            rings.pop_back();
        } else if (!(rings.back().front() == rings.back().back())) {
            rings.back().push_back(rings.back().front());
        }
    }
    return {path.stem().string(), rings.empty() ? geo::Geometry{} : geo::Geometry::polygon(rings), {}};
}

/// Vertices within the strip that two neighbours both draw, without those that clipping made, in the western tile's units.
std::multiset<std::pair<int, int>> vertices_at_seam(const tiles::MvtFeature &feature, int shift_x) {
    std::multiset<std::pair<int, int>> vertices;
    for (const tiles::TilePoint point : feature.paths.points) {
        const int x = point.x + shift_x;
        if (x > 4096 - 64 && x < 4096 + 64 && !is_on_clip_edge(point)) {
            vertices.insert({x, point.y});
        }
    }
    return vertices;
}

} // namespace

TEST_CASE("nasty polygons make valid tiles at every zoom") {
    KEYAKI_SHARED_DATA_OR_SKIP(folder, "geom/earcut");
    std::size_t drawn = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        const geo::Feature feature = earcut_feature(entry.path());
        if (feature.geometry.positions.empty()) {
            continue;
        }
        const auto snapshot = snapshot_of({feature}, test::description("layer", 0, 18));
        for (std::uint8_t z = 5; z <= 18; ++z) {
            for (const geo::TileId tile : tiles_over(feature.geometry.bounds(), z, feature.geometry.positions.size() > 2000 ? 3 : 10)) {
                check_tile(feature, snapshot, tile);
                ++drawn;
            }
        }
    }
    CHECK(drawn > 2000);
}

TEST_CASE("made-up features make valid tiles at every zoom") {
    for (const geo::Feature &feature : test::random_features(21, 250)) {
        if (feature.geometry.is_point()) {
            continue;
        }
        const auto snapshot = snapshot_of({feature}, test::description("layer", 0, 17));
        for (std::uint8_t z = 6; z <= 17; ++z) {
            for (const geo::TileId tile : tiles_over(feature.geometry.bounds(), z, 3)) {
                check_tile(feature, snapshot, tile);
            }
        }
    }
}

TEST_CASE("scribbles that cross themselves make valid tiles") {
    std::mt19937 random(22);
    std::uniform_int_distribution<int> coordinate(-300, 4396);
    std::uniform_int_distribution<int> corners(3, 60);
    for (int round = 0; round < 150; ++round) {
        std::vector<std::vector<geo::LonLat>> rings;
        for (int ring = 0; ring <= round % 3; ++ring) {
            std::vector<tiles::TilePoint> points(static_cast<std::size_t>(corners(random)));
            const int coarse = round % 2 == 0 ? 1 : 256; // coarse ones have collinear edges and points in common
            for (auto &point : points) {
                point = {coordinate(random) / coarse * coarse, coordinate(random) / coarse * coarse};
            }
            rings.push_back(test::ring_at(test::kiyose_tile, points));
        }
        const geo::Feature feature{"scribble " + std::to_string(round), geo::Geometry::polygon(rings), {}};
        const auto snapshot = snapshot_of({feature}, test::description("layer", 0, 15));
        for (std::uint8_t z = 8; z <= 15; ++z) {
            for (const geo::TileId tile : tiles_over(feature.geometry.bounds(), z, 2)) {
                const auto read = tiles::read_mvt(tile_of(snapshot, tile));
                INFO(feature.id << " at " << int(tile.z) << "/" << tile.x << "/" << tile.y << "\n" << test::findings_of(read));
                REQUIRE(read.findings.empty());
            }
        }
    }
}

TEST_CASE("a polygon's drawn area is its area") {
    std::size_t compared = 0;
    for (const geo::Feature &feature : test::random_features(23, 600)) {
        if (feature.geometry.type != geo::GeometryType::polygon) {
            continue;
        }
        const auto snapshot = snapshot_of({feature}, test::description("layer", 0, 16));
        for (std::uint8_t z = 10; z <= 16; ++z) {
            const auto over = tiles_over(feature.geometry.bounds(), z, 2);
            if (over.size() != 1) {
                continue; // clipped
            }
            double area = 0;
            double boundary = 0;
            for (std::size_t part = 0; part < feature.geometry.part_count(); ++part) {
                const auto ring = feature.geometry.part(part);
                for (std::size_t index = 1; index < ring.size(); ++index) {
                    const UnitPoint a = units(ring[index - 1], over[0]);
                    const UnitPoint b = units(ring[index], over[0]);
                    area -= (a.x * b.y - b.x * a.y) / 2; // counter-clockwise on the map is negative with y southwards
                    boundary += std::hypot(b.x - a.x, b.y - a.y);
                }
            }
            double drawn = 0;
            const auto read = tiles::read_mvt(tile_of(snapshot, over[0]));
            for (const auto &layer : read.layers) {
                for (std::size_t path = 0; path < layer.features.at(0).paths.size(); ++path) {
                    drawn += static_cast<double>(tiles::doubled_area(layer.features[0].paths.path(path))) / 2;
                }
            }
            INFO(feature.id << " at zoom " << int(z) << ": " << area << " drawn as " << drawn);
            REQUIRE(std::abs(area - drawn) <= boundary * 1.3 + 4);
            ++compared;
        }
    }
    CHECK(compared > 300);
}

TEST_CASE("neighbours draw the same in their common buffer") {
    const auto features = test::random_features(24, 2000);
    const auto snapshot = snapshot_of(features);
    std::size_t compared = 0;
    for (std::uint8_t z = 12; z <= 14; ++z) {
        for (const geo::TileId west : tiles_over(snapshot->bounds(), z, 40)) {
            const geo::TileId east{z, west.x + 1, west.y};
            std::map<std::uint64_t, std::multiset<std::pair<int, int>>> at_seam;
            const auto in_west = tiles::read_mvt(tile_of(snapshot, west));
            const auto in_east = tiles::read_mvt(tile_of(snapshot, east));
            if (in_west.layers.empty() || in_east.layers.empty()) {
                continue;
            }
            for (const auto &feature : in_west.layers[0].features) {
                if (feature.type != tiles::MvtGeometryType::polygon) { // of polygons a straight line's middle may stay in one of them
                    at_seam[*feature.id] = vertices_at_seam(feature, 0);
                }
            }
            for (const auto &feature : in_east.layers[0].features) {
                if (feature.type != tiles::MvtGeometryType::polygon) {
                    const auto other = vertices_at_seam(feature, 4096);
                    INFO(*feature.id << " at the seam of " << int(z) << "/" << west.x << "/" << west.y);
                    REQUIRE(at_seam[*feature.id] == other);
                    compared += other.size();
                }
            }
        }
    }
    CHECK(compared > 200);
}
