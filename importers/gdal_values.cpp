#include "importers/gdal_values.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "importers/table_shape.hpp"

#include <cpl_conv.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <ogr_feature.h>

#include <algorithm>
#include <cmath>

namespace keyaki::importers {

namespace {

struct CplFree {
    void operator()(char *text) const noexcept { CPLFree(text); }
};

std::string type_name(const OGRFieldDefn &field) {
    switch (field.GetType()) {
    case OFTInteger: return field.GetSubType() == OFSTBoolean ? "boolean" : "integer";
    case OFTInteger64: return "integer";
    case OFTReal: return "number";
    case OFTDate: return "date";
    case OFTTime: return "time";
    case OFTDateTime: return "date-time";
    default: return "text";
    }
}

/// As GDAL would find them.
std::unique_ptr<OGRFeatureDefn> definition_of(std::span<const PlainField> fields) {
    auto definition = std::make_unique<OGRFeatureDefn>("");
    for (const PlainField &field : fields) {
        OGRFieldDefn one(field.name.c_str(), field.kind == PlainKind::real      ? OFTReal
                                             : field.kind == PlainKind::whole   ? OFTInteger64
                                             : field.kind == PlainKind::boolean ? OFTInteger
                                                                                : OFTString);
        one.SetSubType(field.kind == PlainKind::boolean ? OFSTBoolean : OFSTNone);
        definition->AddFieldDefn(&one);
    }
    return definition;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x80; });
}

} // namespace

FieldReader::FieldReader(const OGRFeatureDefn &definition, const std::string &encoding, const std::vector<std::string> &left_out,
                         ImportReport &report)
    : m_decoder(encoding.empty() ? "UTF-8" : encoding), m_is_utf8(encoding.empty()) {
    std::vector<std::string> taken;
    for (int i = 0; i < definition.GetFieldCount(); ++i) {
        const OGRFieldDefn &field = *definition.GetFieldDefn(i);
        const std::string raw_name = field.GetNameRef();
        if (std::find(left_out.begin(), left_out.end(), raw_name) != left_out.end()) {
            continue;
        }
        if (field.GetType() == OFTBinary) {
            report.warn(fmt::format("column {} holds binary data and was left out", decoded(raw_name.c_str())));
            continue;
        }
        std::string name = property_name(decoded(raw_name.c_str()));
        name = unique_name(name.empty() ? fmt::format("column_{}", i + 1) : name, taken);
        if (name.size() > geo::max_property_name_bytes) {
            throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected column names of at most {} bytes, found {}: \"{}\"",
                                                                    geo::max_property_name_bytes, name.size(), quoted_value(name)));
        }
        taken.push_back(name);
        const bool known = std::any_of(report.columns.begin(), report.columns.end(), [&](const auto &column) { return column.name == name; });
        if (!known) {
            report.columns.push_back({name, "property", type_name(field), ""});
        }
        m_fields.push_back({i, std::move(name), raw_name == "id"});
    }
    if (m_fields.size() > geo::max_properties_per_feature) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected at most {} columns, found {}", geo::max_properties_per_feature, m_fields.size()));
    }
}

FieldReader::FieldReader(std::span<const PlainField> fields, ImportReport &report) : FieldReader(*definition_of(fields), "", {}, report) {}

std::string FieldReader::decoded(const char *text) {
    const std::string_view bytes(text);
    return is_ascii(bytes) ? std::string(bytes) : m_decoder.decode_cell(bytes);
}

/// RFC 3339 where the source knows its offset; else the same without one, because an invented offset would be a lie.
std::string FieldReader::date_time(const OGRFeature &feature, int field) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    float second = 0;
    int zone = 0;
    feature.GetFieldAsDateTime(field, &year, &month, &day, &hour, &minute, &second, &zone);
    const OGRFieldType type = feature.GetFieldDefnRef(field)->GetType();
    std::string out = type == OFTTime ? "" : fmt::format("{:04}-{:02}-{:02}", year, month, day);
    if (type == OFTDate) {
        return out;
    }
    const auto whole_ms = static_cast<int>(std::lround(static_cast<double>(second) * 1000));
    out += fmt::format("{}{:02}:{:02}:{:02}", out.empty() ? "" : "T", hour, minute, whole_ms / 1000);
    out += whole_ms % 1000 == 0 ? "" : fmt::format(".{:03}", whole_ms % 1000);
    if (type == OFTDateTime && zone > 1) { // GDAL: 100 is UTC, one more for each quarter of an hour east
        const int offset_min = (zone - 100) * 15;
        out += offset_min == 0 ? "Z" : fmt::format("{}{:02}:{:02}", offset_min < 0 ? '-' : '+', std::abs(offset_min) / 60, std::abs(offset_min) % 60);
    } else if (type == OFTDateTime) {
        m_times_without_offset = true;
    }
    return out;
}

