// Features as text, byte for byte what the plain way to write them gives: one character, one number, one object after the other.
#include "server/features/feature_json.hpp"

#include "server/geojson.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <random>

using namespace keyaki;

namespace {

using Random = std::mt19937_64;

/// Bytes of a well-formed UTF-8 character at the front, 0 where there is none: by the value that its bits have.
std::size_t character_at_front(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const std::size_t bytes = byte(0) < 0x80 ? 1 : byte(0) >> 5U == 6 ? 2 : byte(0) >> 4U == 14 ? 3 : byte(0) >> 3U == 30 ? 4 : 0;
    if (bytes == 0 || bytes > text.size()) {
        return 0;
    }
    std::uint32_t value = bytes == 1 ? byte(0) : byte(0) & (0x7FU >> bytes);
    for (std::size_t at = 1; at < bytes; ++at) {
        if (byte(at) >> 6U != 2) {
            return 0;
        }
        value = value << 6U | (byte(at) & 0x3FU);
    }
    const std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return value < least[bytes] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF) ? 0 : bytes;
}

std::string plain_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t bytes = character_at_front(text);
        if (text.front() == '"' || text.front() == '\\') {
            out += fmt::format("\\{}", text.front());
        } else if (bytes == 1 && text.front() < ' ') {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(text.front()));
        } else {
            out += bytes == 0 ? "\xEF\xBF\xBD" : text.substr(0, bytes);
        }
        text.remove_prefix(bytes == 0 ? 1 : bytes);
    }
    return out + '"';
}

