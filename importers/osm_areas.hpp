#pragma once

#include "geo/geometry.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace osmium {
class Relation;
class Way;
} // namespace osmium

namespace keyaki::importers {

/// A node of a ring: where it is, in units of 1e-7 degrees, and its number.
struct OsmVertex {
    std::int64_t node = 0;
    std::int32_t lon = 0;
    std::int32_t lat = 0;
};

/// What the assembler made: closed rings one after another, cut into polygons whose first ring is the exterior; valid, wound as they came.
struct OsmRings {
    std::vector<OsmVertex> vertices;
    std::vector<std::uint32_t> ring_ends;    ///< offsets into vertices
    std::vector<std::uint32_t> polygon_ends; ///< offsets into ring_ends
};

/// The rings in degrees, wound as RFC 7946 says.
[[nodiscard]] geo::Geometry geometry_of(const OsmRings &rings);

/// Builds the areas of closed ways. Keeps its memory. One thread.
class OsmAreaBuilder {
  public:
    OsmAreaBuilder();
    ~OsmAreaBuilder();
    OsmAreaBuilder(const OsmAreaBuilder &) = delete;
    OsmAreaBuilder &operator=(const OsmAreaBuilder &) = delete;

    /// The area of one closed way with the places of its nodes, or why there is none. \pre the way has at least two nodes
    [[nodiscard]] std::optional<OsmRings> closed_way(const osmium::Way &way, std::string &reason);

  private:
    friend class OsmAreas;
    class Assembly;
    std::unique_ptr<Assembly> m_assembly;
};

/// Builds areas: of closed ways, and of relations with type=multipolygon or boundary when the last of their ways has come
/// (https://wiki.openstreetmap.org/wiki/Relation:multipolygon; roles are not believed, the geometry decides what is a hole). What comes out is valid
/// in the sense of Simple Features. One thread.
class OsmAreas {
  public:
    /// A relation whose ways are all there: its area, or why there is none.
    using TakeRelation = std::function<void(const osmium::Relation &, std::optional<OsmRings> area, const std::string &reason)>;

    explicit OsmAreas(TakeRelation take);
    ~OsmAreas();
    OsmAreas(const OsmAreas &) = delete;
    OsmAreas &operator=(const OsmAreas &) = delete;

    /// True for the relations that are areas.
    [[nodiscard]] static bool is_area(const osmium::Relation &relation) noexcept;
    /// Waits for the ways of a relation. \pre is_area(relation); its id comes only once
    void expect(const osmium::Relation &relation);
    /// No more relations: ways may come.
    void start_ways();
    /// A way with the places of its nodes; those that are not known are invalid locations. \pre its id comes only once
    void way(const osmium::Way &way);
    /// The area of one closed way, or why there is none. \pre the way has at least two nodes
    [[nodiscard]] std::optional<OsmRings> closed_way(const osmium::Way &way, std::string &reason);

    /// Calls back for each relation that still waits for ways, with how many are missing; they are not in the file.
    void for_each_incomplete(const std::function<void(const osmium::Relation &)> &take);

  private:
    class Relations;
    OsmAreaBuilder m_builder;
    std::unique_ptr<Relations> m_relations;
};

} // namespace keyaki::importers
