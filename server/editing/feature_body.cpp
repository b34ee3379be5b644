#include "server/editing/feature_body.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace keyaki::server::editing {

namespace {

using Json = nlohmann::json;

/// RFC 6901, section 3.
std::string escaped(std::string_view token) {
    std::string text;
    for (const char c : token) {
        text += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string{c};
    }
    return text;
}

/// Where the text is, of what means something.
enum class Place { before, feature, geometry, coordinates, properties, ignored };

/// Receives the parser's events. Each returns true: what is wrong is collected, so that all of it is told at once.
class Reader final : public nlohmann::json_sax<Json> {
  public:
    Reader(BodyKind kind, FeatureBody &body) : m_kind(kind), m_body(body) {}

    bool null() override {
        return value("null", [this] { take_null(); });
    }
    bool boolean(bool truth) override {
        return value(truth ? "true" : "false", [this, truth] { take_scalar(truth); });
    }
    bool number_integer(number_integer_t whole) override {
        return value("a number", [this, whole] { take_number(whole, static_cast<double>(whole)); });
    }
    bool number_unsigned(number_unsigned_t whole) override {
        if (whole <= static_cast<std::uint64_t>(INT64_MAX)) {
            return number_integer(static_cast<std::int64_t>(whole));
        }
        return number_float(static_cast<double>(whole), {});
    }
    bool number_float(number_float_t real, const string_t & /*text*/) override {
        return value("a number", [this, real] { take_number(real, real); });
    }
    bool string(string_t &text) override {
        return value("text", [this, &text] { take_text(text); });
    }
    bool binary(binary_t & /*bytes*/) override { return true; } // JSON has none

    bool start_object(std::size_t /*size*/) override {
        open();
        if (m_place == Place::before) {
            m_place = Place::feature;
        } else if (m_place == Place::feature && m_key == "geometry") {
            m_place = Place::geometry;
            m_body.has_geometry = true;
        } else if (m_place == Place::feature && m_key == "properties") {
            m_place = Place::properties;
            m_body.has_properties = true;
        } else {
            refuse_structure("an object");
            return true;
        }
        m_names.clear();
        return true;
    }
    bool key(string_t &name) override {
        if (m_place == Place::ignored) {
            return true;
        }
        m_key = name;
        auto &names = m_place == Place::feature ? m_feature_names : m_names;
        if (m_place == Place::properties) {
            check_property_name(name);
        }
        if (!names.insert(name).second) {
            refuse("stands twice");
        }
        return true;
    }
    bool end_object() override {
        close();
        return true;
    }
    bool start_array(std::size_t /*size*/) override {
        open();
        if (m_place == Place::geometry && m_key == "coordinates" && !m_body.coordinates) {
            m_place = Place::coordinates;
            m_body.coordinates.emplace();
        }
        if (m_place == Place::coordinates) {
            note(m_body.coordinates->begin_array());
        } else {
            refuse_structure("an array");
        }
        return true;
    }
    bool end_array() override {
        if (m_place == Place::coordinates) {
            note(m_body.coordinates->end_array());
        }
        close();
        return true;
    }

    bool parse_error(std::size_t /*byte*/, const std::string & /*token*/, const nlohmann::detail::exception &error) override {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the body is not JSON: {}", sentence_of(error.what())));
    }

    /// What is wrong with the whole, once it has passed.
    void finish() {
        if (m_place == Place::before) {
            m_errors.push_back({"", "expected a GeoJSON feature, an object, found something else"});
        }
        if (m_errors.empty() && m_kind == BodyKind::feature) {
            require_whole_feature();
        }
        if (!m_errors.empty()) {
            throw FieldErrors("the feature", std::move(m_errors));
        }
    }

  private:
    /// nlohmann's texts begin with "[json.exception.parse_error.101] ".
    static std::string sentence_of(std::string_view text) {
        const std::size_t end = text.find("] ");
        return std::string(end == std::string_view::npos ? text : text.substr(end + 2, 200));
    }

