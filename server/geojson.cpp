#include "server/geojson.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace keyaki::server {

namespace {

/// Bytes of the well-formed UTF-8 character that begins at `at`, 0 when there is none (Unicode 15, table 3-7).
std::size_t character_bytes(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(at);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU) {
        return continues(at + 1) ? 2 : 0;
    }
    const unsigned second = byte(at + 1);
    if (first >= 0xE0U && first <= 0xEFU) {
        const bool is_right = (first != 0xE0U || second >= 0xA0U) && (first != 0xEDU || second <= 0x9FU);
        return is_right && continues(at + 1) && continues(at + 2) ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        const bool is_right = (first != 0xF0U || second >= 0x90U) && (first != 0xF4U || second <= 0x8FU);
        return is_right && continues(at + 1) && continues(at + 2) && continues(at + 3) ? 4 : 0;
    }
    return 0;
}

/// ASCII that JSON takes as it is.
bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20U && static_cast<unsigned char>(c) < 0x80U && c != '"' && c != '\\'; }

void append_position(std::string &out, geo::LonLat position, int decimals) {
    out += '[';
    append_decimal(out, position.lon_deg, decimals);
    out += ',';
    append_decimal(out, position.lat_deg, decimals);
    out += ']';
}

void append_positions(std::string &out, std::span<const geo::LonLat> positions, int decimals) {
    out += '[';
    for (std::size_t i = 0; i < positions.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_position(out, positions[i], decimals);
    }
    out += ']';
}

/// Parts from `first` up to `end`, each as a list of positions.
void append_parts(std::string &out, const geo::Geometry &geometry, std::size_t first, std::size_t end, int decimals) {
    out += '[';
    for (std::size_t part = first; part < end; ++part) {
        out += part == first ? "" : ",";
        append_positions(out, geometry.part(part), decimals);
    }
    out += ']';
}

void append_coordinates(std::string &out, const geo::Geometry &geometry, int decimals) {
    switch (geometry.type) {
    case geo::GeometryType::point: append_position(out, geometry.positions.front(), decimals); return;
    case geo::GeometryType::multi_point: append_positions(out, geometry.positions, decimals); return;
    case geo::GeometryType::line_string: append_positions(out, geometry.part(0), decimals); return;
    case geo::GeometryType::multi_line_string:
    case geo::GeometryType::polygon: append_parts(out, geometry, 0, geometry.part_count(), decimals); return;
    case geo::GeometryType::multi_polygon:
        out += '[';
        for (std::size_t polygon = 0; polygon < geometry.polygon_count(); ++polygon) {
            out += polygon == 0 ? "" : ",";
            append_parts(out, geometry, geometry.first_ring(polygon), geometry.polygon_ends[polygon], decimals);
        }
        out += ']';
        return;
    }
}

} // namespace

void append_json_string(std::string &out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        std::size_t plain = at; // most of a text needs nothing
        while (plain < text.size() && is_plain(text[plain])) {
            ++plain;
        }
        out.append(text, at, plain - at);
        at = plain;
        if (at == text.size()) {
            break;
        }
        const char c = text[at];
        const std::size_t bytes = character_bytes(text, at);
        if (bytes == 0) {
            out += "\xEF\xBF\xBD";
            ++at;
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20U) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out.append(text, at, bytes);
        }
        at += bytes;
    }
    out += '"';
}

void append_json_value(std::string &out, const geo::Value &value) {
    char digits[32];
    if (const auto *text = std::get_if<std::string>(&value)) {
        append_json_string(out, *text);
    } else if (const auto *whole = std::get_if<std::int64_t>(&value)) {
        out.append(digits, std::to_chars(digits, digits + sizeof digits, *whole).ptr);
    } else if (const auto *real = std::get_if<double>(&value); real != nullptr && std::isfinite(*real)) {
        out.append(digits, std::to_chars(digits, digits + sizeof digits, *real).ptr);
    } else if (const auto *truth = std::get_if<bool>(&value)) {
        out += *truth ? "true" : "false";
    } else {
        out += "null";
    }
}

/// Through an integer: several times faster than formatting a double, and never 139.49999999999997.
void append_decimal(std::string &out, double number, int decimals) {
    constexpr std::array<std::int64_t, 10> powers{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
    const std::int64_t unit = powers.at(static_cast<std::size_t>(decimals));
    std::int64_t scaled = std::llround(number * static_cast<double>(unit));
    if (scaled < 0) {
        out += '-';
        scaled = -scaled;
    }
    char digits[24];
    const auto whole = std::to_chars(digits, digits + sizeof digits, scaled / unit);
    out.append(digits, whole.ptr);
    std::int64_t fraction = scaled % unit;
    if (fraction == 0) {
        return;
    }
    out += '.';
    for (std::int64_t place = unit / 10; fraction > 0; place /= 10) {
        out += static_cast<char>('0' + fraction / place);
        fraction %= place;
    }
}

void append_geometry(std::string &out, const geo::Geometry &geometry, int decimals) {
    out += R"({"type":")";
    out += geo::geometry_type_name(geometry.type);
    out += R"(","coordinates":)";
    append_coordinates(out, geometry, decimals);
    out += '}';
}

void append_feature(std::string &out, const geo::Feature &feature, std::string_view extra_members) {
    out += R"({"type":"Feature","id":)";
    append_json_string(out, feature.id);
    out += R"(,"geometry":)";
    append_geometry(out, feature.geometry);
    out += R"(,"properties":{)";
    bool is_first = true;
    for (const auto &[name, value] : feature.properties) {
        out += is_first ? "" : ",";
        is_first = false;
        append_json_string(out, name);
        out += ':';
        append_json_value(out, value);
    }
    out += '}';
    out += extra_members;
    out += '}';
}

void append_box(std::string &out, const geo::LonLatBox &box) {
    out += '[';
    for (const double edge : {box.west_deg, box.south_deg, box.east_deg, box.north_deg}) {
        out += out.back() == '[' ? "" : ",";
        append_decimal(out, edge, 7);
    }
    out += ']';
}

} // namespace keyaki::server
