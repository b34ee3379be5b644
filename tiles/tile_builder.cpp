#include "tiles/tile_builder.hpp"

#include "tiles/candidates.hpp"
#include "tiles/feature_drawer.hpp"
#include "tiles/layer_rules.hpp"
#include "tiles/mvt.hpp"
#include "tiles/number_map.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <unordered_map>

namespace keyaki::tiles {

namespace {

constexpr std::uint32_t not_seen = UINT32_MAX;
constexpr std::string_view id_key = "id";

/// Builds the layers of tiles; keeps its memory from tile to tile. One thread.
class LayerBuilder {
  public:
    void append_layer(const TileLayer &layer, geo::TileId tile, const TileOptions &options, std::string &bytes);

  private:
    void begin(const LayerSnapshot &snapshot);
    void prefetch_behind(const LayerSnapshot &snapshot, std::size_t place) const;
    void collect_tags(std::uint32_t part_number, const SnapshotPart &part, std::uint32_t index);
    [[nodiscard]] std::uint32_t tile_key(std::string_view name);
    [[nodiscard]] std::uint32_t tile_value(std::uint32_t part_number, const SnapshotPart &part, std::uint32_t value);
    [[nodiscard]] std::uint32_t add_to_run(const ValueDictionary &values, std::uint32_t value);
    void end_run(const ValueDictionary &values);

