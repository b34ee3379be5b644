#include "importers/shortbread_file.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "geo/ordered_work.hpp"
#include "importers/gdal_ocean.hpp"
#include "importers/osm_limits.hpp"
#include "importers/osm_reading.hpp"
#include "importers/osm_source.hpp"
#include "importers/shortbread_ways.hpp"

#include <fmt/format.h>

#include <osmium/memory/buffer.hpp>
#include <osmium/osm/node.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace keyaki::importers {

namespace {

/// One reading of one file.
class ShortbreadImport {
  public:
    ShortbreadImport(const ShortbreadOptions &options, ShortbreadSink &sink)
        : m_options(options), m_sink(sink), m_maker(sink, 0),
          m_areas([this](const osmium::Relation &relation, std::optional<OsmRings> rings, const std::string &reason) {
              built(relation, std::move(rings), reason);
          }) {
        for (unsigned thread = 0; thread < std::max(1U, options.threads); ++thread) {
            m_ways.push_back(std::make_unique<ShortbreadWays>(m_places, m_boundaries, m_old_style, sink, options.threads == 0 ? 0 : thread + 1));
        }
    }

    ShortbreadReport run(const OsmSource &source, const Progress &progress);

  private:
    void read_first(const OsmSource &source, const std::function<void(std::uint64_t)> &passed);
    void read_ways(const OsmSource &source, const std::function<void(std::uint64_t)> &passed);
    void node(const osmium::Node &node);
    void relation(const osmium::Relation &relation);
    void survey(osmium::memory::Buffer &block);
    void take_located(osmium::memory::Buffer &block);
    void built(const osmium::Relation &relation, std::optional<OsmRings> rings, const std::string &reason);
    void hold_area(const osmium::Way &way);
    void release_held_ways();
    void read_ocean(const std::optional<geo::LonLatBox> &declared);
    void make_ocean_of_coast();
    void count_features();
    void check_completeness(const OsmSource &source) const;
    void finish();

