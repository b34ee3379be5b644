#pragma once

#include "importers/counted_text.hpp"
#include "importers/geojson_shape.hpp"
#include "importers/geojson_survey.hpp"
#include "importers/plain_geojson.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace keyaki::importers {

/// What GeoJSON has to be (RFC 7946), looked at while its JSON is read, by the quick reading or the careful one. One thread.
class GeoJsonSurveyor {
  public:
    /// \param text says where the reader is; nullptr: a quick reading, which ends with DoubtfulJson where that would be asked
    GeoJsonSurveyor(CountedText *text, bool is_sequence, std::string_view shown) : m_text(text), m_is_sequence(is_sequence), m_shown(shown) {}

    GeoJsonSurvey survey;

    /// Ends the quick reading.
    [[nodiscard]] GeoJsonSurvey finish() {
        survey.plain = m_plain.take();
        return std::move(survey);
    }

    // What is read, in its order: JsonScan's handler.
    void null() { scalar("null", PlainKind::null); }
    void boolean(bool value) { scalar(value ? "true" : "false", PlainKind::boolean); }
    void plain_number(std::string_view literal, bool is_whole) {
        if (is_property()) {
            m_plain.number(literal, is_whole);
        }
        number();
    }
    void number(); ///< in the careful reading, to which numbers are all alike
    void string(const std::string &value);
    void start_object(std::size_t size);
    void key(const std::string &name);
    void end_object();
    void start_array(std::size_t size);
    void end_array();

    [[noreturn]] void refuse(const std::string &expected, const std::string &found);

  private:
    /// What a value is, by where it stands.
    enum class Role : std::uint8_t {
        root,
        feature_list,
        feature,
        geometry,
        geometry_list,
        coordinates,
        properties,
        bounding_box,
        identifier,
        type,
        foreign
    };

    /// An object or array that is being read.
    struct Node {
        Role role = Role::foreign;
        bool is_array = false;
        Role member_role = Role::foreign;     ///< of the value that comes next, in objects
        std::size_t members = 0;              ///< so far, of bounding boxes
        std::unordered_set<std::string> keys; ///< of objects
        std::string type;
    };

    [[nodiscard]] std::string place() const {
        if (m_text == nullptr) {
            throw DoubtfulJson();
        }
        return m_text->place();
    }
    /// Of a feature among others only that row is refused; else the whole file.
    void blame(const std::string &expected, const std::string &found);
    [[nodiscard]] static Role role_of_member(Role object, std::string_view key);
    [[nodiscard]] Role next_role(std::string_view what);
    void check_kind(Role role, std::string_view what);
    void begin(Role role, bool is_array);
    [[nodiscard]] bool is_property() const { return !m_nodes.empty() && m_nodes.back().role == Role::properties; }
    [[nodiscard]] bool may_mean_more(const Node &object, std::string_view name) const;
    void look_if_plain(const Node &object, std::string_view name);
    void scalar(std::string_view what, PlainKind kind);
    void end_root(const Node &node);
    void end_feature(const Node &node);
    void end_geometry(const Node &node);
    void forbid(const Node &node, std::initializer_list<std::string_view> members);

    CountedText *m_text;
    bool m_is_sequence;
    std::string_view m_shown;
    std::vector<Node> m_nodes;
    bool m_in_row = false; ///< inside of an element of "features", or of a record
    bool m_has_extra_numbers = false;
    GeoJsonShape m_shape;
    PlainFields m_plain;
};

} // namespace keyaki::importers