    std::vector<Candidate> m_candidates;
    FeatureDrawer m_drawer;
    MvtLayerWriter m_writer;
    std::vector<std::string_view> m_keys;                ///< of the tile's layer, by index
    std::vector<std::vector<std::uint32_t>> m_part_keys; ///< index in the tile by key of each part
    NumberMap m_values;                                  ///< index in the tile by part and value of the part
    bool m_has_one_part = true;                          ///< all candidates are of one part, where equal values have one number
    /// Where there is one part: its values from here to there are the tile's next ones, to be copied at once. A feature's own values lie together in
    /// its part, and behind them those of the next feature.
    std::uint32_t m_run_begin = 0;
    std::uint32_t m_run_end = 0;
    std::unordered_map<std::string_view, std::uint32_t> m_values_by_content; ///< where there are more
};

void LayerBuilder::begin(const LayerSnapshot &snapshot) {
    m_writer.clear();
    m_run_begin = m_run_end = 0;
    m_keys.clear();
    m_values.clear();
    m_values_by_content.clear();
    const auto parts = snapshot.parts();
    m_part_keys.resize(std::max(m_part_keys.size(), parts.size()));
    for (std::size_t part = 0; part < parts.size(); ++part) {
        m_part_keys[part].assign(parts[part].part->keys().size(), not_seen);
    }
    const auto is_of_first = [&](Candidate candidate) { return candidate.part == m_candidates.front().part; };
    m_has_one_part = std::all_of(m_candidates.begin(), m_candidates.end(), is_of_first);
}

/// What the features after this one need from memory comes while this one is drawn.
void LayerBuilder::prefetch_behind(const LayerSnapshot &snapshot, std::size_t place) const {
    constexpr std::size_t ahead = 4;
    const auto step = [&](std::size_t distance, const auto &prefetch) { // of the first one those right behind it, too
        const std::size_t end = std::min(place + distance + 1, m_candidates.size());
        for (std::size_t behind = place == 0 ? 0 : place + distance; behind < end; ++behind) {
            const Candidate candidate = m_candidates[behind];
            prefetch(*snapshot.parts()[candidate.part].part, candidate.index);
        }
    };
    step(3 * ahead, [](const SnapshotPart &of, std::uint32_t index) { of.prefetch_content(index); });
    step(2 * ahead, [](const SnapshotPart &of, std::uint32_t index) { of.prefetch_value_ends(index); });
    step(ahead, [](const SnapshotPart &of, std::uint32_t index) { of.prefetch_values(index); });
}

std::uint32_t LayerBuilder::tile_key(std::string_view name) {
    const auto found = std::find(m_keys.begin(), m_keys.end(), name); // tens of keys, each asked for once a part
    if (found != m_keys.end()) {
        return static_cast<std::uint32_t>(found - m_keys.begin());
    }
    m_keys.push_back(name);
    return m_writer.add_key(name);
}

std::uint32_t LayerBuilder::add_to_run(const ValueDictionary &values, std::uint32_t value) {
    if (value != m_run_end) {
        end_run(values);
        m_run_begin = value;
    }
    m_run_end = value + 1;
    return m_writer.value_count() + (value - m_run_begin);
}

void LayerBuilder::end_run(const ValueDictionary &values) {
    if (m_run_begin != m_run_end) {
        m_writer.add_framed_values(values.framed(m_run_begin, m_run_end), m_run_end - m_run_begin);
        m_run_begin = m_run_end;
    }
}

std::uint32_t LayerBuilder::tile_value(std::uint32_t part_number, const SnapshotPart &part, std::uint32_t value) {
    if (m_has_one_part) {
        // What only one feature has is asked for once, since a feature is drawn once.
        return part.is_repeated(value) ? m_values.find_or_make(value, [&] { return add_to_run(part.values(), value); })
                                       : add_to_run(part.values(), value);
    }
    return m_values.find_or_make(static_cast<std::uint64_t>(part_number) << 32 | value, [&] {
        const std::string_view encoded = part.values().encoded(value);
        const auto found = m_values_by_content.find(encoded);
        return found != m_values_by_content.end() ? found->second : m_values_by_content.emplace(encoded, m_writer.add_value(encoded)).first->second;
    });
}

void LayerBuilder::collect_tags(std::uint32_t part_number, const SnapshotPart &part, std::uint32_t index) {
    const auto keys = part.keys_of(index);
    const auto values = part.values_of(index);
    bool has_id = false;
    for (std::size_t property = 0; property < keys.size(); ++property) {
        if (values[property] == ValueDictionary::null_value) {
            continue; // 4.4: MVT has no null; the property is not there
        }
        std::uint32_t &key = m_part_keys[part_number][keys[property]];
        if (key == not_seen) {
            key = tile_key(part.keys()[keys[property]]);
        }
        has_id = has_id || part.id_key() == keys[property];
        m_writer.add_tag(key, tile_value(part_number, part, values[property]));
    }
    if (!has_id) {
        m_writer.add_tag(tile_key(id_key), tile_value(part_number, part, part.id_value(index)));
    }
}

void LayerBuilder::append_layer(const TileLayer &layer, geo::TileId tile, const TileOptions &options, std::string &bytes) {
    const LayerSnapshot &snapshot = *layer.snapshot;
    if (tile.z < snapshot.description().zoom_min || tile.z > snapshot.description().zoom_max) {
        return; // rule 1
    }
    collect_candidates(snapshot, TileProjection(tile, options.extent).cells(options.extent, options.buffer), m_candidates);
    if (m_candidates.empty()) {
        return;
    }
    thin(snapshot, m_candidates, max_features_per_tile_layer);
    begin(snapshot);
    const int finer = std::countr_zero(static_cast<std::uint32_t>(options.extent)) - std::countr_zero(static_cast<std::uint32_t>(tile_extent));
    const bool is_deepest = tile.z >= snapshot.description().zoom_max; // rule 2
    m_drawer.begin_layer(tile, options, is_deepest ? FeatureDrawer::draws_all : static_cast<std::uint8_t>(std::max(0, tile.z + finer)));
    const auto ambiguous = snapshot.ambiguous_numeric_ids();
    for (std::size_t place = 0; place < m_candidates.size(); ++place) {
        const Candidate candidate = m_candidates[place];
        prefetch_behind(snapshot, place);
        const SnapshotPart &part = *snapshot.parts()[candidate.part].part;
        if (!m_drawer.draw(part.geometry(candidate.index), part.box(candidate.index))) {
            continue; // rule 5
        }
        collect_tags(candidate.part, part, candidate.index);
        const std::uint64_t number = part.numeric_id(candidate.index);
        const bool is_unique = ambiguous.empty() || !std::binary_search(ambiguous.begin(), ambiguous.end(), number);
        m_writer.add_feature(is_unique ? std::optional(number) : std::nullopt, mvt_type(part.geometry_type(candidate.index)), m_drawer.geometry());
    }
    if (m_has_one_part) {
        end_run(snapshot.parts()[m_candidates.front().part].part->values());
    }
    if (!m_writer.empty()) {
        m_writer.append_to(bytes, layer.name, static_cast<std::uint32_t>(options.extent));
    }
}

} // namespace

std::string build_tile(std::span<const TileLayer> layers, geo::TileId tile, const TileOptions &options) {
    assert(geo::is_valid(tile) && layers.size() <= max_layers_per_tile);
    assert(std::has_single_bit(static_cast<std::uint32_t>(options.extent)) && options.extent <= max_tile_extent);
    assert(options.buffer >= 0 && options.buffer <= options.extent / 4);
    static thread_local LayerBuilder builder;
    std::string bytes;
    for (const TileLayer &layer : layers) {
        builder.append_layer(layer, tile, options, bytes);
    }
    return bytes;
}

} // namespace keyaki::tiles
