#include "importers/osm_areas.hpp"

#include "geo/validity.hpp"
#include "importers/osm_limits.hpp"

#include <fmt/format.h>

// The only file that knows libosmium's area assembler.
#include <osmium/area/assembler.hpp>
#include <osmium/area/problem_reporter.hpp>
#include <osmium/osm/area.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>
#include <osmium/relations/relations_manager.hpp>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace keyaki::importers {

namespace {

std::string at(osmium::Location location) { return fmt::format("{:.7f} {:.7f}", location.lon_without_check(), location.lat_without_check()); }

/// Keeps the first thing that keeps an area from being built.
class FirstProblem final : public osmium::area::ProblemReporter {
  public:
    void forget() { m_reason.clear(); }
    [[nodiscard]] const std::string &reason() const noexcept { return m_reason; }

    // Parameters as libosmium declares them: ends of both segments, and where they cross.
    void report_intersection(osmium::object_id_type way_1, osmium::Location, osmium::Location, osmium::object_id_type way_2, osmium::Location,
                             osmium::Location, osmium::Location crossing) override {
        keep(way_1 == way_2 ? fmt::format("its boundary w{} crosses itself at {}", way_1, at(crossing))
                            : fmt::format("its boundaries w{} and w{} cross at {}", way_1, way_2, at(crossing)));
    }
    void report_ring_not_closed(const osmium::NodeRef &end, const osmium::Way *) override {
        keep(fmt::format("its ring is open at {}", at(end.location())));
    }
    void report_overlapping_segment(const osmium::NodeRef &begin, const osmium::NodeRef &) override {
        keep(fmt::format("its boundary lies upon itself at {}", at(begin.location())));
    }
    void report_invalid_location(osmium::object_id_type way, osmium::object_id_type node) override {
        keep(fmt::format("node n{} of w{} is not in the file", node, way));
    }

  private:
    void keep(std::string reason) {
        if (m_reason.empty()) {
            m_reason = std::move(reason);
        }
    }
    std::string m_reason;
};

void add_ring(OsmRings &rings, const osmium::NodeRefList &ring) {
    for (const osmium::NodeRef &node : ring) {
        rings.vertices.push_back({node.ref(), node.location().x(), node.location().y()});
    }
    rings.ring_ends.push_back(static_cast<std::uint32_t>(rings.vertices.size()));
}

OsmRings rings_of(const osmium::Area &area) {
    OsmRings rings;
    std::size_t positions = 0;
    for (const auto &outer : area.outer_rings()) {
        positions += outer.size();
        for (const auto &inner : area.inner_rings(outer)) {
            positions += inner.size();
        }
    }
    rings.vertices.reserve(positions);
    for (const auto &outer : area.outer_rings()) {
        add_ring(rings, outer);
        for (const auto &inner : area.inner_rings(outer)) {
            add_ring(rings, inner);
        }
        rings.polygon_ends.push_back(static_cast<std::uint32_t>(rings.ring_ends.size()));
    }
    return rings;
}

} // namespace

geo::Geometry geometry_of(const OsmRings &rings) {
    geo::Geometry geometry;
    geometry.positions.reserve(rings.vertices.size());
    for (const OsmVertex &vertex : rings.vertices) {
        const osmium::Location place(vertex.lon, vertex.lat);
        geometry.positions.push_back({place.lon_without_check(), place.lat_without_check()});
    }
    geometry.part_ends = rings.ring_ends;
    geometry.polygon_ends = rings.polygon_ends;
    geometry.type = geometry.polygon_count() == 1 ? geo::GeometryType::polygon : geo::GeometryType::multi_polygon;
    geo::normalise_rings(geometry);
    return geometry;
}

/// Runs the assembler and reads what it made.
class OsmAreaBuilder::Assembly {
  public:
    Assembly() {
        m_configuration.create_empty_areas = false;
        m_configuration.problem_reporter = &m_problem;
    }

