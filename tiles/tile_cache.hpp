#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace keyaki::tiles {

/// A tile as it goes out. Both empty for an empty tile.
struct CachedTile {
    std::string raw;      ///< MVT
    std::string gzip;     ///< the same, gzipped at level 6
    std::string etag_hex; ///< 32 hexadecimal digits of a hash of `raw`: equal content, equal tag
};

/// Compresses and tags.
[[nodiscard]] std::shared_ptr<const CachedTile> make_cached_tile(std::string raw);

/// How a tile was come by: from memory, by this thread's work, or by waiting for another's.
enum class TileSource : std::uint8_t { kept, computed, waited };

struct TileCacheStatistics {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;    ///< computed by the asking thread
    std::uint64_t waits = 0;     ///< got the result of another thread's computation
    std::uint64_t evictions = 0; ///< dropped to stay within the bytes
    std::size_t tiles = 0;
    std::size_t bytes = 0;
    std::size_t capacity_bytes = 0;
};

/// Tiles by a text key that names the revisions ("shelters@12/14/14552/6451"), so that nothing in it is ever wrong: no invalidation.
/// Bounded in bytes; the least recently used go first. Thread-safe.
class TileCache {
  public:
    /// Room for `capacity_bytes` of tiles, keys and bookkeeping. 0: nothing is kept, but one computation still serves all who wait.
    explicit TileCache(std::size_t capacity_bytes);
    ~TileCache();
    TileCache(const TileCache &) = delete;
    TileCache &operator=(const TileCache &) = delete;

    using Compute = std::function<std::string()>; ///< the raw tile

    /// The kept tile, or the computed one. Of threads that ask for the same key at the same time one computes and the others wait for it;
    /// an exception of `compute` reaches them all and is not kept. `compute` must not ask this cache for the same key.
    /// `source`, where it is given, is told before anything can throw.
    [[nodiscard]] std::shared_ptr<const CachedTile> get(std::string_view key, const Compute &compute, TileSource *source = nullptr);

    /// The kept tile, which counts as a hit, or nullptr, which counts as nothing: never computes and never waits for another's computation.
    [[nodiscard]] std::shared_ptr<const CachedTile> find(std::string_view key);

    /// The kept tile or nullptr. Counts neither as a hit nor as a miss.
    [[nodiscard]] std::shared_ptr<const CachedTile> peek(std::string_view key) const;

    [[nodiscard]] TileCacheStatistics statistics() const;

  private:
    struct Shard;
    [[nodiscard]] Shard &shard_of(std::string_view key) const noexcept;
    std::unique_ptr<Shard[]> m_shards;
};

} // namespace keyaki::tiles
