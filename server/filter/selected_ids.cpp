#include "server/filter/selected_ids.hpp"

#include "server/filter/filter_query.hpp"
#include "server/filter/selection.hpp"
#include "tiles/snapshot_part.hpp"

namespace keyaki::server::filter {

std::unordered_set<std::string> selected_ids(const tiles::LayerSnapshot &snapshot, std::string_view filter) {
    FilterQuery query;
    query.filter = std::string(filter);
    std::unordered_set<std::string> ids;
    const auto bound = bind_query(query, queryables_of(snapshot));
    if (!bound) {
        return ids;
    }
    const Selection selection = select(snapshot, *bound);
    for (std::size_t part = 0; part < selection.marks.size(); ++part) {
        const tiles::SnapshotPart &features = *snapshot.parts()[part].part;
        for (std::uint32_t index = 0; index < features.size(); ++index) {
            if (selection.has(part, index)) {
                ids.emplace(tiles::FeatureRef(features, index).id());
            }
        }
    }
    return ids;
}

} // namespace keyaki::server::filter
