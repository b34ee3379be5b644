#pragma once

#include "geo/feature.hpp"
#include "tiles/snapshot_part.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace keyaki::tiles {

/// Builds one part of a snapshot, from features or from features of other parts. Called by one thread; many features are worked out by several.
class SnapshotPartBuilder {
  public:
    SnapshotPartBuilder();

    /// Throws geo::Error as LayerSnapshot::Builder::add promises.
    void add(const geo::Feature &feature);
    /// Copies a feature of another part, grid cell by grid cell. The parts copied from must outlive the builder.
    void add(const SnapshotPart &part, std::uint32_t index);
    [[nodiscard]] std::size_t size() const noexcept { return m_is_worked_out.size(); }

    /// Sorts, numbers and indexes. Throws geo::Error(invalid_input) where an id is there twice. Call once.
    [[nodiscard]] std::shared_ptr<const SnapshotPart> finish();

  private:
    using Record = SnapshotPart::Record;

    /// Numbers of another part's keys and values here; UINT32_MAX = not seen yet.
    struct Translation {
        std::vector<std::uint32_t> keys;
        std::vector<std::uint32_t> values;
    };

    void add_geometry(const geo::Geometry &geometry);
    void add_points(std::span<const geo::LonLat> positions);
    void end_feature(std::string_view id, geo::GeometryType type);
    [[nodiscard]] std::uint32_t key_index(std::string_view name, std::size_t place);
    [[nodiscard]] std::uint32_t shape_index();
    void work_out_zooms(std::uint32_t index);
    void work_out();
    [[nodiscard]] std::vector<std::uint32_t> curve_order();
    void copy_in_order(const std::vector<std::uint32_t> &order, SnapshotPart &part);
    static void index_ids(SnapshotPart &part);
    static void index_numeric_ids(SnapshotPart &part);
    static void index_boxes_and_kinds(std::span<const geo::GridBox> boxes, SnapshotPart &part);
    void copy_feature(std::uint32_t source, SnapshotPart &part, std::vector<std::uint32_t> &renumbered);

    struct Place {
        std::uint64_t on_curve;
        std::uint32_t index;
    };

    std::vector<Record> m_records;     ///< and one behind the last
    std::vector<bool> m_is_worked_out; ///< by feature: the zooms of its vertices are there
    std::vector<geo::GridBox> m_boxes; ///< worked out at the end, as are places
    std::vector<Place> m_places;
    std::vector<geo::GridPoint> m_points;
    std::vector<std::uint8_t> m_zooms;
    std::vector<std::uint32_t> m_parts;
    std::vector<std::uint32_t> m_value_indices;
    std::vector<std::string> m_keys;
    std::unordered_map<std::string, std::uint32_t> m_key_indices;
    std::vector<std::vector<std::uint32_t>> m_shapes;
    std::map<std::vector<std::uint32_t>, std::uint32_t> m_shape_indices;
    std::vector<std::uint32_t> m_shape; ///< keys of the feature that is being added
    std::uint32_t m_last_shape = 0;
    ValueCollector m_values;
    std::unordered_map<const SnapshotPart *, Translation> m_translations;
};

} // namespace keyaki::tiles
