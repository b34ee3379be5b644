#include "tiles/map_builder.hpp"

#include "geo/ordered_work.hpp"
#include "tiles/byte_coding.hpp"
#include "tiles/gzip.hpp"
#include "tiles/limits.hpp"
#include "tiles/map_tile.hpp"
#include "tiles/shape_simplifier.hpp"
#include "tiles/tile_spreader.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace keyaki::tiles {

namespace {

constexpr int gzip_level = 6; // of what is kept

/// Some neighbouring tiles on their way from records to bytes.
struct Batch {
    std::string bytes; ///< what the records' views show
    struct Kept {
        TileRecord record; ///< without views
        std::size_t fields_begin = 0;
        std::size_t geometry_begin = 0;
        std::size_t end = 0;
    };
    std::vector<Kept> records;
    std::vector<std::pair<geo::TileId, std::string>> tiles;

    void add(const TileRecord &record) {
        Kept kept{record, bytes.size(), bytes.size() + record.fields.size(), 0};
        bytes += record.fields;
        bytes += record.geometry;
        kept.end = bytes.size();
        records.push_back(kept);
    }
    [[nodiscard]] TileRecord record(std::size_t index) const {
        const Kept &kept = records[index];
        TileRecord record = kept.record;
        const std::string_view all = bytes;
        record.fields = all.substr(kept.fields_begin, kept.geometry_begin - kept.fields_begin);
        record.geometry = all.substr(kept.geometry_begin, kept.end - kept.geometry_begin);
        return record;
    }
};

void build_tiles(Batch &batch, MapTileBuilder &builder) {
    std::vector<TileRecord> of_tile;
    for (std::size_t begin = 0, end = 0; begin < batch.records.size(); begin = end) {
        of_tile.clear();
        const std::uint64_t number = batch.records[begin].record.key.tile;
        for (; end < batch.records.size() && batch.records[end].record.key.tile == number; ++end) {
            of_tile.push_back(batch.record(end));
        }
        const std::optional<geo::TileId> tile = geo::tile_of_hilbert_id(number);
        assert(tile);
        const std::string bytes = builder.build(tile->z, of_tile);
        if (!bytes.empty()) {
            batch.tiles.emplace_back(*tile, gzip(bytes, gzip_level));
        }
    }
    batch.records = {};
    batch.bytes = {};
}

} // namespace

MapBuilder::MapBuilder(const std::filesystem::path &path, MapSchema schema, unsigned adding_threads, unsigned drawing_threads)
    : m_schema(std::move(schema)), m_threads(drawing_threads), m_spool(path, adding_threads),
      m_records(path, drawing_threads, map_sort_memory_bytes) {
    assert(adding_threads > 0 && drawing_threads > 0);
    assert(m_schema.zoom_max <= 14);
}

void MapBuilder::number_vertices(std::uint32_t count) { m_corners = VertexCorners(count); }

void MapBuilder::add(const MapFeature &feature, unsigned thread) {
    if (feature.zoom_from < m_schema.zoom_max && feature.shape->type != geo::GeometryType::point) {
        m_corners.add(*feature.shape, feature.zoom_from);
    }
    m_spool.add(feature, thread);
}

/// One block's features over the tiles of all their zooms.
void MapBuilder::spread(std::size_t block, unsigned thread) {
    ShapeSimplifier simplifier(m_corners, m_schema.zoom_max);
    TileSpreader spreader(m_box);
    UnitShape drawn;
    std::string fields;
    m_spool.read(block, [&](const SpooledFeature &feature) {
        const MapFeature &head = feature.head;
        for (std::uint8_t zoom = head.zoom_from; zoom <= m_schema.zoom_max; ++zoom) {
            simplifier.draw(feature.shape, zoom, drawn);
            if (drawn.empty()) {
                continue;
            }
            fields.clear();
            for (const SpooledField &field : feature.fields) {
                if (field.zoom_from <= zoom) {
                    fields.push_back(static_cast<char>(field.key));
                    put_text(fields, field.value);
                }
            }
            TileRecord record;
            record.key = {0, head.layer, zoom >= m_schema.fine_rank_from ? head.rank_fine : head.rank_coarse, head.id};
            record.type = mvt_type(drawn.type);
            record.has_direction = zoom >= head.direction_from;
            record.fields = fields;
            spreader.spread(drawn, zoom, [&](geo::TileId tile, std::string_view geometry) {
                record.key.tile = geo::hilbert_id(tile);
                record.geometry = geometry;
                m_records.add(record, thread);
            });
        }
    });
}

void MapBuilder::spread_all(const Progress &progress) {
    std::uint64_t done = 0;
    const std::size_t count = m_spool.block_count();
    geo::OrderedWork<std::size_t> work(
        m_threads == 1 ? 0 : m_threads, [this](const std::size_t &block, unsigned thread) { spread(block, thread); },
        [&](const std::size_t &) { progress(++done, count, "blocks"); });
    for (std::size_t block = 0; block < count; ++block) {
        work.add(block);
    }
    work.finish();
}

MapOutcome MapBuilder::finish(const Take &take, const Progress &progress) {
    m_spool.finish();
    spread_all(progress);
    m_corners = {};
    MapOutcome outcome;
    std::vector<MapTileBuilder> builders;
    for (unsigned thread = 0; thread < m_threads; ++thread) {
        builders.emplace_back(m_schema, map_tile_budget_bytes);
    }
    geo::OrderedWork<std::unique_ptr<Batch>> work(
        m_threads == 1 ? 0 : m_threads, [&](std::unique_ptr<Batch> &batch, unsigned thread) { build_tiles(*batch, builders[thread]); },
        [&](std::unique_ptr<Batch> &batch) {
            for (const auto &[tile, gzipped] : batch->tiles) {
                take(tile, gzipped);
                progress(++outcome.tiles, 0, "tiles");
            }
        });
    TileRecordSorter::Reading reading = m_records.read();
    auto batch = std::make_unique<Batch>();
    for (const TileRecord *record = reading.next(); record != nullptr; record = reading.next()) {
        const bool begins_tile = batch->records.empty() || batch->records.back().record.key.tile != record->key.tile;
        if (begins_tile && batch->bytes.size() >= map_batch_bytes) {
            work.add(std::exchange(batch, std::make_unique<Batch>()));
        }
        batch->add(*record);
    }
    work.add(std::move(batch));
    work.finish();
    for (const MapTileBuilder &builder : builders) {
        outcome.thinned_tiles += builder.thinned_tiles();
    }
    return outcome;
}

} // namespace keyaki::tiles
