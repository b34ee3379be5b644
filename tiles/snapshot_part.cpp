#include "tiles/snapshot_part.hpp"

#include "geo/hilbert.hpp"
#include "tiles/feature_texts.hpp"

#include <algorithm>

namespace keyaki::tiles {

std::uint64_t curve_place_of(const geo::GridBox &box) noexcept {
    return geo::hilbert_32(box.min_x + (box.max_x - box.min_x) / 2, box.min_y + (box.max_y - box.min_y) / 2);
}

std::uint64_t SnapshotPart::curve_place(std::uint32_t index) const noexcept { return curve_place_of(box(index)); }

const PartFences *SnapshotPart::fences(std::chrono::milliseconds patience) const {
    if (const PartFences *ready = ready_fences()) {
        return ready;
    }
    std::unique_lock lock(m_fences_mutex);
    if (!m_fences_done.wait_for(lock, patience, [this] { return !m_fences_begun; })) {
        return nullptr;
    }
    if (m_fences == nullptr) {
        m_fences_begun = true;
        lock.unlock();
        std::unique_ptr<const PartFences> made;
        try {
            made = std::make_unique<const PartFences>(*this);
        } catch (...) { // no memory: the next one tries again
            lock.lock();
            m_fences_begun = false;
            m_fences_done.notify_all();
            throw;
        }
        lock.lock();
        m_fences_begun = false;
        m_fences = std::move(made);
        m_ready_fences.store(m_fences.get(), std::memory_order_release);
        m_fences_done.notify_all();
    }
    return m_fences.get();
}

void SnapshotPart::mark_repeated(std::uint32_t value) {
    if (value / 64 >= m_repeated_values.size()) {
        m_repeated_values.resize(value / 64 + 1);
    }
    m_repeated_values[value / 64] |= std::uint64_t{1} << value % 64;
}

void SnapshotPart::count_kinds(std::uint32_t index, std::vector<KindCounts> &counts, std::int32_t sign) const {
    const auto keys = keys_of(index);
    const auto values = values_of(index);
    counts.resize(m_keys.size(), KindCounts{});
    for (std::size_t property = 0; property < keys.size(); ++property) {
        const auto kind = static_cast<std::size_t>(kind_of(m_values.encoded(values[property])));
        counts[keys[property]][kind] += static_cast<std::uint32_t>(sign); // wraps for -1, as unsigned numbers do
    }
}

std::uint32_t SnapshotPart::rank_behind(std::string_view wanted) const {
    const auto found =
        std::upper_bound(m_by_id.begin(), m_by_id.end(), wanted, [this](std::string_view text, std::uint32_t index) { return text < id(index); });
    return static_cast<std::uint32_t>(found - m_by_id.begin());
}

std::optional<std::uint32_t> SnapshotPart::find(std::string_view wanted) const {
    const auto found =
        std::lower_bound(m_by_id.begin(), m_by_id.end(), wanted, [this](std::uint32_t index, std::string_view text) { return id(index) < text; });
    if (found == m_by_id.end() || id(*found) != wanted) {
        return std::nullopt;
    }
    return *found;
}

const FeatureTexts &SnapshotPart::texts() const {
    std::call_once(m_texts_once, [this] { m_texts = std::make_shared<const FeatureTexts>(*this); });
    return *m_texts;
}

std::size_t SnapshotPart::memory_bytes() const noexcept {
    const auto bytes = [](const auto &list) { return list.capacity() * sizeof(list[0]); };
    std::size_t sum = sizeof(*this) + bytes(m_records) + bytes(m_points) + bytes(m_zooms) + bytes(m_parts) + bytes(m_value_indices) +
                      bytes(m_shapes) + bytes(m_keys) + bytes(m_kind_counts) + bytes(m_by_id) + bytes(m_ranks) + bytes(m_by_numeric_id) +
                      bytes(m_repeated_values) + m_values.memory_bytes() + m_tree.memory_bytes();
    for (const auto &shape : m_shapes) {
        sum += bytes(shape);
    }
    if (const PartFences *fences = ready_fences()) {
        sum += fences->memory_bytes();
    }
    return sum;
}

} // namespace keyaki::tiles
