#include "importers/coordinate_text.hpp"

#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace keyaki::importers {

namespace {

/// Names in pairs, longitude first, the surest first. `whole` names count only alone: they are too short to be looked for inside others.
struct NamePair {
    std::string_view lon;
    std::string_view lat;
    bool whole;
};
constexpr std::array name_pairs = {
    NamePair{"経度", "緯度", false},
    NamePair{"東経", "北緯", false},
    NamePair{"longitude", "latitude", false},
    NamePair{"lon", "lat", true},
    NamePair{"lng", "lat", true},
    NamePair{"long", "lat", true},
    NamePair{"londeg", "latdeg", true},
    NamePair{"geo:long", "geo:lat", true},
    NamePair{"geolon", "geolat", true},
    NamePair{"geolng", "geolat", true},
    NamePair{"x", "y", true},
    NamePair{"x座標", "y座標", true},
    NamePair{"fx", "fy", true}, // CSIS address matching
    NamePair{"pointx", "pointy", true},
    NamePair{"xcoord", "ycoord", true},
};

bool names_old_datum(std::string_view name) {
    return name.find("日本測地系") != std::string_view::npos || name.find("旧測地系") != std::string_view::npos ||
           name.find("tokyo") != std::string_view::npos;
}

/// The place of the latitude column that carries the same surroundings as `lon_name`, if there is one.
std::optional<std::size_t> partner(const std::vector<std::string> &names, const std::string &lon_name, const NamePair &pair) {
    const std::size_t place = lon_name.find(pair.lon);
    if (place == std::string::npos || (pair.whole && lon_name != pair.lon)) {
        return std::nullopt;
    }
    std::string wanted = lon_name;
    wanted.replace(place, pair.lon.size(), pair.lat);
    const auto found = std::find(names.begin(), names.end(), wanted);
    return found == names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - names.begin()));
}

/// Ranks candidates of one name pair: the bare name, then names that state the world datum, then others, the old datum last.
int rank(const std::string &name, const NamePair &pair) {
    if (name == pair.lon) {
        return 0;
    }
    if (names_old_datum(name)) {
        return 3;
    }
    return name.find("世界測地系") != std::string::npos || name.find("jgd") != std::string::npos || name.find("wgs") != std::string::npos ? 1 : 2;
}

/// Full-width ASCII (U+FF01..U+FF5E, three bytes in UTF-8) as ASCII.
std::string half_width(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = [&](std::size_t j) { return i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U; };
        const unsigned code = (byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD)) ? ((byte(1) & 3U) << 6U | (byte(2) & 0x3FU)) : 0U;
        if (code >= 1 && code <= 0x5E) {
            out += static_cast<char>(code + 0x20);
            i += 2;
        } else if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) { // ideographic space
            out += ' ';
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<double> parse_plain_number(std::string_view text) {
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

/// Degrees, minutes and seconds in any of the ways people mark them; nothing where there are not two or three numbers.
std::optional<double> parse_sexagesimal(std::string_view text) {
    std::array<double, 3> numbers{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) {
            ++i;
            continue;
        }
        const auto end = std::min(text.find_first_not_of("0123456789.", i), text.size());
        const auto number = parse_plain_number(text.substr(i, end - i));
        if (!number || count == numbers.size()) {
            return std::nullopt;
        }
        numbers[count++] = *number;
        i = end;
    }
    if (count < 2 || numbers[0] > 180 || numbers[1] >= 60 || numbers[2] >= 60) {
        return std::nullopt;
    }
    return numbers[0] + numbers[1] / 60 + numbers[2] / 3600;
}

/// The same digits with a decimal point where a place in Japan would have it; nothing where no place fits.
std::optional<double> with_decimal_point(double value, double low, double high) {
    // Divided once by a whole power of ten, so that the digits stay those that were written.
    for (double divisor = 10; std::abs(value) / divisor >= low; divisor *= 10) {
        if (value / divisor >= low && value / divisor <= high) {
            return value / divisor;
        }
    }
    return std::nullopt;
}

// Japan with its outer islands: Okinotorishima, Minamitorishima, Yonaguni, Etorofu.
constexpr double japan_west_deg = 122;
constexpr double japan_east_deg = 154.5;
constexpr double japan_south_deg = 20;
constexpr double japan_north_deg = 46;

CoordinateFault out_of_range(bool about_lat, double value, double bound, double japan_low, double japan_high) {
    const std::string_view what = about_lat ? "latitude" : "longitude";
    if (const auto likely = with_decimal_point(value, japan_low, japan_high)) {
        return {about_lat, fmt::format("{} {} looks like {} without its decimal point", what, value, *likely), "decimal_point_lost"};
    }
    return {about_lat, fmt::format("expected {} between -{} and {} degrees, found {}", what, bound, bound, value), "out_of_range"};
}

} // namespace

std::string comparable_name(std::string_view name) {
    std::string out;
    for (const char letter : half_width(name)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte > 0x20 && letter != '_' && letter != '"') {
            out += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
        }
    }
    return out;
}

std::optional<CoordinateColumns> find_coordinate_columns(const std::vector<std::string> &names) {
    std::vector<std::string> comparable(names.size());
    std::transform(names.begin(), names.end(), comparable.begin(), comparable_name);
    for (const NamePair &pair : name_pairs) {
        std::optional<CoordinateColumns> best;
        int best_rank = 4;
        for (std::size_t lon = 0; lon < comparable.size(); ++lon) {
            const auto lat = partner(comparable, comparable[lon], pair);
            if (lat && rank(comparable[lon], pair) < best_rank) {
                best_rank = rank(comparable[lon], pair);
                best = CoordinateColumns{lon, *lat, fmt::format("named {} and {}", quoted_value(names[lon]), quoted_value(names[*lat])),
                                         names_old_datum(comparable[lon]), pair.lon.starts_with('x') || pair.lon == "pointx"};
            }
        }
        if (best) {
            return best;
        }
    }
    return std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
    if (const auto value = parse_plain_number(text)) { // nearly always: no copy
        return value;
    }
    const std::string half = half_width(text);
    return parse_plain_number(trimmed(half));
}

std::string why_not_a_coordinate(std::string_view name, std::string_view text) {
    const std::string half = half_width(text);
    if (trimmed(half).empty()) {
        return fmt::format("no coordinates: {} is empty", name);
    }
    if (const auto degrees = parse_sexagesimal(half)) {
        return fmt::format("expected {} in decimal degrees, found what looks like degrees, minutes and seconds ({:.6f})", name, *degrees);
    }
    return fmt::format("expected a number as {}, found \"{}\"", name, quoted_value(text));
}

std::optional<CoordinateFault> find_coordinate_fault(double lon_deg, double lat_deg) {
    if (lon_deg == 0 && lat_deg == 0) {
        return CoordinateFault{false, "longitude and latitude are both 0, which in tables of places means that the position is not known",
                               "not_known"};
    }
    const double lon_size = std::abs(lon_deg);
    const double lat_size = std::abs(lat_deg);
    if (lat_size > 90 && lat_size <= 180 && lon_size <= 90) {
        return CoordinateFault{true, fmt::format("latitude {} and longitude {} look swapped", lat_deg, lon_deg), "swapped"};
    }
    if (!(lat_size <= 90)) {
        return out_of_range(true, lat_deg, 90, japan_south_deg, japan_north_deg);
    }
    if (!(lon_size <= 180)) {
        return out_of_range(false, lon_deg, 180, japan_west_deg, japan_east_deg);
    }
    return std::nullopt;
}

} // namespace keyaki::importers
