#include "tiles/tile_cache.hpp"

#include "tiles/fingerprint.hpp"
#include "tiles/gzip.hpp"
#include "tiles/limits.hpp"

#include <array>
#include <future>
#include <list>
#include <mutex>
#include <unordered_map>

namespace keyaki::tiles {

namespace {

/// Bytes of bookkeeping of an entry: list node, hash node, control block and string headers, rounded up.
constexpr std::size_t entry_overhead_bytes = 320;
constexpr int level_of_kept_tiles = 6;

} // namespace

std::shared_ptr<const CachedTile> make_cached_tile(std::string raw) {
    auto tile = std::make_shared<CachedTile>();
    tile->etag_hex = to_hex(fingerprint_of(raw));
    tile->gzip = raw.empty() ? std::string() : gzip(raw, level_of_kept_tiles);
    raw.shrink_to_fit();
    tile->raw = std::move(raw);
    return tile;
}

struct TileCache::Shard {
    using Tile = std::shared_ptr<const CachedTile>;
    struct Entry {
        std::string key;
        Tile tile;
        std::size_t bytes;
    };

    std::size_t capacity_bytes = 0;
    mutable std::mutex mutex;                                              ///< guards all below
    std::list<Entry> recent;                                               ///< most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> kept; ///< keys live in `recent`
    std::unordered_map<std::string, std::shared_future<Tile>> computing;
    TileCacheStatistics statistics;

    /// \pre mutex is held
    Tile use(std::string_view key) {
        const auto found = kept.find(key);
        if (found == kept.end()) {
            return nullptr;
        }
        ++statistics.hits;
        recent.splice(recent.begin(), recent, found->second);
        return found->second->tile;
    }

    /// \pre mutex is held
    void keep(const std::string &key, const Tile &tile) {
        const std::size_t bytes = entry_overhead_bytes + key.size() + tile->raw.capacity() + tile->gzip.capacity() + tile->etag_hex.capacity();
        if (bytes > capacity_bytes) {
            return;
        }
        while (statistics.bytes + bytes > capacity_bytes) {
            statistics.bytes -= recent.back().bytes;
            kept.erase(recent.back().key);
            recent.pop_back();
            ++statistics.evictions;
        }
        recent.push_front({key, tile, bytes});
        kept.emplace(recent.front().key, recent.begin());
        statistics.bytes += bytes;
    }

    /// Computes outside of the lock and tells those who wait, whatever comes of it.
    Tile compute(const std::string &key, std::promise<Tile> promise, const Compute &compute_raw) {
        try {
            Tile tile = make_cached_tile(compute_raw());
            {
                const std::lock_guard lock(mutex);
                keep(key, tile);
                computing.erase(key);
            }
            promise.set_value(tile);
            return tile;
        } catch (...) {
            {
                const std::lock_guard lock(mutex);
                computing.erase(key);
            }
            promise.set_exception(std::current_exception());
            throw;
        }
    }
};

TileCache::TileCache(std::size_t capacity_bytes) : m_shards(std::make_unique<Shard[]>(tile_cache_shards)) {
    for (std::size_t shard = 0; shard < tile_cache_shards; ++shard) {
        m_shards[shard].capacity_bytes = capacity_bytes / tile_cache_shards;
    }
}

TileCache::~TileCache() = default;

TileCache::Shard &TileCache::shard_of(std::string_view key) const noexcept {
    return m_shards[(std::hash<std::string_view>{}(key) >> 32) % tile_cache_shards]; // the lower bits choose within the shard's map
}

std::shared_ptr<const CachedTile> TileCache::get(std::string_view key, const Compute &compute, TileSource *source) {
    const auto tell = [source](TileSource from) {
        if (source != nullptr) {
            *source = from;
        }
    };
    Shard &shard = shard_of(key);
    std::promise<Shard::Tile> promise;
    std::string owned_key(key);
    {
        std::unique_lock lock(shard.mutex);
        if (auto tile = shard.use(key)) {
            tell(TileSource::kept);
            return tile;
        }
        if (const auto other = shard.computing.find(owned_key); other != shard.computing.end()) {
            ++shard.statistics.waits;
            tell(TileSource::waited);
            const std::shared_future<Shard::Tile> result = other->second;
            lock.unlock();
            return result.get();
        }
        shard.computing.emplace(owned_key, promise.get_future().share());
        ++shard.statistics.misses;
        tell(TileSource::computed);
    }
    return shard.compute(owned_key, std::move(promise), compute);
}

std::shared_ptr<const CachedTile> TileCache::find(std::string_view key) {
    Shard &shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    return shard.use(key);
}

std::shared_ptr<const CachedTile> TileCache::peek(std::string_view key) const {
    const Shard &shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.kept.find(key);
    return found == shard.kept.end() ? nullptr : found->second->tile;
}

TileCacheStatistics TileCache::statistics() const {
    TileCacheStatistics sum;
    for (std::size_t number = 0; number < tile_cache_shards; ++number) {
        const Shard &shard = m_shards[number];
        const std::lock_guard lock(shard.mutex);
        sum.hits += shard.statistics.hits;
        sum.misses += shard.statistics.misses;
        sum.waits += shard.statistics.waits;
        sum.evictions += shard.statistics.evictions;
        sum.bytes += shard.statistics.bytes;
        sum.tiles += shard.recent.size();
        sum.capacity_bytes += shard.capacity_bytes;
    }
    return sum;
}

} // namespace keyaki::tiles