std::string plain_decimal(double number, int decimals) {
    const auto steps = std::llround(number * std::pow(10, decimals));
    const auto unit = static_cast<long long>(std::pow(10, decimals));
    std::string text = fmt::format("{}{}.{:0{}}", steps < 0 ? "-" : "", std::llabs(steps) / unit, std::llabs(steps) % unit, decimals);
    text.resize(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

std::string plain_value(const geo::Value &value) {
    struct Write {
        std::string operator()(std::monostate) const { return "null"; }
        std::string operator()(bool held) const { return held ? "true" : "false"; }
        std::string operator()(std::int64_t held) const { return std::to_string(held); }
        std::string operator()(double held) const { return std::isfinite(held) ? fmt::format("{}", held) : "null"; }
        std::string operator()(const std::string &held) const { return plain_string(held); }
    };
    return std::visit(Write{}, value);
}

template <typename List, typename Write>
std::string plain_list(const List &list, const Write &write) {
    std::string out = "[";
    for (const auto &one : list) {
        out += (out.size() > 1 ? "," : "") + write(one);
    }
    return out + ']';
}

std::string plain_coordinates(const geo::Geometry &geometry, int decimals) {
    const auto position = [&](geo::LonLat one) {
        return fmt::format("[{},{}]", plain_decimal(one.lon_deg, decimals), plain_decimal(one.lat_deg, decimals));
    };
    const auto part = [&](std::size_t number) { return plain_list(geometry.part(number), position); };
    const auto parts = [&](std::size_t first, std::size_t end) {
        std::vector<std::size_t> numbers;
        for (; first < end; ++first) {
            numbers.push_back(first);
        }
        return plain_list(numbers, part);
    };
    switch (geometry.type) {
    case geo::GeometryType::point: return position(geometry.positions.front());
    case geo::GeometryType::multi_point: return plain_list(geometry.positions, position);
    case geo::GeometryType::line_string: return part(0);
    case geo::GeometryType::multi_polygon: {
        std::vector<std::size_t> polygons(geometry.polygon_count());
        for (std::size_t number = 0; number < polygons.size(); ++number) {
            polygons[number] = number;
        }
        return plain_list(polygons, [&](std::size_t number) { return parts(geometry.first_ring(number), geometry.polygon_ends[number]); });
    }
    default: return parts(0, geometry.part_count());
    }
}

std::string plain_feature(geo::Feature feature, const server::Crs &crs) {
    server::to_crs_in_place(crs, feature.geometry);
    std::string properties;
    for (const auto &[name, value] : feature.properties) {
        properties += fmt::format("{}{}:{}", properties.empty() ? "" : ",", plain_string(name), plain_value(value));
    }
    return fmt::format(R"({{"type":"Feature","id":{},"geometry":{{"type":"{}","coordinates":{}}},"properties":{{{}}}}})", plain_string(feature.id),
                       geo::geometry_type_name(feature.geometry.type), plain_coordinates(feature.geometry, server::decimals_of(crs)), properties);
}

/// Made of what texts break on.
std::string nasty_text(Random &random) {
    const std::string_view pieces[] = {
        "a",         "Block 12",       "\"", "\\",       "\n",           std::string_view("\0", 1), "\x1F",     "\x7F", "é",
        "清瀬",      "け\xE3\x82\x99", "🌳",  "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",        "\xE6\xB8", "\xFF", "{\"a\":[1,null]}",
        "</script>", "\xE2\x80\xA8"};
    std::string text;
    for (std::size_t count = random() % 9; count > 0; --count) {
        text += pieces[random() % std::size(pieces)];
    }
    return text;
}

geo::Value nasty_value(Random &random) {
    const double reals[] = {0.1, -0.0, 1e300, 5e-324, 123456.789, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()};
    const std::int64_t wholes[] = {0, -1, 42, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    switch (random() % 6) {
    case 0: return std::monostate{};
    case 1: return random() % 2 == 0;
    case 2: return wholes[random() % std::size(wholes)];
    case 3: return reals[random() % std::size(reals)];
    default: return nasty_text(random);
    }
}

/// A coordinate of at most seven decimals, often one where something ends or few of them remain.
double coordinate(Random &random, double low, double high) {
    const std::uint64_t kind = random() % 8;
    if (kind == 0) {
        return random() % 2 == 0 ? low : high;
    }
    const double steps = kind == 1 ? 1e1 : kind == 2 ? 1e5 : 1e7;
    const double number = std::uniform_real_distribution<double>(low, high)(random);
    return std::clamp(std::round(number * steps) / steps, low, high) + 0.0;
}

class RandomFeatures {
  public:
    RandomFeatures(Random &random, geo::LonLatBox area) : m_random(random), m_area(area) {}

    geo::Feature feature(std::string id) {
        geo::Feature made{std::move(id), geometry(), {}};
        for (std::uint64_t count = m_random() % 5; count > 0; --count) {
            made.properties.set(m_random() % 2 == 0 ? "name" : nasty_text(m_random), nasty_value(m_random));
        }
        return made;
    }

  private:
    geo::LonLat position() {
        return {coordinate(m_random, m_area.west_deg, m_area.east_deg), coordinate(m_random, m_area.south_deg, m_area.north_deg)};
    }
    std::vector<geo::LonLat> positions(std::size_t least) {
        std::vector<geo::LonLat> list(least + m_random() % 4);
        std::generate(list.begin(), list.end(), [&] { return position(); });
        return list;
    }
    void add_polygon(geo::Geometry &geometry) {
        for (std::uint64_t rings = 1 + m_random() % 3; rings > 0; --rings) {
            auto ring = positions(3);
            ring.push_back(ring.front());
            geometry.add_part(ring);
        }
        geometry.end_polygon();
    }
    geo::Geometry geometry() {
        geo::Geometry made;
        made.type = static_cast<geo::GeometryType>(m_random() % 6);
        const bool is_single = made.type == geo::GeometryType::line_string || made.type == geo::GeometryType::polygon;
        const std::uint64_t count = is_single ? 1 : 1 + m_random() % 3;
        if (made.is_point()) {
            made.positions = positions(1);
            made.positions.resize(made.type == geo::GeometryType::point ? 1 : made.positions.size());
            return made;
        }
        for (std::uint64_t number = 0; number < count; ++number) {
            if (made.is_polygon()) {
                add_polygon(made);
            } else {
                made.add_part(positions(2));
            }
        }
        return made;
    }

    Random &m_random;
    const geo::LonLatBox m_area;
};

void require_as_plain(const geo::LonLatBox &area, std::span<const char *const> crs_uris, std::uint64_t seed) {
    Random random(seed);
    RandomFeatures features(random, area);
    std::map<std::string, geo::Feature> known;
    for (int number = 0; number < 400; ++number) {
        const std::string id = fmt::format("{}{}", number, nasty_text(random));
        known.emplace(id, features.feature(id));
    }
    // The first half in one part of the snapshot, the others in a second one.
    tiles::LayerSnapshot::Builder builder({"nasty", 1, 0, 14, {}, {}, {}});
    std::vector<geo::Feature> added;
    for (const auto &[id, feature] : known) {
        if (added.size() < 60 && random() % 4 == 0) {
            added.push_back(feature);
        } else {
            builder.add(feature);
        }
    }
    const auto snapshot = builder.finish()->with_changes({"nasty", 2, 0, 14, {}, {}, {}}, {}, added);
    REQUIRE(snapshot->size() == known.size());
    for (const char *uri : crs_uris) {
        const server::Crs &crs = server::require_crs(uri, "crs");
        snapshot->for_each([&](const tiles::FeatureRef &feature) {
            std::string text = "before";
            server::append_feature(text, feature, crs);
            REQUIRE(text == "before" + plain_feature(known.at(std::string(feature.id())), crs));
        });
    }
}

} // namespace

TEST_CASE("features of a snapshot are written as the plain way writes them, whatever they hold and wherever on earth they are") {
    const char *const degrees[] = {"http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/4326",
                                   "http://www.opengis.net/def/crs/EPSG/0/3857"};
    require_as_plain({-180, -85.05, 179.9999999, 85.05}, degrees, 1);
    require_as_plain({-0.00001, -0.00001, 0.00001, 0.00001}, degrees, 2);
    const char *const in_japan[] = {"http://www.opengis.net/def/crs/EPSG/0/6677", "http://www.opengis.net/def/crs/EPSG/0/6697"};
    require_as_plain({139.4, 35.7, 139.6, 35.9}, in_japan, 3);
}

TEST_CASE("a feature that no snapshot holds is written as one that does") {
    Random random(4);
    RandomFeatures features(random, {-180, -90, 180, 90});
    for (int number = 0; number < 1000; ++number) {
        const geo::Feature feature = features.feature(nasty_text(random));
        std::string text;
        server::append_feature(text, feature);
        REQUIRE(text == plain_feature(feature, server::crs84()));
    }
}

TEST_CASE("decimals are written as the plain way writes them, at each number of digits") {
    Random random(5);
    for (int turn = 0; turn < 100'000; ++turn) {
        const auto digits = static_cast<int>(random() % 11);
        const auto number = static_cast<std::int32_t>(random() >> (64U - 31U)) / static_cast<std::int32_t>(std::pow(10, std::min(digits, 9)));
        const std::int32_t steps = random() % 2 == 0 ? number : -number;
        std::string text;
        server::append_decimal(text, steps / 1e7, 7);
        REQUIRE(text == plain_decimal(steps / 1e7, 7));
    }
    for (const std::int32_t steps : {0, 1, -1, 10, 9'999'999, 10'000'000, 99'999'999, 100'000'000, 1'000'000'000, 1'800'000'000, -1'800'000'000}) {
        std::string text;
        server::append_decimal(text, steps / 1e7, 7);
        CHECK(text == plain_decimal(steps / 1e7, 7));
    }
}

TEST_CASE("texts are written as the plain way writes them, from wherever in a word of eight bytes what is special stands") {
    Random random(6);
    for (int turn = 0; turn < 50'000; ++turn) {
        std::string text(random() % 20, 'x');
        for (char &c : text) {
            c = random() % 3 == 0 ? static_cast<char>(random()) : static_cast<char>('a' + random() % 26);
        }
        std::string written;
        server::append_json_string(written, text);
        REQUIRE(written == plain_string(text));
        text = nasty_text(random);
        written.clear();
        server::append_json_string(written, text);
        REQUIRE(written == plain_string(text));
    }
}