    const ShortbreadOptions &m_options;
    ShortbreadSink &m_sink;
    ShortbreadMaker m_maker;
    OsmNodePlaces m_places;
    OsmBoundaries m_boundaries;
    OsmOldStyle m_old_style;
    OsmAreas m_areas;
    std::vector<std::unique_ptr<ShortbreadWays>> m_ways;
    ShortbreadReport m_report;
    OsmReading m_reading{m_report.osm};
    std::uint64_t m_nodes_without_tags = 0;
    OsmSeenIds m_seen_nodes; ///< those with tags that mean something
    OsmSeenIds m_seen_ways;
    OsmSeenIds m_seen_relations;
};

ShortbreadReport ShortbreadImport::run(const OsmSource &source, const Progress &progress) {
    m_report.osm.format = source.format();
    const auto passed = [&](std::uint64_t before) {
        return [&progress, before, total = 2 * source.size_bytes()](std::uint64_t bytes) {
            if (progress) {
                progress(before + bytes, total, "bytes");
            }
        };
    };
    read_first(source, passed(0));
    read_ocean(source.header().box);
    read_ways(source, passed(source.size_bytes()));
    check_completeness(source);
    finish();
    make_ocean_of_coast();
    count_features();
    return std::move(m_report);
}

void ShortbreadImport::read_first(const OsmSource &source, const std::function<void(std::uint64_t)> &passed) {
    m_reading.begin_pass(source.name());
    source.read(
        OsmObjects::nodes_and_relations, [this] { return m_reading.place(); },
        [this](osmium::memory::Buffer &block) {
            for (const osmium::OSMObject &object : block.select<osmium::OSMObject>()) {
                m_reading.see(object);
                if (object.type() == osmium::item_type::node) {
                    node(static_cast<const osmium::Node &>(object));
                } else if (object.type() == osmium::item_type::relation) {
                    relation(static_cast<const osmium::Relation &>(object));
                }
            }
        },
        passed);
    m_report.osm.duplicate_objects += m_places.finish();
    m_areas.start_ways();
}

void ShortbreadImport::read_ways(const OsmSource &source, const std::function<void(std::uint64_t)> &passed) {
    using Block = std::unique_ptr<osmium::memory::Buffer>;
    m_reading.begin_pass(source.name());
    geo::OrderedWork<Block> work(
        m_options.threads, [this](Block &block, unsigned thread) { m_ways[thread]->take(*block); }, [this](Block &block) { take_located(*block); });
    source.read(
        OsmObjects::ways, [this] { return m_reading.place(); },
        [&](osmium::memory::Buffer &block) {
            survey(block);
            work.add(std::make_unique<osmium::memory::Buffer>(std::move(block)));
        },
        passed);
    work.finish();
}

void ShortbreadImport::node(const osmium::Node &node) {
    ++m_report.osm.nodes;
    if (!node.visible()) {
        ++m_report.osm.deleted_objects;
        return;
    }
    const osmium::Location location = node.location();
    if (!location.valid() || std::abs(location.lat_without_check()) > geo::max_mercator_lat_deg) {
        ++m_report.osm.nodes_off_earth;
        return;
    }
    m_places.add(node.id(), {location.x(), location.y()});
    const geo::LonLat position{location.lon_without_check(), location.lat_without_check()};
    m_report.box.extend(position);
    if (node.tags().empty()) {
        ++m_nodes_without_tags;
        return;
    }
    m_maker.read_tags(node.tags());
    const ShortbreadMatches matches = m_maker.match(OsmObject::node);
    if (!matches.empty() && m_seen_nodes.first_time(node.id())) { // a duplicate is counted with the places
        m_maker.make_point(matches, node.id(), position);
    }
}

void ShortbreadImport::relation(const osmium::Relation &relation) {
    ++m_report.osm.relations;
    if (!m_reading.is_taken(relation, m_seen_relations)) {
        return;
    }
    m_boundaries.relation(relation);
    if (!OsmAreas::is_area(relation)) {
        return;
    }
    const bool is_old_style = OsmOldStyle::is_one(relation);
    m_maker.read_tags(relation.tags());
    if (!is_old_style && m_maker.match(OsmObject::multipolygon).empty()) {
        return;
    }
    m_areas.expect(relation);
    if (is_old_style) {
        m_old_style.expect(relation);
    }
}

/// Marks what is not taken as removed.
void ShortbreadImport::survey(osmium::memory::Buffer &block) {
    for (osmium::Way &way : block.select<osmium::Way>()) {
        ++m_report.osm.ways;
        m_reading.see(way);
        way.set_removed(!m_reading.is_taken(way, m_seen_ways));
    }
}

void ShortbreadImport::take_located(osmium::memory::Buffer &block) {
    for (const osmium::Way &way : block.select<osmium::Way>()) {
        if (way.removed()) {
            continue;
        }
        if (m_old_style.is_waiting_for(way)) {
            m_old_style.see(way);
            hold_area(way);
        }
        m_areas.way(way);
    }
}

void ShortbreadImport::hold_area(const osmium::Way &way) {
    if (way.tags().empty() || !is_closed_ring(way)) {
        return;
    }
    m_maker.read_tags(way.tags());
    const ShortbreadMatches matches = m_maker.match(OsmObject::closed_way);
    const bool is_area = std::any_of(matches.begin(), matches.end(), [](const ShortbreadMatch &match) { return match.shape != OsmShape::line; });
    if (is_area) {
        std::string reason;
        std::optional<OsmRings> rings = m_areas.closed_way(way, reason);
        m_old_style.hold(way.id(), {way.id(), std::move(rings), std::move(reason)});
    }
}

void ShortbreadImport::release_held_ways() {
    m_old_style.release([this](const std::vector<OsmTag> &tags, OsmOldStyle::HeldWay &&way) {
        if (!way.area) {
            ++m_report.osm.invalid_areas;
            m_report.osm.refuse({fmt::format(FMT_STRING("w{}"), way.id), std::move(way.reason)});
            return;
        }
        m_maker.use_tags(tags);
        m_maker.make_areas(m_maker.match(OsmObject::closed_way), OsmType::way, way.id, *way.area);
    });
}

void ShortbreadImport::built(const osmium::Relation &relation, std::optional<OsmRings> rings, const std::string &reason) {
    const bool is_old_style = OsmOldStyle::is_one(relation);
    if (is_old_style) {
        m_maker.use_tags(m_old_style.tags_of(relation));
    } else {
        m_maker.read_tags(relation.tags());
    }
    const ShortbreadMatches matches = m_maker.match(OsmObject::multipolygon);
    if (matches.empty()) {
        return; // of an old style one whose ways say nothing together
    }
    if (!rings) {
        ++m_report.osm.invalid_areas;
        m_report.osm.refuse({object_id(relation), is_old_style ? reason + "; its closed ways were taken alone" : reason});
        return;
    }
    if (is_old_style) {
        m_old_style.take(relation);
    }
    m_maker.make_areas(matches, OsmType::relation, relation.id(), *rings);
}

/// An extract that was cut off has places of nodes and not the ways that they are for.
void ShortbreadImport::check_completeness(const OsmSource &source) const {
    if (m_report.osm.ways == 0 && m_nodes_without_tags >= min_nodes_of_cut_extract && m_nodes_without_tags * 2 > m_report.osm.nodes) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected the ways that its {} nodes without tags are for, found none: the file seems to be cut off",
                                     source.name(), m_nodes_without_tags));
    }
}

