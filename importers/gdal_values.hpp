#pragma once

#include "geo/feature.hpp"
#include "importers/importer.hpp"
#include "importers/plain_geojson.hpp"
#include "importers/text_encoding.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

class OGRFeature;
class OGRFeatureDefn;

namespace keyaki::importers {

/// Turns the fields of GDAL's features into properties, with texts decoded and checked as UTF-8. One per layer and thread.
class FieldReader {
  public:
    /// \param encoding of the texts; empty where the format says UTF-8
    /// \param left_out names of fields that are the driver's own and no data
    FieldReader(const OGRFeatureDefn &definition, const std::string &encoding, const std::vector<std::string> &left_out, ImportReport &report);
    /// Of a plain file, whose values others read: for the names, and the report.
    FieldReader(std::span<const PlainField> fields, ImportReport &report);

    [[nodiscard]] geo::Properties read(const OGRFeature &feature, bool without_id, bool without_nulls);
    [[nodiscard]] std::vector<std::string> names() const;
    /// Place of the field of that name, for a key column. \throws geo::Error invalid_input with the fields that there are
    [[nodiscard]] int field_named(const std::string &name) const;
    /// The value as text for an id; empty where there is none.
    [[nodiscard]] std::string text(const OGRFeature &feature, int field);
    /// Bytes that were not of the encoding, so far.
    [[nodiscard]] std::uint64_t undecodable() const noexcept { return m_decoder.invalid(); }
    [[nodiscard]] bool times_without_offset() const noexcept { return m_times_without_offset; }

  private:
    struct Field {
        int index;
        std::string name;
        bool is_id;
    };
    [[nodiscard]] geo::Value value(const OGRFeature &feature, int field);
    [[nodiscard]] std::string decoded(const char *text);
    [[nodiscard]] std::string date_time(const OGRFeature &feature, int field);

    std::vector<Field> m_fields;
    TextDecoder m_decoder;
    bool m_is_utf8;
    bool m_times_without_offset = false;
};

/// What the GeoJSON text of one feature says about ids, which GDAL mixes with properties of the name "id".
struct GeoJsonId {
    std::string id;           ///< the feature's own "id" as text; empty where there is none
    bool property_id = false; ///< its properties have an "id" too
};
[[nodiscard]] GeoJsonId read_geojson_id(const char *feature_text);

} // namespace keyaki::importers