    void open() {
        if (++m_depth > max_json_depth) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the body nests deeper than {} levels", max_json_depth));
        }
        m_outer.push_back(m_place);
    }
    void close() {
        --m_depth;
        const Place inner = m_place;
        m_place = m_outer.back();
        m_outer.pop_back();
        if (inner != m_place && m_place == Place::feature) {
            m_key.clear();
        }
        if (m_place == Place::before) {
            m_place = Place::ignored; // the feature is over
        }
    }

    template <typename Take>
    bool value(std::string_view what, const Take &take) {
        m_found = what;
        if (m_place == Place::before) {
            m_errors.push_back({"", fmt::format("expected a GeoJSON feature, an object, found {}", what)});
            m_place = Place::ignored;
        } else if (m_place != Place::ignored) {
            take();
        }
        return true;
    }

    [[nodiscard]] std::string pointer() const {
        switch (m_place) {
        case Place::before: return {};
        case Place::geometry: return "/geometry/" + escaped(m_key);
        case Place::coordinates: return "/geometry/coordinates" + m_body.coordinates->place();
        case Place::properties: return "/properties/" + escaped(m_key);
        default: return "/" + escaped(m_key);
        }
    }
    void refuse(std::string detail) {
        constexpr std::size_t most = 50; // of a body that is wrong in a thousand places, so many are told
        if (m_errors.size() < most) {
            m_errors.push_back({pointer(), std::move(detail)});
        }
    }
    /// Of coordinates the first mistake is told; the rest of them follows from it.
    void note(std::optional<std::string> mistake) {
        if (mistake) {
            refuse(std::move(*mistake));
            m_place = Place::ignored;
            std::replace(m_outer.begin(), m_outer.end(), Place::coordinates, Place::ignored);
        }
    }

    /// An array or object where it means nothing, or where a scalar is expected; what is in it is not looked at.
    void refuse_structure(std::string_view found) {
        if (m_place == Place::properties) {
            refuse(fmt::format("expected text, a number, true, false or null, found {}", found));
        } else if (m_place == Place::feature && (m_key == "type" || m_key == "id" || m_key == "geometry" || m_key == "properties")) {
            m_found = found;
            refuse_member();
        } else if (m_place == Place::feature && m_key == "crs") {
            refuse_crs();
        } else if (m_place == Place::geometry && (m_key == "type" || m_key == "coordinates")) {
            refuse(fmt::format("expected {}, found {}", m_key == "type" ? "the name of a type" : "an array of numbers", found));
        } else if (m_place == Place::geometry && m_key == "geometries") {
            refuse("expected one geometry with coordinates, found a collection");
        } else if (m_place == Place::coordinates || m_place == Place::before) {
            refuse(fmt::format("expected {}, found {}", m_place == Place::before ? "a GeoJSON feature, an object" : "numbers", found));
        }
        m_place = Place::ignored;
    }
    void refuse_crs() { refuse("the CRS is said in the request's header Content-Crs, not in the body"); }
    void refuse_member() {
        if (m_key == "type") {
            refuse(fmt::format("expected \"Feature\", found {}", m_found));
        } else if (m_key == "id") {
            refuse(fmt::format("expected text or a whole number, found {}", m_found));
        } else {
            refuse(fmt::format("expected an object{}, found {}", m_key == "properties" ? " or null" : "", m_found));
        }
    }
    void check_property_name(const std::string &name) {
        if (name.empty() || name.size() > geo::max_property_name_bytes) {
            refuse(fmt::format("expected a name of 1 to {} bytes, found {}", geo::max_property_name_bytes, name.size()));
        }
        if (m_body.properties.size() == geo::max_properties_per_feature) {
            throw geo::Error(geo::ErrorKind::too_large,
                             fmt::format("expected a feature of at most {} properties, found more", geo::max_properties_per_feature));
        }
    }