    template <typename... Sources>
    [[nodiscard]] std::optional<OsmRings> build(std::string &reason, const Sources &...sources) {
        m_problem.forget();
        m_buffer.clear();
        osmium::area::Assembler assembler(m_configuration);
        if (!assembler(sources..., m_buffer) || m_buffer.committed() == 0) {
            reason = m_problem.reason().empty() ? "its ways do not make a ring" : m_problem.reason();
            return std::nullopt;
        }
        OsmRings rings = rings_of(m_buffer.get<osmium::Area>(0));
        if (rings.polygon_ends.empty()) {
            reason = "its ways do not make a ring";
            return std::nullopt;
        }
        return rings;
    }

  private:
    static constexpr std::size_t first_buffer_bytes = 64U << 10U;
    FirstProblem m_problem;
    osmium::area::AssemblerConfig m_configuration;
    osmium::memory::Buffer m_buffer{first_buffer_bytes, osmium::memory::Buffer::auto_grow::yes};
};

OsmAreaBuilder::OsmAreaBuilder() : m_assembly(std::make_unique<Assembly>()) {}
OsmAreaBuilder::~OsmAreaBuilder() = default;

std::optional<OsmRings> OsmAreaBuilder::closed_way(const osmium::Way &way, std::string &reason) { return m_assembly->build(reason, way); }

/// Brings relations and their ways together, and lets go of the ways that no relation waits for any more.
class OsmAreas::Relations : public osmium::relations::RelationsManager<OsmAreas::Relations, false, true, false, false> {
  public:
    Relations(OsmAreaBuilder::Assembly &builder, TakeRelation take) : m_builder(builder), m_take(std::move(take)) {}

    [[nodiscard]] bool new_relation(const osmium::Relation &) const noexcept { return true; }

    /// Called by the base when the last way is there.
    void complete_relation(const osmium::Relation &relation) {
        std::vector<const osmium::Way *> ways;
        ways.reserve(relation.members().size());
        std::size_t nodes = 0;
        for (const auto &member : relation.members()) {
            if (member.ref() != 0) { // the base sets the ids of nodes and relations to 0
                ways.push_back(get_member_way(member.ref()));
                nodes += ways.back()->nodes().size();
            }
        }
        std::string reason;
        if (nodes > max_osm_area_nodes) {
            reason = fmt::format("its ways have {} nodes; an area may have at most {}", nodes, max_osm_area_nodes);
            m_take(relation, std::nullopt, reason);
            return;
        }
        std::optional<OsmRings> area = m_builder.build(reason, relation, ways);
        m_take(relation, std::move(area), reason);
    }

  private:
    OsmAreaBuilder::Assembly &m_builder;
    TakeRelation m_take;
};

OsmAreas::OsmAreas(TakeRelation take) : m_relations(std::make_unique<Relations>(*m_builder.m_assembly, std::move(take))) {}

OsmAreas::~OsmAreas() = default;

bool OsmAreas::is_area(const osmium::Relation &relation) noexcept {
    const char *type = relation.tags().get_value_by_key("type");
    if (type == nullptr || (std::strcmp(type, "multipolygon") != 0 && std::strcmp(type, "boundary") != 0)) {
        return false;
    }
    return std::any_of(relation.members().begin(), relation.members().end(),
                       [](const osmium::RelationMember &member) { return member.type() == osmium::item_type::way && member.ref() != 0; });
}

void OsmAreas::expect(const osmium::Relation &relation) { m_relations->relation(relation); }

void OsmAreas::start_ways() { m_relations->prepare_for_lookup(); }

void OsmAreas::way(const osmium::Way &way) { m_relations->handle_way(way); }

std::optional<OsmRings> OsmAreas::closed_way(const osmium::Way &way, std::string &reason) { return m_builder.closed_way(way, reason); }

void OsmAreas::for_each_incomplete(const std::function<void(const osmium::Relation &)> &take) {
    m_relations->for_each_incomplete_relation([&](const osmium::relations::RelationHandle &handle) { take(*handle); });
}

} // namespace keyaki::importers
