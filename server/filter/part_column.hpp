#pragma once

#include "server/filter/queryables.hpp"
#include "tiles/snapshot_part.hpp"

#include <cstdint>
#include <vector>

namespace keyaki::server::filter {

/// One column of a part, whose name has been looked up once: the number of each feature's value in the part's dictionary.
class PartColumn {
  public:
    PartColumn(const tiles::SnapshotPart &part, const Queryable &queryable);

    [[nodiscard]] bool is_feature_id() const noexcept { return m_is_feature_id; }
    /// ValueDictionary::null_value where the feature has none.
    [[nodiscard]] std::uint32_t value(std::uint32_t index) const noexcept {
        if (m_is_feature_id) {
            return m_part->id_value(index);
        }
        const std::uint32_t place = m_places[m_part->shape(index)];
        return place == absent ? tiles::ValueDictionary::null_value : m_part->value_at(index, place);
    }

  private:
    static constexpr std::uint32_t absent = UINT32_MAX;

    const tiles::SnapshotPart *m_part;
    std::vector<std::uint32_t> m_places; ///< by shape
    bool m_is_feature_id;
};

} // namespace keyaki::server::filter