    void take_null() {
        if (m_place == Place::feature && m_key == "geometry") {
            m_body.has_geometry = m_body.has_null_geometry = true;
        } else if (m_place == Place::feature && m_key == "properties") {
            m_body.has_properties = m_body.has_null_properties = true;
        } else if (m_place == Place::feature && (m_key == "id" || m_key == "crs")) {
            return; // as if it were not there
        } else {
            take_scalar(std::monostate());
        }
    }
    void take_text(const std::string &text) {
        if (m_place == Place::feature && m_key == "id") {
            m_body.id = text;
        } else if (m_place == Place::feature && m_key == "type" && text == "Feature") {
            m_has_type = true;
        } else if (m_place == Place::feature && m_key == "type") {
            refuse(fmt::format("expected \"Feature\", found \"{}\"", text.substr(0, 40)));
        } else if (m_place == Place::geometry && m_key == "type") {
            m_body.geometry_type = geometry_type_named(text);
            if (!m_body.geometry_type) {
                refuse(fmt::format("expected Point, LineString, Polygon, MultiPoint, MultiLineString or MultiPolygon, found \"{}\"",
                                   text.substr(0, 40)));
            }
        } else if (m_place == Place::properties && text.size() > geo::max_property_text_bytes) {
            refuse(fmt::format("expected at most {} bytes of text, found {}", geo::max_property_text_bytes, text.size()));
        } else {
            take_scalar(text);
        }
    }
    template <typename Number>
    void take_number(Number number, double as_double) {
        if (m_place == Place::coordinates) {
            note(m_body.coordinates->number(as_double));
        } else if (m_place == Place::feature && m_key == "id" && std::is_same_v<Number, std::int64_t>) {
            m_body.id = fmt::format("{}", number);
        } else {
            take_scalar(number);
        }
    }
    template <typename Scalar>
    void take_scalar(Scalar scalar) {
        switch (m_place) {
        case Place::properties:
            if (m_body.properties.find(m_key) == nullptr && !m_key.empty()) {
                m_body.properties.append(m_key, geo::Value(std::move(scalar)));
            }
            return;
        case Place::coordinates: note(fmt::format("expected a number, found {}", m_found)); return;
        case Place::geometry:
            if (m_key == "type" || m_key == "coordinates") {
                refuse(fmt::format("expected {}, found {}", m_key == "type" ? "the name of a type" : "an array of numbers", m_found));
            }
            return;
        case Place::feature:
            if (m_key == "type" || m_key == "id" || m_key == "geometry" || m_key == "properties") {
                refuse_member();
            } else if (m_key == "crs") {
                refuse_crs();
            }
            return;
        case Place::before:
        case Place::ignored: return;
        }
    }

    void require_whole_feature() {
        if (!m_has_type) {
            m_errors.push_back({"/type", "expected \"Feature\", found nothing"});
        }
        if (!m_body.has_geometry || m_body.has_null_geometry) {
            m_errors.push_back(
                {"/geometry", m_body.has_geometry ? "every feature of a layer has a geometry, found null" : "is required and is missing"});
        } else if (!m_body.geometry_type) {
            m_errors.push_back({"/geometry/type", "is required and is missing"});
        } else if (!m_body.coordinates) {
            m_errors.push_back({"/geometry/coordinates", "is required and is missing"});
        }
    }

    BodyKind m_kind;
    FeatureBody &m_body;
    Place m_place = Place::before;
    std::vector<Place> m_outer; ///< of each open bracket, where the text was before it
    int m_depth = 0;
    std::string m_key;
    std::string_view m_found; ///< what stands there, in words
    bool m_has_type = false;
    std::set<std::string> m_feature_names;
    std::set<std::string> m_names; ///< of the object within it
    std::vector<FieldError> m_errors;
};

} // namespace

FeatureBody parse_feature_body(std::string_view text, BodyKind kind) {
    FeatureBody body;
    Reader reader(kind, body);
    Json::sax_parse(text.begin(), text.end(), &reader);
    reader.finish();
    return body;
}

} // namespace keyaki::server::editing
