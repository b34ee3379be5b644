#include "importers/osm_file.hpp"

#include "geo/error.hpp"
#include "importers/feature_gate.hpp"
#include "importers/osm_areas.hpp"
#include "importers/osm_box_filter.hpp"
#include "importers/osm_geometry.hpp"
#include "importers/osm_limits.hpp"
#include "importers/osm_node_places.hpp"
#include "importers/osm_old_style.hpp"
#include "importers/osm_reading.hpp"
#include "importers/osm_rules.hpp"
#include "importers/osm_source.hpp"
#include "importers/osm_values.hpp"

#include <fmt/format.h>

#include <osmium/memory/buffer.hpp>
#include <osmium/osm/node.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

namespace keyaki::importers {

namespace {

constexpr geo::LonLat nowhere{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};

geo::LonLat position_of(osmium::Location location) {
    return location.valid() ? geo::LonLat{location.lon_without_check(), location.lat_without_check()} : nowhere;
}

/// One reading of one file.
class OsmImport {
  public:
    OsmImport(const OsmOptions &options, const OsmSink &sink)
        : m_options(options), m_sink(sink), m_areas([this](const osmium::Relation &relation, std::optional<OsmRings> area,
                                                           const std::string &reason) { built(relation, std::move(area), reason); }) {
        if (options.bbox) {
            m_filter.emplace(*options.bbox);
        }
    }

    OsmReport run(const OsmSource &source, const Progress &progress);

  private:
    void survey(osmium::memory::Buffer &buffer);
    void survey_needed_nodes(osmium::memory::Buffer &buffer);
    void take_first(osmium::memory::Buffer &buffer);
    void take_ways(osmium::memory::Buffer &buffer);
    void node(const osmium::Node &node);
    void relation(const osmium::Relation &relation);
    void way(osmium::Way &way);
    void built(const osmium::Relation &relation, std::optional<OsmRings> area, const std::string &reason);

    [[nodiscard]] bool is_mapped_area(const osmium::Relation &relation);
    [[nodiscard]] bool may_be_area(const osmium::Relation &relation);
    std::uint64_t locate_nodes(osmium::Way &way);
    void read_tags(const osmium::OSMObject &object);
    void emit_line(const osmium::Way &way, const OsmMatches &matches, std::uint64_t missing);
    void take_area(const osmium::Way &way, const OsmMatches &matches);
    void emit_area(const std::string &id, const OsmMatches &matches, geo::Geometry area);
    void emit(const std::string &id, const OsmMatch &match, geo::Geometry &&geometry);
    [[nodiscard]] geo::Properties clean_properties(const OsmMatch &match);
    void refuse(const osmium::OSMObject &object, std::string reason) { m_report.refuse({object_id(object), std::move(reason)}); }
    void release_held_ways();
    void finish();
    void check_completeness() const;

