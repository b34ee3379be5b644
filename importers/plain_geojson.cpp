#include "importers/plain_geojson.hpp"

#include "geo/limits.hpp"
#include "importers/geojson_shape.hpp"
#include "importers/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <strings.h>
#include <utility>

namespace keyaki::importers {

namespace {

/// What 64 bits hold for sure.
constexpr std::size_t plain_whole_bytes = 18;
constexpr std::string_view between_records = " \t\r\n\x1E";

/// CouchDB's own members among the properties, which GDAL takes for a sign of another form of GeoJSON.
bool may_mean_more(std::string_view name) { return name.starts_with('_') || name.find('\0') != std::string_view::npos; }

/// Wants nothing of what it is told.
class Nobody {
  public:
    void null() {}
    void boolean(bool) {}
    void plain_number(std::string_view, bool) {}
    void string(const std::string &) {}
    void start_object(std::size_t) { begin(); }
    void key(const std::string &) {}
    void end_object() { --m_depth; }
    void start_array(std::size_t) { begin(); }
    void end_array() { --m_depth; }

  private:
    void begin() {
        if (++m_depth > max_json_depth) {
            throw DoubtfulJson();
        }
    }
    std::size_t m_depth = 0;
};

/// Of the arrays that coordinates were: what each of these types calls a part.
void settle(geo::Geometry &geometry, geo::GeometryType type) {
    geometry.type = type;
    if (geometry.is_point()) {
        geometry.part_ends.clear();
    }
    if (!geometry.is_polygon()) {
        geometry.polygon_ends.clear();
    }
}

std::optional<geo::GeometryType> type_named(std::string_view name) {
    for (const geo::GeometryType type : {geo::GeometryType::point, geo::GeometryType::line_string, geo::GeometryType::polygon,
                                         geo::GeometryType::multi_point, geo::GeometryType::multi_line_string, geo::GeometryType::multi_polygon}) {
        if (geo::geometry_type_name(type) == name) {
            return type;
        }
    }
    return std::nullopt;
}

template <typename Number>
Number number_of(std::string_view literal) {
    Number number{};
    const auto [end, problem] = std::from_chars(literal.data(), literal.data() + literal.size(), number);
    if (problem != std::errc() || end != literal.data() + literal.size()) {
        throw DoubtfulJson();
    }
    return number;
}

/// A whole number that stands among others is one there too, and has no negative zero.
double real_of(std::string_view literal) {
    const auto number = number_of<double>(literal);
    return number == 0 && literal.find_first_of(".eE") == std::string_view::npos ? 0 : number;
}

} // namespace

bool are_alike(std::string_view one, std::string_view other) noexcept {
    return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

void PlainFields::name(std::string_view name) {
    if (!m_is_plain) {
        return;
    }
    if (m_is_first) {
        m_is_plain = m_fields.size() < geo::max_properties_per_feature && !may_mean_more(name) &&
                     std::none_of(m_fields.begin(), m_fields.end(), [&](const PlainField &field) { return are_alike(field.name, name); });
        m_fields.push_back({std::string(name), PlainKind::null});
        ++m_next;
        return;
    }
    while (m_next < m_fields.size() && m_fields[m_next].name != name) {
        ++m_next;
    }
    m_is_plain = m_next++ < m_fields.size();
}

void PlainFields::value(PlainKind kind) {
    if (!m_is_plain || kind == PlainKind::null) {
        return;
    }
    PlainKind &known = m_fields[m_next - 1].kind;
    const auto is_number = [](PlainKind one) { return one == PlainKind::whole || one == PlainKind::real; };
    if (known == PlainKind::null) {
        known = kind;
    } else if (is_number(known) && is_number(kind)) {
        known = std::max(known, kind);
    } else {
        m_is_plain = known == kind;
    }
}

void PlainFields::text(std::string_view value) {
    this->value(PlainKind::text);
    m_is_plain = m_is_plain && value.find('\0') == std::string_view::npos;
}

void PlainFields::number(std::string_view literal, bool is_whole) {
    value(is_whole ? PlainKind::whole : PlainKind::real);
    m_is_plain = m_is_plain && (!is_whole || literal.size() <= plain_whole_bytes);
}

std::optional<std::vector<PlainField>> PlainFields::take() {
    return m_is_plain && m_has_features ? std::optional(std::move(m_fields)) : std::nullopt;
}

PlainGeoJson::PlainGeoJson(ByteSource &source, bool is_sequence, std::span<const PlainField> fields)
    : m_scan(source), m_is_sequence(is_sequence), m_fields(fields) {}

/// Calls member(name) for each member of the object that begins here, which takes the value.
template <typename Member>
void PlainGeoJson::read_members(const Member &member) {
    m_scan.expect('{');
    while (m_scan.peek_past_space() == '"') {
        m_scan.read_text();
        m_scan.expect(':');
        if (!member(m_scan.text())) {
            return;
        }
        if (m_scan.peek_past_space() != ',') {
            break;
        }
        m_scan.expect(',');
    }
    m_scan.expect('}');
}

void PlainGeoJson::skip_value() {
    Nobody nobody;
    m_scan.read_value(nobody);
}

/// Up to the first one, or the end of an empty list.
void PlainGeoJson::go_to_features() {
    read_members([this](const std::string &name) {
        if (name == "features") {
            m_scan.expect('[');
            return false;
        }
        skip_value();
        return true;
    });
}

bool PlainGeoJson::go_to_next() {
    if (m_is_sequence) {
        return m_scan.skip(between_records);
    }
    if (m_features == 0) {
        go_to_features();
    } else if (m_scan.peek_past_space() == ',') {
        m_scan.expect(',');
    }
    return m_scan.peek_past_space() != ']';
}

bool PlainGeoJson::next(PlainFeature &feature) {
    if (!go_to_next()) {
        return false;
    }
    ++m_features;
    feature.has_heights = false;
    feature.geometry = {};
    feature.values.assign(m_fields.size(), std::monostate());
    read_members([&](const std::string &name) {
        if (name == "geometry") {
            read_geometry(feature);
        } else if (name == "properties") {
            read_properties(feature.values);
        } else {
            skip_value();
        }
        return true;
    });
    if (feature.geometry.positions.empty()) {
        throw DoubtfulJson();
    }
    return true;
}

void PlainGeoJson::read_geometry(PlainFeature &feature) {
    std::optional<geo::GeometryType> type;
    std::size_t nesting = 0;
    std::optional<std::size_t> wanted_nesting;
    feature.geometry = {};
    read_members([&](const std::string &name) {
        if (name == "coordinates") {
            nesting = 1 + read_coordinates(feature, 1);
        } else if (name == "type") {
            if (m_scan.peek_past_space() != '"') {
                throw DoubtfulJson();
            }
            m_scan.read_text();
            type = type_named(m_scan.text());
            wanted_nesting = geojson_nesting(m_scan.text());
        } else {
            skip_value();
        }
        return true;
    });
    if (!type || nesting != wanted_nesting) {
        throw DoubtfulJson();
    }
    settle(feature.geometry, *type);
}

double PlainGeoJson::read_double() {
    (void)m_scan.peek_past_space();
    return real_of(m_scan.read_number());
}

void PlainGeoJson::read_position(PlainFeature &feature) {
    const double lon_deg = read_double();
    m_scan.expect(',');
    feature.geometry.positions.push_back({lon_deg, read_double()});
    if (m_scan.peek_past_space() == ',') {
        m_scan.expect(',');
        (void)read_double();
        feature.has_heights = true;
    }
}

/// \return how many arrays deep positions lie in it
std::size_t PlainGeoJson::read_coordinates(PlainFeature &feature, std::size_t depth) {
    m_scan.expect('[');
    if (m_scan.peek_past_space() != '[') {
        read_position(feature);
        m_scan.expect(']');
        return 0;
    }
    if (depth == max_json_depth) {
        throw DoubtfulJson();
    }
    std::size_t inner = 0;
    while (true) {
        inner = read_coordinates(feature, depth + 1);
        if (m_scan.peek_past_space() != ',') {
            break;
        }
        m_scan.expect(',');
    }
    m_scan.expect(']');
    if (inner == 0) {
        feature.geometry.part_ends.push_back(static_cast<std::uint32_t>(feature.geometry.positions.size()));
    } else if (inner == 1) {
        feature.geometry.end_polygon();
    }
    return inner + 1;
}

void PlainGeoJson::read_properties(std::vector<geo::Value> &values) {
    std::size_t field = 0;
    read_members([&](const std::string &name) {
        while (field < m_fields.size() && m_fields[field].name != name) {
            ++field;
        }
        if (field == m_fields.size()) {
            throw DoubtfulJson();
        }
        values[field] = read_value(m_fields[field].kind);
        ++field;
        return true;
    });
}

geo::Value PlainGeoJson::read_value(PlainKind kind) {
    switch (m_scan.peek_past_space()) {
    case '"': m_scan.read_text(); return m_scan.text();
    case 't': m_scan.read_word("true"); return true;
    case 'f': m_scan.read_word("false"); return false;
    case 'n': m_scan.read_word("null"); return std::monostate();
    default: break;
    }
    const std::string_view literal = m_scan.read_number();
    return kind == PlainKind::real ? geo::Value(real_of(literal)) : geo::Value(number_of<std::int64_t>(literal));
}

} // namespace keyaki::importers
