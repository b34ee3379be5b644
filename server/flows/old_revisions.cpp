#include "server/flows/old_revisions.hpp"

#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <unordered_set>

namespace keyaki::server {

void OldRevisions::keep(Snapshot snapshot) {
    Name name{snapshot->description().layer, snapshot->description().revision};
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_kept, [&](const Kept &old) { return old.name == name; });
    m_kept.push_front({std::move(name), std::move(snapshot)});
    make_room();
}

OldRevisions::Snapshot OldRevisions::find(const Name &name) {
    const auto found = std::find_if(m_kept.begin(), m_kept.end(), [&](const Kept &old) { return old.name == name; });
    if (found == m_kept.end()) {
        return nullptr;
    }
    std::rotate(m_kept.begin(), found, found + 1);
    return m_kept.front().snapshot;
}

OldRevisions::Snapshot OldRevisions::get(std::string_view layer, std::uint64_t revision, const std::function<Snapshot()> &read) {
    const Name name{layer, revision};
    std::unique_lock lock(m_mutex);
    for (;;) {
        if (Snapshot found = find(name)) {
            return found;
        }
        if (m_being_read.insert(name).second) {
            break;
        }
        m_read_ended.wait(lock, [&] { return !m_being_read.contains(name); });
    }
    lock.unlock();
    const auto end_reading = [&] {
        m_being_read.erase(name);
        m_read_ended.notify_all();
    };
    Snapshot snapshot;
    try {
        snapshot = read();
    } catch (...) {
        lock.lock();
        end_reading();
        throw;
    }
    lock.lock();
    if (snapshot) {
        m_kept.push_front({name, snapshot});
        make_room();
    }
    end_reading();
    return snapshot;
}

/// One is kept whatever its size: it was asked for, and its tiles will be too.
void OldRevisions::make_room() {
    while (m_kept.size() > m_max_count || (m_kept.size() > 1 && bytes_kept() > m_max_bytes)) {
        m_kept.pop_back();
    }
}

std::size_t OldRevisions::bytes_kept() const {
    std::unordered_set<const void *> counted;
    std::size_t bytes = 0;
    for (const Kept &kept : m_kept) {
        for (const auto &view : kept.snapshot->parts()) {
            bytes += counted.insert(view.part.get()).second ? view.part->memory_bytes() : 0;
            bytes += view.removed && counted.insert(view.removed.get()).second ? view.removed->capacity() * sizeof(std::uint64_t) : 0;
        }
    }
    return bytes;
}

std::size_t OldRevisions::count() const {
    const std::lock_guard lock(m_mutex);
    return m_kept.size();
}

std::size_t OldRevisions::memory_bytes() const {
    const std::lock_guard lock(m_mutex);
    return bytes_kept();
}

} // namespace keyaki::server
