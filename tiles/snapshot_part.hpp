#pragma once

#include "geo/feature.hpp"
#include "geo/mercator.hpp"
#include "geo/prefetch.hpp"
#include "geo/rtree.hpp"
#include "tiles/part_fences.hpp"
#include "tiles/ring_facts.hpp"
#include "tiles/value_dictionary.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// How many features have a text, a number, a truth value under one name; indexed by ValueKind.
using KindCounts = std::array<std::uint32_t, 4>;

/// The lines or rings of one feature, in place. Rings come without their closing position.
struct PartGeometry {
    geo::GeometryType type = geo::GeometryType::point;
    std::span<const geo::GridPoint> points;
    std::span<const std::uint8_t> zooms;  ///< per point, of simplify.hpp; all 0 for points
    std::span<const std::uint32_t> parts; ///< empty where one line or ring is all; else part_end | last_of_polygon for each
    RingFacts ring{};                     ///< of a polygon whose only ring it is

    static constexpr std::uint32_t last_of_polygon = 0x80000000;
    static constexpr std::uint32_t end_mask = 0x7fffffff;
};

class FeatureTexts;

/// Features stored once and shared by all snapshots that have them: flat arrays in the order of Hilbert's curve (through the middles of the
/// features' boxes, then by id), so that what a tile draws lies together in memory. Immutable once built.
class SnapshotPart {
  public:
    [[nodiscard]] std::uint32_t size() const noexcept { return m_records.empty() ? 0 : static_cast<std::uint32_t>(m_records.size() - 1); }
    [[nodiscard]] std::string_view id(std::uint32_t index) const { return m_values.text(m_records[index].id_value); }
    [[nodiscard]] std::uint32_t id_value(std::uint32_t index) const noexcept { return m_records[index].id_value; }
    [[nodiscard]] std::uint64_t numeric_id(std::uint32_t index) const noexcept { return m_records[index].numeric_id; }
    [[nodiscard]] geo::GeometryType geometry_type(std::uint32_t index) const noexcept { return m_records[index].type; }
    [[nodiscard]] const geo::GridBox &box(std::uint32_t index) const noexcept { return m_tree.box(index); }
    [[nodiscard]] PartGeometry geometry(std::uint32_t index) const noexcept {
        const Record &record = m_records[index];
        const Record &next = m_records[index + 1];
        const std::size_t count = next.points_begin - record.points_begin;
        return {record.type, std::span(m_points).subspan(record.points_begin, count), std::span(m_zooms).subspan(record.points_begin, count),
                std::span(m_parts).subspan(record.parts_begin, next.parts_begin - record.parts_begin), record.ring};
    }

    // For who is going to read many features: asks for the memory of one ahead of time, in four steps that need each other.
    void prefetch_record(std::uint32_t index) const noexcept { geo::prefetch(&m_records[index], 2); }
    void prefetch_content(std::uint32_t index) const noexcept {
        const Record &record = m_records[index];
        const std::size_t points = std::min(m_records[index + 1].points_begin - record.points_begin, most_prefetched);
        geo::prefetch(m_points.data() + record.points_begin, points);
        geo::prefetch(m_zooms.data() + record.points_begin, points);
        geo::prefetch(m_value_indices.data() + record.values_begin, 1);
    }
    void prefetch_value_ends(std::uint32_t index) const noexcept {
        for (const std::uint32_t value : values_of(index)) {
            m_values.prefetch_end(value);
        }
    }
    void prefetch_values(std::uint32_t index) const noexcept {
        for (const std::uint32_t value : values_of(index)) {
            m_values.prefetch_bytes(value);
        }
    }

    /// Indices into keys(), one for each of values_of().
    [[nodiscard]] std::span<const std::uint32_t> keys_of(std::uint32_t index) const noexcept { return m_shapes[m_records[index].shape]; }
    [[nodiscard]] std::span<const std::uint32_t> values_of(std::uint32_t index) const noexcept {
        const std::uint32_t begin = m_records[index].values_begin;
        return std::span(m_value_indices).subspan(begin, m_records[index + 1].values_begin - begin);
    }
    [[nodiscard]] const std::vector<std::string> &keys() const noexcept { return m_keys; }
    [[nodiscard]] const ValueDictionary &values() const noexcept { return m_values; }
    /// Lists of keys that features have, each once; which of them a feature has. So a reader of one property finds its place in each list once, and
    /// then each feature's value without looking at names.
    [[nodiscard]] const std::vector<std::vector<std::uint32_t>> &shapes() const noexcept { return m_shapes; }
    [[nodiscard]] std::uint32_t shape(std::uint32_t index) const noexcept { return m_records[index].shape; }
    /// values_of(index)[place]. \pre place < shapes()[shape(index)].size()
    [[nodiscard]] std::uint32_t value_at(std::uint32_t index, std::uint32_t place) const noexcept {
        return m_value_indices[m_records[index].values_begin + place];
    }
    /// False for a value that one property of one feature has and no other, as names and ids are: nobody needs to look whether a tile has it already.
    [[nodiscard]] bool is_repeated(std::uint32_t value) const noexcept {
        return value / 64 < m_repeated_values.size() && (m_repeated_values[value / 64] >> value % 64 & 1U) != 0;
    }
    /// The number of the key "id", where some feature has a property of that name.
    [[nodiscard]] std::optional<std::uint32_t> id_key() const noexcept { return m_id_key; }
    [[nodiscard]] const std::vector<KindCounts> &kind_counts() const noexcept { return m_kind_counts; } ///< by key
    /// Takes or adds one feature's properties to such counts.
    void count_kinds(std::uint32_t index, std::vector<KindCounts> &counts, std::int32_t sign) const;

