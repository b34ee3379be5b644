#include "server/filter/queryables.hpp"

#include "tiles/layer_snapshot.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace keyaki::server::filter {

namespace {

QueryableType type_of(const tiles::KindCounts &counts) {
    const auto has = [&](tiles::ValueKind kind) { return counts[static_cast<std::size_t>(kind)] > 0; };
    const bool text = has(tiles::ValueKind::text);
    const bool number = has(tiles::ValueKind::number);
    const bool boolean = has(tiles::ValueKind::boolean);
    if (text + number + boolean != 1) {
        return QueryableType::any;
    }
    return text ? QueryableType::text : (number ? QueryableType::number : QueryableType::boolean);
}

/// The name, or one like it that no property has.
std::string free_name(const std::vector<Queryable> &properties, std::string_view wanted) {
    std::string name(wanted);
    while (std::any_of(properties.begin(), properties.end(), [&](const Queryable &property) { return property.name == name; })) {
        name.insert(0, "feature_");
    }
    return name;
}

} // namespace

Queryables::Queryables(std::vector<Queryable> all) : m_all(std::move(all)) {
    std::stable_sort(m_all.begin(), m_all.end(), [](const Queryable &a, const Queryable &b) { return a.name < b.name; });
    m_all.erase(std::unique(m_all.begin(), m_all.end(), [](const Queryable &a, const Queryable &b) { return a.name == b.name; }), m_all.end());
}

const Queryable *Queryables::find(std::string_view name) const noexcept {
    const auto found = std::lower_bound(m_all.begin(), m_all.end(), name,
                                        [](const Queryable &queryable, std::string_view wanted) { return queryable.name < wanted; });
    return found != m_all.end() && found->name == name ? &*found : nullptr;
}

Queryables queryables_of(const tiles::LayerSnapshot &snapshot) {
    std::map<std::string, tiles::KindCounts> counts;
    for (const auto &view : snapshot.parts()) {
        for (std::size_t key = 0; key < view.kind_counts.size(); ++key) {
            tiles::KindCounts &sum = counts[view.part->keys()[key]];
            for (std::size_t kind = 0; kind < sum.size(); ++kind) {
                sum[kind] += view.kind_counts[key][kind];
            }
        }
    }
    std::vector<Queryable> all;
    for (const auto &[name, of] : counts) {
        if (std::any_of(of.begin(), of.end(), [](std::uint32_t count) { return count > 0; })) {
            all.push_back({name, type_of(of), false});
        }
    }
    all.push_back({free_name(all, geometry_name), QueryableType::geometry, false});
    all.push_back({free_name(all, id_name), QueryableType::text, true});
    return Queryables(std::move(all));
}

} // namespace keyaki::server::filter
