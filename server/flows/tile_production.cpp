#include "server/flows/tile_production.hpp"

#include "server/limits.hpp"
#include "tiles/gzip.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace keyaki::server {

namespace {

/// The places of a production between those who draw and the one who writes: a ring of finished tiles that wait for their turn.
class Queue {
  public:
    explicit Queue(std::size_t count) : m_count(count), m_waiting(waiting_tiles_max) {}

    /// The next place to be drawn; nothing when there is none any more. Waits while too much is finished that cannot be written yet; whoever draws
    /// the place that is written next never waits.
    std::optional<std::size_t> take() {
        std::unique_lock lock(m_mutex);
        m_room.wait(lock, [&] {
            const bool has_room = m_next < m_written + waiting_tiles_max && (m_waiting_bytes < waiting_tiles_bytes || m_next == m_written);
            return m_is_over || m_next == m_count || has_room;
        });
        return m_is_over || m_next == m_count ? std::nullopt : std::optional(m_next++);
    }

    void put(std::size_t index, std::string tile) {
        const std::lock_guard lock(m_mutex);
        m_waiting_bytes += tile.size();
        m_waiting[index % waiting_tiles_max] = std::move(tile);
        if (index == m_written) {
            m_ready.notify_one();
        }
    }

    /// The next tile in the order. \pre not all were taken out
    std::string take_out() {
        std::unique_lock lock(m_mutex);
        std::optional<std::string> &place = m_waiting[m_written % waiting_tiles_max];
        m_ready.wait(lock, [&] { return place.has_value() || m_failure; });
        if (m_failure) {
            std::rethrow_exception(m_failure);
        }
        std::string tile = *std::move(place);
        place.reset();
        m_waiting_bytes -= tile.size();
        ++m_written;
        m_room.notify_all();
        return tile;
    }

    void end(std::exception_ptr failure) {
        const std::lock_guard lock(m_mutex);
        m_is_over = true;
        m_failure = std::move(failure);
        m_room.notify_all();
        m_ready.notify_one();
    }

  private:
    const std::size_t m_count;
    std::mutex m_mutex; ///< guards all that follows
    std::condition_variable m_room;
    std::condition_variable m_ready;
    std::vector<std::optional<std::string>> m_waiting; ///< by place modulo waiting_tiles_max
    std::size_t m_waiting_bytes = 0;
    std::size_t m_next = 0;    ///< to be drawn
    std::size_t m_written = 0; ///< all before were taken out
    bool m_is_over = false;
    std::exception_ptr m_failure;
};

void draw(Queue &queue, const TileProduction &production, unsigned thread) {
    try {
        while (const auto index = queue.take()) {
            const std::string tile = production.draw(thread, *index);
            queue.put(*index, tile.empty() ? std::string() : tiles::gzip(tile));
        }
    } catch (...) {
        queue.end(std::current_exception());
    }
}

/// Lets nobody wait when the one who writes leaves.
struct EndOfQueue {
    Queue &queue;
    ~EndOfQueue() { queue.end(nullptr); }
};

} // namespace

void fill_archive(ArchiveFile &archive, const TileProduction &production, unsigned threads, const TileProgress &progress) {
    Queue queue(production.count);
    std::vector<std::jthread> drawers;
    const EndOfQueue end{queue}; // before the threads are waited for
    for (unsigned thread = 0; thread < threads; ++thread) {
        drawers.emplace_back([&, thread] { draw(queue, production, thread); });
    }
    for (std::size_t index = 0; index < production.count; ++index) {
        if (const std::string tile = queue.take_out(); !tile.empty()) {
            archive.add(production.address(index), tile);
        }
        progress(index + 1, production.count, "tiles");
    }
}

} // namespace keyaki::server