    [[nodiscard]] const geo::RTree &tree() const noexcept { return m_tree; }
    [[nodiscard]] std::span<const std::uint32_t> by_id() const noexcept { return m_by_id; } ///< all features, ids ascending
    /// The place of a feature in by_id().
    [[nodiscard]] std::uint32_t rank(std::uint32_t index) const noexcept { return m_ranks[index]; }
    /// The first place in by_id() of an id greater than this one; size() where there is none.
    [[nodiscard]] std::uint32_t rank_behind(std::string_view id) const;
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const;
    /// Calls visit(index) for each feature of that number.
    template <typename Visit>
    void with_numeric_id(std::uint64_t number, Visit &&visit) const;
    [[nodiscard]] std::span<const std::uint64_t> repeated_numeric_ids() const noexcept { return m_repeated_numeric_ids; }

    /// The features' fences, worked out by who asks first and then there for all; nullptr where somebody else has been at it for longer than
    /// `patience`.
    [[nodiscard]] const PartFences *fences(std::chrono::milliseconds patience) const;
    /// nullptr until fences() has given them once.
    [[nodiscard]] const PartFences *ready_fences() const noexcept { return m_ready_fences.load(std::memory_order_acquire); }

    /// The features as texts (feature_texts.hpp), which are there once somebody has asked for them.
    [[nodiscard]] const FeatureTexts &texts() const;

    /// Place on Hilbert's curve: the first key of the order.
    [[nodiscard]] std::uint64_t curve_place(std::uint32_t index) const noexcept;
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    friend class SnapshotPartBuilder;

    void mark_repeated(std::uint32_t value);

    static constexpr std::uint32_t most_prefetched = 64; ///< points: what comes behind is read in order, which the processor does guess

    /// What a tile needs of each feature, in half a cache line.
    struct alignas(32) Record {
        std::uint64_t numeric_id = 0;
        std::uint32_t points_begin = 0;
        std::uint32_t parts_begin = 0;
        std::uint32_t values_begin = 0;
        std::uint32_t shape = 0; ///< which list of keys
        std::uint32_t id_value = 0;
        geo::GeometryType type = geo::GeometryType::point;
        RingFacts ring{};
    };
    static_assert(sizeof(Record) == 32);

    std::vector<Record> m_records; ///< and one behind the last, for the ends
    std::vector<geo::GridPoint> m_points;
    std::vector<std::uint8_t> m_zooms;
    std::vector<std::uint32_t> m_parts;
    std::vector<std::uint32_t> m_value_indices;
    std::vector<std::vector<std::uint32_t>> m_shapes;
    std::vector<std::string> m_keys;
    std::vector<KindCounts> m_kind_counts;
    std::optional<std::uint32_t> m_id_key;
    ValueDictionary m_values;
    std::vector<std::uint64_t> m_repeated_values; ///< a bit by value
    geo::RTree m_tree;                            ///< of the features' boxes, which it holds in their order
    std::vector<std::uint32_t> m_by_id;
    std::vector<std::uint32_t> m_ranks; ///< by feature
    std::vector<std::uint32_t> m_by_numeric_id;
    std::vector<std::uint64_t> m_repeated_numeric_ids;

    mutable std::once_flag m_texts_once;
    mutable std::shared_ptr<const FeatureTexts> m_texts;

    // Most layers are never asked for fences: only those that are pay for them.
    mutable std::mutex m_fences_mutex;
    mutable std::condition_variable m_fences_done;
    mutable bool m_fences_begun = false; ///< guarded by m_fences_mutex, as is m_fences
    mutable std::unique_ptr<const PartFences> m_fences;
    mutable std::atomic<const PartFences *> m_ready_fences{nullptr};
};

template <typename Visit>
void SnapshotPart::with_numeric_id(std::uint64_t number, Visit &&visit) const {
    const auto below = [this](std::uint32_t index, std::uint64_t wanted) { return numeric_id(index) < wanted; };
    for (auto found = std::lower_bound(m_by_numeric_id.begin(), m_by_numeric_id.end(), number, below);
         found != m_by_numeric_id.end() && numeric_id(*found) == number; ++found) {
        visit(*found);
    }
}

/// The middle of a box on Hilbert's curve.
[[nodiscard]] std::uint64_t curve_place_of(const geo::GridBox &box) noexcept;

} // namespace keyaki::tiles
