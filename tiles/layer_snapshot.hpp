#pragma once

#include "geo/feature.hpp"
#include "geo/lon_lat.hpp"
#include "geo/rtree.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyaki::tiles {

class SnapshotPart;

/// What a snapshot says about itself; the server fills it from the layer and its revision.
struct SnapshotDescription {
    std::string layer;          ///< id of the layer
    std::uint64_t revision = 0; ///< of the layer
    int zoom_min = 0;           ///< tiles above (smaller z) are empty of this layer
    int zoom_max = 14;          ///< deepest zoom with tiles of its own, drawn without simplification; maps overzoom beyond
    std::string title_ja;
    std::string title_en;
    std::string attribution; ///< plain text

    friend bool operator==(const SnapshotDescription &, const SnapshotDescription &) = default;
};

/// A value of a property without a copy. Valid as long as the snapshot.
using ValueView = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;

/// One feature of a snapshot, read in place. Valid as long as the snapshot.
class FeatureRef {
  public:
    FeatureRef(const SnapshotPart &part, std::uint32_t index) noexcept : m_part(&part), m_index(index) {}

    [[nodiscard]] std::string_view id() const;
    /// The id in tiles: the id itself where it is a whole number of at most 2^53 - 1 in decimal form without leading zeros, else 53 bits of a
    /// hash of the text, never 0. The same in every tile, revision and process.
    [[nodiscard]] std::uint64_t numeric_id() const noexcept;
    [[nodiscard]] geo::GeometryType geometry_type() const noexcept;
    /// Decoded: every coordinate rounded to seven decimals, which is what was given where that had no more.
    [[nodiscard]] geo::Geometry geometry() const;
    [[nodiscard]] geo::LonLatBox bounds() const noexcept;

    /// Calls visit(std::string_view name, const ValueView &) for each property, in the source's order.
    void visit_properties(const std::function<void(std::string_view, const ValueView &)> &visit) const;
    [[nodiscard]] geo::Properties properties() const;
    [[nodiscard]] geo::Feature feature() const;

    /// Where it is kept (snapshot_part.hpp), for who reads thousands.
    [[nodiscard]] const SnapshotPart &part() const noexcept { return *m_part; }
    [[nodiscard]] std::uint32_t index() const noexcept { return m_index; }

  private:
    const SnapshotPart *m_part;
    std::uint32_t m_index;
};

using FeatureVisitor = std::function<void(const FeatureRef &)>;

/// The features of one revision of a layer, in memory, immutable: any number of threads read it through std::shared_ptr<const LayerSnapshot>
/// without a lock. Coordinates are kept as cells of the 32-bit grid (geo/mercator.hpp) only, names and values of properties once each.
///
/// It consists of parts. A snapshot with changes shares the parts of the one before, has a mark for each removed feature and one more, small
/// part for the added; small parts are merged as they grow in number. What a snapshot answers does not depend on how it came about: a tile of
/// it has the same bytes as a tile of a snapshot built from scratch.
class LayerSnapshot {
  public:
    class Builder;

    ~LayerSnapshot();
    LayerSnapshot(const LayerSnapshot &) = delete;
    LayerSnapshot &operator=(const LayerSnapshot &) = delete;

    /// A new snapshot without the features of `removed_ids` (unknown ids are ignored) and with `added`; an added feature replaces the one of
    /// the same id. Milliseconds for few changes in a layer of a million, now and then as long as building the parts that are merged.
    /// Throws geo::Error(invalid_input) as Builder::add does, and where `added` holds an id twice.
    [[nodiscard]] std::shared_ptr<const LayerSnapshot> with_changes(SnapshotDescription description, std::span<const std::string> removed_ids,
                                                                    const std::vector<geo::Feature> &added) const;
    /// The same features under another description: a rollback to this content, a new title. Shares everything.
    [[nodiscard]] std::shared_ptr<const LayerSnapshot> with_description(SnapshotDescription description) const;

    [[nodiscard]] const SnapshotDescription &description() const noexcept { return m_description; }
    /// Number of features.
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    /// Of all features; empty() where there are none.
    [[nodiscard]] const geo::LonLatBox &bounds() const noexcept { return m_bounds; }
    /// The types that occur, in the order of their enum. Looks at every feature.
    [[nodiscard]] std::vector<geo::GeometryType> geometry_types() const;
    /// Calls visit(name, value) for each value that some feature has under a name, nulls left out: once for a part of the snapshot, so a few times at
    /// most. For a million features with ten properties some 50 ms, and less where values repeat.
    void visit_values(const std::function<void(std::string_view, const ValueView &)> &visit) const;
    /// Bytes of all parts, whether shared with another snapshot or not.
    [[nodiscard]] std::size_t memory_bytes() const noexcept;
    /// Names of properties and what they hold, in the words of TileJSON and MBTiles: "String", "Number" or "Boolean"; "String" where mixed.
    [[nodiscard]] std::map<std::string, std::string> fields() const;