geo::Value FieldReader::value(const OGRFeature &feature, int field) {
    if (!feature.IsFieldSetAndNotNull(field)) {
        return std::monostate();
    }
    const OGRFieldDefn &definition = *feature.GetFieldDefnRef(field);
    switch (definition.GetType()) {
    case OFTInteger:
        if (definition.GetSubType() == OFSTBoolean) {
            return feature.GetFieldAsInteger(field) != 0;
        }
        return static_cast<std::int64_t>(feature.GetFieldAsInteger(field));
    case OFTInteger64: return static_cast<std::int64_t>(feature.GetFieldAsInteger64(field));
    case OFTReal: {
        const double number = feature.GetFieldAsDouble(field);
        return std::isfinite(number) ? geo::Value(number) : geo::Value(std::monostate());
    }
    case OFTDate:
    case OFTTime:
    case OFTDateTime: return date_time(feature, field);
    case OFTString: return decoded(feature.GetFieldAsString(field));
    default: { // lists, as JSON
        const std::unique_ptr<char, CplFree> text(feature.GetFieldAsSerializedJSon(field));
        return text ? geo::Value(decoded(text.get())) : geo::Value(std::monostate());
    }
    }
}

geo::Properties FieldReader::read(const OGRFeature &feature, bool without_id, bool without_nulls) {
    geo::Properties properties;
    for (const Field &field : m_fields) {
        if (!(without_id && field.is_id) && !(without_nulls && !feature.IsFieldSetAndNotNull(field.index))) {
            properties.append(field.name, value(feature, field.index));
        }
    }
    return properties;
}

std::vector<std::string> FieldReader::names() const {
    std::vector<std::string> names;
    for (const Field &field : m_fields) {
        names.push_back(field.name);
    }
    return names;
}

int FieldReader::field_named(const std::string &name) const {
    const auto found = std::find_if(m_fields.begin(), m_fields.end(), [&](const Field &field) { return field.name == name; });
    if (found != m_fields.end()) {
        return found->index;
    }
    std::string names;
    for (const Field &field : m_fields) {
        names += (names.empty() ? "" : ", ") + field.name;
    }
    throw geo::Error(geo::ErrorKind::invalid_input,
                     fmt::format("expected a column \"{}\" as --key says, found the columns {}", name, quoted_value(names)));
}

std::string FieldReader::text(const OGRFeature &feature, int field) {
    return feature.IsFieldSetAndNotNull(field) ? decoded(feature.GetFieldAsString(field)) : "";
}

namespace {

/// Watches for "id" at the top and "id" in "properties"; everything else passes by unread.
class IdHandler : public nlohmann::json_sax<nlohmann::json> {
  public:
    GeoJsonId found;

    bool null() override { return taken(); }
    bool boolean(bool) override { return taken(); }
    bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
    bool number_float(number_float_t, const string_t &text) override { return scalar(text); }
    bool string(string_t &value) override { return scalar(value); }
    bool binary(binary_t &) override { return true; }
    bool start_object(std::size_t) override { return begin(); }
    bool end_object() override { return end(); }
    bool start_array(std::size_t) override { return begin(); }
    bool end_array() override { return end(); }
    bool key(string_t &name) override {
        m_own_id = m_depth == 1 && name == "id";
        if (m_depth == 1) {
            m_in_properties = name == "properties";
        }
        found.property_id = found.property_id || (m_depth == 2 && m_in_properties && name == "id");
        return true;
    }
    bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &) override { return false; }

  private:
    bool taken() {
        m_own_id = false;
        return true;
    }
    bool scalar(const std::string &text) {
        if (m_own_id) {
            found.id = text;
        }
        return taken();
    }
    bool begin() {
        ++m_depth;
        return taken();
    }
    bool end() {
        --m_depth;
        return true;
    }

    std::size_t m_depth = 0;
    bool m_own_id = false;
    bool m_in_properties = false;
};

} // namespace

GeoJsonId read_geojson_id(const char *feature_text) {
    IdHandler handler;
    nlohmann::json::sax_parse(feature_text, &handler);
    return handler.found;
}

} // namespace keyaki::importers
