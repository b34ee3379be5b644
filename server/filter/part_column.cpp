#include "server/filter/part_column.hpp"

#include <algorithm>

namespace keyaki::server::filter {

PartColumn::PartColumn(const tiles::SnapshotPart &part, const Queryable &queryable)
    : m_part(&part), m_places(part.shapes().size(), absent), m_is_feature_id(queryable.is_feature_id) {
    const auto &keys = part.keys();
    const auto found = std::find(keys.begin(), keys.end(), queryable.name);
    if (found == keys.end()) {
        return;
    }
    const auto key = static_cast<std::uint32_t>(found - keys.begin());
    for (std::size_t shape = 0; shape < part.shapes().size(); ++shape) {
        const auto &shape_keys = part.shapes()[shape];
        const auto place = std::find(shape_keys.begin(), shape_keys.end(), key);
        if (place != shape_keys.end()) {
            m_places[shape] = static_cast<std::uint32_t>(place - shape_keys.begin());
        }
    }
}

} // namespace keyaki::server::filter