    const OsmOptions &m_options;
    const OsmSink &m_sink;
    OsmReport m_report;
    OsmReading m_reading{m_report};
    std::optional<OsmBoxFilter> m_filter; ///< where there is a box
    OsmNodePlaces m_places;
    OsmAreas m_areas;
    OsmOldStyle m_old_style;
    std::uint64_t m_nodes_without_tags = 0;
    OsmSeenIds m_seen_nodes; ///< those that became features; duplicates of the others do no harm
    OsmSeenIds m_seen_ways;
    OsmSeenIds m_seen_relations;
    std::array<std::uint64_t, osm_layer_count> m_emitted{};
    std::vector<OsmTag> m_tags;           ///< of the object at hand
    std::vector<geo::LonLat> m_positions; ///< of the way at hand
};

OsmReport OsmImport::run(const OsmSource &source, const Progress &progress) {
    m_report.format = source.format();
    std::uint64_t passes = 0;
    const std::uint64_t total = (m_filter ? 4 : 2) * source.size_bytes();
    const auto pass = [&](OsmObjects objects, void (OsmImport::*take)(osmium::memory::Buffer &)) {
        m_reading.begin_pass(source.name());
        source.read(
            objects, [this] { return m_reading.place(); }, [&](osmium::memory::Buffer &buffer) { (this->*take)(buffer); },
            [&](std::uint64_t bytes) {
                if (progress) {
                    progress(passes * source.size_bytes() + bytes, total, "bytes");
                }
            });
        ++passes;
    };
    if (m_filter) {
        pass(OsmObjects::nodes_and_ways_and_relations, &OsmImport::survey);
        pass(OsmObjects::ways, &OsmImport::survey_needed_nodes);
        m_filter->finish();
    }
    pass(OsmObjects::nodes_and_relations, &OsmImport::take_first);
    m_report.duplicate_objects += m_places.finish();
    m_areas.start_ways();
    pass(OsmObjects::ways, &OsmImport::take_ways);
    finish();
    return std::move(m_report);
}

void OsmImport::survey(osmium::memory::Buffer &buffer) {
    for (const osmium::OSMObject &object : buffer.select<osmium::OSMObject>()) {
        m_reading.see(object);
        if (object.type() == osmium::item_type::node) {
            m_filter->survey(static_cast<const osmium::Node &>(object));
        } else if (object.type() == osmium::item_type::way) {
            m_filter->survey(static_cast<const osmium::Way &>(object));
        } else if (object.type() == osmium::item_type::relation && may_be_area(static_cast<const osmium::Relation &>(object))) {
            m_filter->survey(static_cast<const osmium::Relation &>(object));
        }
    }
}

void OsmImport::survey_needed_nodes(osmium::memory::Buffer &buffer) {
    for (const osmium::Way &way : buffer.select<osmium::Way>()) {
        m_filter->need_nodes_of(way);
    }
}

void OsmImport::take_first(osmium::memory::Buffer &buffer) {
    for (osmium::OSMObject &object : buffer.select<osmium::OSMObject>()) {
        m_reading.see(object);
        if (object.type() == osmium::item_type::node) {
            node(static_cast<const osmium::Node &>(object));
        } else if (object.type() == osmium::item_type::relation) {
            relation(static_cast<const osmium::Relation &>(object));
        }
    }
}

void OsmImport::take_ways(osmium::memory::Buffer &buffer) {
    for (osmium::Way &object : buffer.select<osmium::Way>()) {
        m_reading.see(object);
        way(object);
    }
}

void OsmImport::read_tags(const osmium::OSMObject &object) {
    m_tags.clear();
    for (const osmium::Tag &tag : object.tags()) {
        m_tags.push_back({tag.key(), tag.value()});
    }
}

void OsmImport::node(const osmium::Node &node) {
    ++m_report.nodes;
    if (!node.visible()) {
        ++m_report.deleted_objects;
        return;
    }
    const osmium::Location location = node.location();
    if (!location.valid()) {
        ++m_report.nodes_off_earth;
        return;
    }
    if (!m_filter || m_filter->needs_node(node.id())) {
        m_places.add(node.id(), {location.x(), location.y()});
    }
    if (node.tags().empty()) {
        ++m_nodes_without_tags;
        return;
    }
    read_tags(node);
    const OsmMatches matches = match_osm_rules(OsmObject::node, m_tags);
    if (matches.empty() || !m_seen_nodes.first_time(node.id())) { // a duplicate is counted with the places
        return;
    }
    for (const OsmMatch &match : matches) {
        emit(object_id(node), match, geo::Geometry::point(position_of(location)));
    }
}

/// Leaves the relation's tags in m_tags.
bool OsmImport::is_mapped_area(const osmium::Relation &relation) {
    if (!OsmAreas::is_area(relation)) {
        return false;
    }
    read_tags(relation);
    return !match_osm_rules(OsmObject::multipolygon, m_tags).empty();
}

/// Of an old style one that shows with its ways.
bool OsmImport::may_be_area(const osmium::Relation &relation) {
    return is_mapped_area(relation) || (OsmAreas::is_area(relation) && OsmOldStyle::is_one(relation));
}

void OsmImport::relation(const osmium::Relation &relation) {
    ++m_report.relations;
    if (!m_reading.is_taken(relation, m_seen_relations) || !may_be_area(relation) || (m_filter && !m_filter->needs_relation(relation.id()))) {
        return;
    }
    m_areas.expect(relation);
    if (OsmOldStyle::is_one(relation)) {
        m_old_style.expect(relation);
    }
}

/// Fills in the places of the way's nodes. \return how many the file does not have
std::uint64_t OsmImport::locate_nodes(osmium::Way &way) {
    std::uint64_t missing = 0;
    for (osmium::NodeRef &node : way.nodes()) {
        const std::optional<OsmNodePlaces::Place> place = m_places.find(node.ref());
        node.set_location(place ? osmium::Location(place->lon, place->lat) : osmium::Location());
        missing += place ? 0U : 1U;
    }
    return missing;
}

void OsmImport::way(osmium::Way &way) {
    ++m_report.ways;
    if (!m_reading.is_taken(way, m_seen_ways) || (m_filter && !m_filter->needs_way(way.id()))) {
        return;
    }
    const std::uint64_t missing = locate_nodes(way);
    if (m_old_style.is_waiting_for(way)) {
        m_old_style.see(way);
    }
    m_areas.way(way);
    if (way.tags().empty()) {
        return;
    }
    // libosmium asserts, that is ends the program, when a way without nodes is asked whether it is closed.
    const auto &nodes = way.nodes();
    const bool closed = nodes.size() >= 4 && (nodes.ends_have_same_id() || (nodes.front().location().valid() && nodes.back().location().valid() &&
                                                                            nodes.front().location() == nodes.back().location()));
    read_tags(way);
    const OsmMatches matches = match_osm_rules(closed ? OsmObject::closed_way : OsmObject::open_way, m_tags);
    bool area_wanted = false;
    bool line_wanted = false;
    for (const OsmMatch &match : matches) {
        (match.shape == OsmShape::line ? line_wanted : area_wanted) = true;
    }
    m_report.missing_nodes += matches.empty() ? 0 : missing;
    if (line_wanted) {
        emit_line(way, matches, missing);
    }
    if (area_wanted) {
        take_area(way, matches);
    }
}

void OsmImport::take_area(const osmium::Way &way, const OsmMatches &matches) {
    std::string reason;
    std::optional<OsmRings> area = m_areas.closed_way(way, reason);
    if (m_old_style.is_waiting_for(way)) {
        m_old_style.hold(way.id(), {way.id(), std::move(area), std::move(reason)});
    } else if (area) {
        emit_area(object_id(way), matches, geometry_of(*area));
    } else {
        ++m_report.invalid_areas;
        refuse(way, std::move(reason));
    }
}

void OsmImport::release_held_ways() {
    m_old_style.release([this](const std::vector<OsmTag> &tags, OsmOldStyle::HeldWay &&way) {
        m_tags = tags;
        const std::string id = fmt::format(FMT_STRING("w{}"), way.id);
        if (way.area) {
            emit_area(id, match_osm_rules(OsmObject::closed_way, m_tags), geometry_of(*way.area));
        } else {
            ++m_report.invalid_areas;
            m_report.refuse({id, std::move(way.reason)});
        }
    });
}

void OsmImport::built(const osmium::Relation &relation, std::optional<OsmRings> area, const std::string &reason) {
    const bool is_old_style = OsmOldStyle::is_one(relation);
    if (is_old_style) {
        m_tags = m_old_style.tags_of(relation);
    } else {
        read_tags(relation);
    }
    const OsmMatches matches = match_osm_rules(OsmObject::multipolygon, m_tags);
    if (matches.empty()) {
        return; // of an old style one whose ways say nothing together
    }
    if (!area) {
        ++m_report.invalid_areas;
        refuse(relation, is_old_style ? reason + "; its closed ways were taken alone" : reason);
        return;
    }
    if (is_old_style) {
        m_old_style.take(relation);
    }
    emit_area(object_id(relation), matches, geometry_of(*area));
}

void OsmImport::emit_line(const osmium::Way &way, const OsmMatches &matches, std::uint64_t missing) {
    m_positions.clear();
    for (const osmium::NodeRef &node : way.nodes()) {
        m_positions.push_back(position_of(node.location()));
    }
    geo::Geometry line = line_between_known(m_positions);
    if (line.part_count() == 0) {
        refuse(way, missing > 0 ? "no two neighbouring nodes of it are in the file" : "it has fewer than two different positions");
        return;
    }
    m_report.cut_lines += missing > 0 ? 1U : 0U;
    for (const OsmMatch &match : matches) {
        if (match.shape == OsmShape::line) {
            emit(object_id(way), match, geo::Geometry(line));
        }
    }
}

void OsmImport::emit_area(const std::string &id, const OsmMatches &matches, geo::Geometry area) {
    std::size_t polygons = 0;
    for (const OsmMatch &match : matches) {
        polygons += match.shape == OsmShape::polygon ? 1U : 0U;
        if (match.shape == OsmShape::point) {
            emit(id, match, geo::Geometry::point(middle_of(area)));
        }
    }
    for (const OsmMatch &match : matches) {
        if (match.shape == OsmShape::polygon) {
            if (--polygons == 0) { // the last one takes it
                emit(id, match, std::move(area));
                return;
            }
            emit(id, match, geo::Geometry(area));
        }
    }
}

geo::Properties OsmImport::clean_properties(const OsmMatch &match) {
    bool clean = true;
    for (OsmTag &tag : m_tags) {
        clean = clean && is_utf8(tag.value);
    }
    if (clean) {
        return osm_properties(match, m_tags);
    }
    std::vector<std::string> texts(m_tags.size());
    std::vector<OsmTag> tags = m_tags;
    OsmMatch clean_match = match;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        if (is_utf8(tags[i].value)) {
            continue;
        }
        texts[i] = as_utf8(tags[i].value);
        clean_match.kind = match.kind.data() == tags[i].value.data() ? std::string_view(texts[i]) : clean_match.kind;
        tags[i].value = texts[i];
        ++m_report.repaired_texts;
    }
    return osm_properties(clean_match, tags);
}

void OsmImport::emit(const std::string &id, const OsmMatch &match, geo::Geometry &&geometry) {
    if (m_options.bbox && !m_options.bbox->intersects(geometry.bounds())) {
        return;
    }
    if (beyond_map(geometry)) {
        m_report.refuse({id, std::string(beyond_map_reason)});
        return;
    }
    ++m_emitted[match.layer];
    m_sink(osm_layers()[match.layer].id, geo::Feature{id, std::move(geometry), clean_properties(match)});
}

/// An extract that was cut off has places of nodes and not the ways that they are for.
void OsmImport::check_completeness() const {
    if (m_report.ways == 0 && m_nodes_without_tags >= min_nodes_of_cut_extract && m_nodes_without_tags * 2 > m_report.nodes) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected the ways that its {} nodes without tags are for, found none: the file seems to be cut off",
                                     m_reading.file(), m_nodes_without_tags));
    }
}