void ShortbreadImport::finish() {
    OsmReport &report = m_report.osm;
    m_areas.for_each_incomplete([&](const osmium::Relation &relation) {
        const bool is_old_style = OsmOldStyle::is_one(relation);
        if (is_old_style && match_shortbread(OsmObject::multipolygon, m_old_style.tags_of(relation)).empty()) {
            return; // nothing that the map would have shown
        }
        ++report.incomplete_relations;
        report.refuse({object_id(relation), is_old_style ? "not all of its ways are in the file; its closed ways were taken alone"
                                                         : "not all of its ways are in the file"});
    });
    release_held_ways();
    report.unordered = !m_seen_nodes.in_order() || !m_seen_ways.in_order() || !m_seen_relations.in_order();
    report.repaired_texts = m_maker.repaired_texts();
    for (const auto &ways : m_ways) {
        const OsmReport &of_ways = ways->report();
        report.missing_nodes += of_ways.missing_nodes;
        report.cut_lines += of_ways.cut_lines;
        report.invalid_areas += of_ways.invalid_areas;
        report.repaired_texts += ways->maker().repaired_texts();
        for (const OsmRefusal &refusal : of_ways.refusals) {
            report.refuse(refusal);
        }
        report.refused += of_ways.refused - of_ways.refusals.size();
    }
}

/// Before the ways, since the vertices of the sea have numbers too.
void ShortbreadImport::read_ocean(const std::optional<geo::LonLatBox> &declared) {
    if (declared) {
        m_report.box = *declared;
        m_report.is_box_declared = true;
    }
    OceanPolygons ocean;
    if (m_options.ocean && !m_report.box.empty()) {
        ocean = read_ocean_file(*m_options.ocean, m_report.box);
        m_report.without_ocean = ocean.shapes.empty() ? fmt::format("{} has none within the extract's box", m_options.ocean->string()) : "";
    }
    const auto first_number = static_cast<std::uint32_t>(m_places.size());
    m_sink.number_vertices(first_number + ocean.vertex_count);
    std::uint64_t id = 0;
    for (geo::GridShape &shape : ocean.shapes) {
        for (geo::GridVertex &vertex : shape.vertices) {
            vertex.number += first_number;
        }
        m_maker.make_ocean(shape, id++);
    }
}

void ShortbreadImport::make_ocean_of_coast() {
    std::vector<OsmCoastWay> coast;
    for (const auto &ways : m_ways) {
        std::move(ways->coast().begin(), ways->coast().end(), std::back_inserter(coast));
    }
    if (m_options.ocean) {
        return;
    }
    if (!coast.empty() && !m_report.is_box_declared) { // where its edge is, which the sea is closed along, nobody knows
        m_report.without_ocean = "the extract has a coastline, but does not say which box it covers";
        return;
    }
    const OsmOcean ocean = ocean_of(std::move(coast), m_report.box.empty() ? geo::GridBox() : geo::grid_box(m_report.box));
    if (ocean.shape) {
        m_maker.make_ocean(*ocean.shape, 0);
    }
    m_report.without_ocean = ocean.reason;
}

void ShortbreadImport::count_features() {
    for (std::size_t layer = 0; layer < shortbread_layer_count; ++layer) {
        std::uint64_t made = m_maker.made()[layer];
        for (const auto &ways : m_ways) {
            made += ways->maker().made()[layer];
        }
        m_report.osm.features.emplace(shortbread_name(static_cast<ShortbreadLayer>(layer)), made);
    }
}

} // namespace

std::string describe(const ShortbreadReport &report) {
    return describe(report.osm) + (report.without_ocean.empty() ? "" : fmt::format("no sea: {}\n", report.without_ocean));
}

ShortbreadReport read_shortbread(const std::filesystem::path &path, const ShortbreadOptions &options, ShortbreadSink &sink,
                                 const Progress &progress) {
    const OsmSource source(path);
    return ShortbreadImport(options, sink).run(source, progress);
}

} // namespace keyaki::importers
