#include "tests/tiles/tile_support.hpp"

#include "geo/mercator.hpp"

#include <cmath>
#include <numbers>
#include <random>
#include <sstream>

namespace keyaki::test {

namespace {

std::string text_of_path(std::span<const tiles::TilePoint> path) {
    std::string text = "(";
    for (const tiles::TilePoint point : path) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(point.x) + " " + std::to_string(point.y);
    }
    return text + ")";
}

std::string text_of_value(const geo::Value &value) {
    std::ostringstream text;
    std::visit(
        [&](const auto &held) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                text << std::boolalpha << held;
            }
        },
        value);
    return text.str();
}

std::string text_of_feature(const tiles::MvtLayer &layer, const tiles::MvtFeature &feature) {
    static const std::vector<std::string> names = {"unknown", "point", "line", "polygon"};
    std::string text = layer.name + " " + (feature.id ? std::to_string(*feature.id) : "-");
    for (std::size_t path = 0; path < feature.paths.size(); ++path) {
        const bool is_hole = feature.type == tiles::MvtGeometryType::polygon && tiles::doubled_area(feature.paths.path(path)) < 0;
        text += " " + (is_hole ? "hole" : names[static_cast<std::size_t>(feature.type)]) + " " + text_of_path(feature.paths.path(path));
    }
    for (const auto &[name, value] : layer.properties(feature)) {
        text += " " + name + "=" + text_of_value(value);
    }
    return text + "\n";
}

class FeatureMaker {
  public:
    explicit FeatureMaker(std::uint64_t seed) : m_random(seed) {}

    geo::Feature make(std::size_t number) {
        geo::Feature feature{number % 7 == 0 ? std::to_string(number) : "way/" + std::to_string(number), geometry(), {}};
        feature.properties.set("name", "名前 " + std::to_string(below(50)));
        feature.properties.set("rank", std::int64_t{below(20)} - 10);
        if (below(3) == 0) {
            feature.properties.set("open", below(2) == 0);
        }
        if (below(3) == 0) {
            feature.properties.set("height_m", below(1000) / 8.0);
        }
        if (below(5) == 0) {
            feature.properties.set("note", std::monostate{});
        }
        return feature;
    }

  private:
    int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(m_random); }
    double between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(m_random); }
    geo::LonLat near(geo::LonLat centre, double radius_deg) {
        return geo::rounded_e7({centre.lon_deg + between(-radius_deg, radius_deg), centre.lat_deg + between(-radius_deg, radius_deg)});
    }
    geo::LonLat anywhere() { return near({139.5262, 35.7857}, 0.05); }

    std::vector<geo::LonLat> walk() {
        std::vector<geo::LonLat> line{anywhere()};
        for (int step = 1 + below(30); step > 0; --step) {
            line.push_back(near(line.back(), 0.002));
        }
        return line;
    }

    /// Star-shaped, so it is valid; counter-clockwise.
    std::vector<geo::LonLat> star(geo::LonLat centre, double radius_deg, double least) {
        std::vector<geo::LonLat> ring;
        const int corners = 4 + below(40);
        for (int corner = 0; corner < corners; ++corner) {
            const double angle = 2 * std::numbers::pi * corner / corners;
            const double radius = radius_deg * between(least, 1);
            ring.push_back(geo::rounded_e7({centre.lon_deg + radius * std::cos(angle), centre.lat_deg + radius * std::sin(angle)}));
        }
        ring.push_back(ring.front());
        return ring;
    }

    void add_polygon(geo::Geometry &geometry) {
        const geo::LonLat centre = anywhere();
        const double radius_deg = std::pow(10.0, between(-5, -1.7));
        geometry.add_part(star(centre, radius_deg, 0.5));
        if (below(3) == 0) {
            auto hole = star(centre, radius_deg * 0.3, 0.4);
            std::reverse(hole.begin(), hole.end());
            geometry.add_part(hole);
        }
        geometry.end_polygon();
    }

    geo::Geometry geometry() {
        geo::Geometry geometry;
        switch (below(8)) {
        case 0: geometry = {geo::GeometryType::multi_point, {anywhere(), anywhere(), anywhere()}, {}, {}}; break;
        case 1: geometry = geo::Geometry::line_string(walk()); break;
        case 2:
            geometry.type = geo::GeometryType::multi_line_string;
            geometry.add_part(walk());
            geometry.add_part(walk());
            break;
        case 3:
        case 4:
            geometry.type = geo::GeometryType::polygon;
            add_polygon(geometry);
            break;
        case 5:
            geometry.type = geo::GeometryType::multi_polygon;
            add_polygon(geometry);
            add_polygon(geometry);
            break;
        default: geometry = geo::Geometry::point(anywhere());
        }
        return geometry;
    }

    std::mt19937_64 m_random;
};

} // namespace

geo::LonLat at(geo::TileId tile, std::int32_t x, std::int32_t y) {
    const auto cell = [&](std::uint32_t number, std::int32_t units) {
        return static_cast<std::uint32_t>((static_cast<std::int64_t>(number) << (32 - tile.z)) +
                                          static_cast<std::int64_t>(units) * (1LL << (32 - tile.z)) / 4096);
    };
    return geo::to_lon_lat(geo::GridPoint{cell(tile.x, x), cell(tile.y, y)});
}

std::vector<geo::LonLat> ring_at(geo::TileId tile, const std::vector<tiles::TilePoint> &points) {
    std::vector<geo::LonLat> ring;
    for (const tiles::TilePoint point : points) {
        ring.push_back(at(tile, point.x, point.y));
    }
    ring.push_back(ring.front());
    return ring;
}

tiles::SnapshotDescription description(std::string layer, int zoom_min, int zoom_max) {
    tiles::SnapshotDescription about;
    about.layer = std::move(layer);
    about.revision = 1;
    about.zoom_min = zoom_min;
    about.zoom_max = zoom_max;
    return about;
}

std::shared_ptr<const tiles::LayerSnapshot> snapshot_of(const std::vector<geo::Feature> &features, tiles::SnapshotDescription about) {
    tiles::LayerSnapshot::Builder builder(std::move(about));
    for (const geo::Feature &feature : features) {
        builder.add(feature);
    }
    return builder.finish();
}

std::string tile_of(std::shared_ptr<const tiles::LayerSnapshot> snapshot, geo::TileId tile, const tiles::TileOptions &options) {
    const std::string name = snapshot->description().layer;
    const std::vector<tiles::TileLayer> layers{{std::move(snapshot), name}};
    return tiles::build_tile(layers, tile, options);
}

std::string text_of(const std::string &bytes) {
    const tiles::MvtTile tile = tiles::read_mvt(bytes);
    std::string text = findings_of(tile);
    for (const tiles::MvtLayer &layer : tile.layers) {
        for (const tiles::MvtFeature &feature : layer.features) {
            text += text_of_feature(layer, feature);
        }
    }
    return text;
}

std::vector<geo::Feature> random_features(std::uint64_t seed, std::size_t count) {
    FeatureMaker maker(seed);
    std::vector<geo::Feature> features;
    for (std::size_t number = 0; number < count; ++number) {
        features.push_back(maker.make(number));
    }
    return features;
}

std::string findings_of(const tiles::MvtTile &tile) {
    std::string text;
    for (const tiles::MvtFinding &finding : tile.findings) {
        text += (finding.is_error ? "error " : "warning ") + finding.clause + " " + finding.sentence + "\n";
    }
    return text;
}

} // namespace keyaki::test