    [[nodiscard]] std::optional<geo::Feature> find(std::string_view id) const;
    /// The same without a copy.
    [[nodiscard]] std::optional<FeatureRef> find_in_place(std::string_view id) const;
    [[nodiscard]] bool contains(std::string_view id) const;

    /// Each feature whose geometry meets the box (touching counts; decided by GEOS where boxes alone cannot), in the order of tiles.
    void for_each(const geo::LonLatBox &box, const FeatureVisitor &visit) const;
    /// Every feature, in the order of ids.
    void for_each(const FeatureVisitor &visit) const;

    /// Keyset paging: at most `limit` features whose id is greater than `after_id` (byte order; "" for the first page), ascending. Returns whether
    /// there are more behind them.
    bool page(std::string_view after_id, std::size_t limit, const FeatureVisitor &visit) const;
    struct BoxPage {
        std::size_t matched = 0; ///< features that meet the box, on all pages
        std::vector<FeatureRef> features{};
        bool has_more = false;
    };
    /// The same of those alone whose geometry meets the box, and how many these are.
    [[nodiscard]] BoxPage page_of_box(const geo::LonLatBox &box, std::string_view after_id, std::size_t limit) const;
    /// How many features meet the box.
    [[nodiscard]] std::size_t count(const geo::LonLatBox &box) const;

    /// A feature and how probably a position is in its fence. Valid as long as the snapshot.
    struct FenceHit { // NOLINT(cppcoreguidelines-pro-type-member-init): without a feature there is no hit
        FeatureRef feature;
        double probability = 0;
    };
    /// What is known of the fences that prepare_fences() has worked out.
    struct FenceSummary {
        std::size_t fences = 0;
        std::size_t refused = 0; ///< features that describe an area which cannot be a fence
        std::string first_refusal;
    };
    /// Works out the features' fences (geo::Fence::of_feature), where that has not been done: some 30 microseconds a fence, once for a part whatever
    /// snapshots share it. False where other threads have been at it for longer than `patience`.
    [[nodiscard]] bool prepare_fences(std::chrono::milliseconds patience) const;
    [[nodiscard]] bool fences_are_ready() const noexcept;
    /// Of removed features too: their fences stay until their part is rebuilt. \pre fences_are_ready(), as for find_fences()
    [[nodiscard]] FenceSummary fence_summary() const;
    /// Fills `found` with each feature in whose fence the position, with a normal error of sigma_m metres per axis, is with a probability of at least
    /// `floor`, in no promised order; see geo::FenceIndex::find for what is exact and what is not.
    void find_fences(geo::LonLat position, double sigma_m, double floor, std::vector<FenceHit> &found) const;

    /// A part and which of its features are gone; how the tile builder and filters read.
    struct PartView {
        std::shared_ptr<const SnapshotPart> part;
        std::shared_ptr<const std::vector<std::uint64_t>> removed; ///< one bit a feature, set for removed ones; nullptr where there are none
        std::size_t size = 0;                                      ///< features that are not removed; so are the two below
        std::vector<std::array<std::uint32_t, 4>> kind_counts;     ///< by key of the part: null, text, number, boolean
        geo::GridBox bounds;

        [[nodiscard]] bool is_removed(std::uint32_t index) const noexcept {
            return removed != nullptr && (((*removed)[index / 64] >> (index % 64)) & 1U) != 0;
        }
    };
    [[nodiscard]] std::span<const PartView> parts() const noexcept { return m_parts; }
    /// Numeric ids that two features would share (one in about 10^16 pairs), ascending: none of them is written to tiles.
    [[nodiscard]] std::span<const std::uint64_t> ambiguous_numeric_ids() const noexcept { return m_ambiguous_numeric_ids; }

  private:
    LayerSnapshot(SnapshotDescription description, std::vector<PartView> parts, std::vector<std::uint64_t> perhaps_ambiguous);
    static std::shared_ptr<const LayerSnapshot> make(SnapshotDescription description, std::vector<PartView> parts,
                                                     std::vector<std::uint64_t> perhaps_ambiguous);

    SnapshotDescription m_description;
    std::vector<PartView> m_parts; ///< large first
    std::size_t m_size = 0;
    geo::LonLatBox m_bounds;
    std::vector<std::uint64_t> m_ambiguous_numeric_ids;
};

/// Builds a snapshot from scratch. One thread.
class LayerSnapshot::Builder {
  public:
    explicit Builder(SnapshotDescription description);
    ~Builder();
    Builder(Builder &&) noexcept;
    Builder &operator=(Builder &&) noexcept;

    /// Throws geo::Error(invalid_input) for a feature without an id, without positions, or with a position that is not finite or lies beyond
    /// ±180 of longitude or ±85.0511 degrees of latitude (the end of Web Mercator).
    void add(const geo::Feature &feature);
    /// Ends the building; throws geo::Error(invalid_input) where an id was added twice. Call once.
    [[nodiscard]] std::shared_ptr<const LayerSnapshot> finish();

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace keyaki::tiles