void OsmImport::finish() {
    check_completeness();
    m_areas.for_each_incomplete([this](const osmium::Relation &relation) {
        const bool is_old_style = OsmOldStyle::is_one(relation);
        if (is_old_style && match_osm_rules(OsmObject::multipolygon, m_old_style.tags_of(relation)).empty()) {
            return; // nothing that the map would have shown
        }
        ++m_report.incomplete_relations;
        refuse(relation,
               is_old_style ? "not all of its ways are in the file; its closed ways were taken alone" : "not all of its ways are in the file");
    });
    release_held_ways();
    m_report.unordered = m_report.unordered || !m_seen_nodes.in_order() || !m_seen_ways.in_order() || !m_seen_relations.in_order();
    for (std::size_t layer = 0; layer < osm_layer_count; ++layer) {
        m_report.features.emplace(osm_layers()[layer].id, m_emitted[layer]);
    }
}

} // namespace

OsmReport read_osm_file(const std::filesystem::path &path, const OsmOptions &options, const OsmSink &sink, const Progress &progress) {
    if (options.bbox && options.bbox->empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the box is empty: expected west,south,east,north with west <= east and south <= north");
    }
    const OsmSource source(path);
    return OsmImport(options, sink).run(source, progress);
}

} // namespace keyaki::importers
