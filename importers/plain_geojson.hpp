#pragma once

#include "geo/feature.hpp"
#include "importers/json_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// GeoJSON without a question: every feature has the properties of the first one, or some of them in the same order, every property has values of one
/// kind, every geometry is there. GDAL has rules for all the rest, and what it makes of a plain file is what stands in it; reading it here takes a
/// fraction of the time (README, decisions).
namespace keyaki::importers {

/// What all values of a property are, nulls aside.
enum class PlainKind : std::uint8_t { null, boolean, whole, real, text };

struct PlainField {
    std::string name;
    PlainKind kind = PlainKind::null; ///< null where nothing else occurs; real where whole numbers occur too

    friend bool operator==(const PlainField &, const PlainField &) = default;
};

/// Whether two names differ in case at most, of ASCII letters.
[[nodiscard]] bool are_alike(std::string_view one, std::string_view other) noexcept;

/// Told of what a file's features hold, one after another, finds out whether the file is plain and which fields it has. One thread.
class PlainFields {
  public:
    void begin_feature() noexcept {
        m_is_first = !m_has_features;
        m_has_features = true;
        m_next = 0;
    }
    /// The name of the next property of the feature. \pre begin_feature()
    void name(std::string_view name);
    /// The value of the property named last.
    void value(PlainKind kind);
    void text(std::string_view value);
    void number(std::string_view literal, bool is_whole);
    /// Something that is not plain.
    void doubt() noexcept { m_is_plain = false; }

    /// Nothing where the file is not plain.
    [[nodiscard]] std::optional<std::vector<PlainField>> take();

  private:
    bool m_is_plain = true;
    bool m_has_features = false;
    bool m_is_first = false;
    std::size_t m_next = 0; ///< the field behind that of the property named last
    std::vector<PlainField> m_fields;
};

struct PlainFeature {
    geo::Geometry geometry; ///< as written: rings may be open, and wound either way
    bool has_heights = false;
    std::vector<geo::Value> values; ///< by field
};

/// Reads a file of which PlainFields has said that it is plain. One thread.
class PlainGeoJson {
  public:
    /// \param fields outlive the reader
    PlainGeoJson(ByteSource &source, bool is_sequence, std::span<const PlainField> fields);

    /// The next feature, in the same memory; false at the end. \throws DoubtfulJson where the file is not the one that it was
    [[nodiscard]] bool next(PlainFeature &feature);

  private:
    [[nodiscard]] bool go_to_next();
    void go_to_features();
    template <typename Member>
    void read_members(const Member &member);
    void skip_value();
    void read_geometry(PlainFeature &feature);
    [[nodiscard]] std::size_t read_coordinates(PlainFeature &feature, std::size_t depth);
    void read_position(PlainFeature &feature);
    [[nodiscard]] double read_double();
    void read_properties(std::vector<geo::Value> &values);
    [[nodiscard]] geo::Value read_value(PlainKind kind);

    JsonScan m_scan; // of what has been surveyed; of what took its place meanwhile nothing is certain
    bool m_is_sequence;
    std::span<const PlainField> m_fields;
    std::uint64_t m_features = 0; ///< so far
};

} // namespace keyaki::importers
