#pragma once

#include "tiles/layer_snapshot.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace keyaki::server {

/// States of layers in memory that are not the newest published ones, by the layer and a number: older revisions by theirs, drafts by that of their
/// change. So many and so many bytes, the one unused longest makes room. Any thread.
class OldRevisions {
  public:
    using Snapshot = std::shared_ptr<const tiles::LayerSnapshot>;

    OldRevisions(std::size_t max_count, std::size_t max_bytes) : m_max_count(max_count), m_max_bytes(max_bytes) {}

    /// One that was the newest until now. The bytes of parts that the newer one has too are counted all the same: they stay when that one goes.
    void keep(Snapshot snapshot);

    /// The revision from memory, else what `read` gives, which is then kept (nullptr is not). However many ask for the same revision at a time, one
    /// of them reads it and the others wait for him; who asks for one that is in memory waits for nobody. What `read` throws comes out at the one
    /// who called it; of those who waited the next tries.
    [[nodiscard]] Snapshot get(std::string_view layer, std::uint64_t revision, const std::function<Snapshot()> &read);

    [[nodiscard]] std::size_t count() const;
    /// Bytes of all parts of what is kept and of their marks, each counted once.
    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    using Name = std::pair<std::string, std::uint64_t>;
    struct Kept {
        Name name;
        Snapshot snapshot;
    };
    [[nodiscard]] Snapshot find(const Name &name);
    void make_room();
    [[nodiscard]] std::size_t bytes_kept() const;

    std::size_t m_max_count;
    std::size_t m_max_bytes;
    mutable std::mutex m_mutex;
    std::condition_variable m_read_ended;
    std::deque<Kept> m_kept; ///< the one used last in front
    std::set<Name> m_being_read;
};

} // namespace keyaki::server
