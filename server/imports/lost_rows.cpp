#include "server/imports/lost_rows.hpp"

#include "server/imports/limits.hpp"

#include <fmt/format.h>

#include <unordered_set>

namespace keyaki::server::imports {

void LostRows::add(LostFeature &&row) {
    if (m_are_too_many) {
        return;
    }
    m_bytes += row.id.size() + row.name_key.size();
    if (m_rows.size() >= max_lost_rows || m_bytes > max_lost_bytes) {
        m_are_too_many = true;
        m_rows = {};
        return;
    }
    m_rows.push_back(std::move(row));
}

LostRows::Resolved LostRows::resolve(const FeatureMatcher &matcher) const {
    Resolved resolved;
    std::unordered_set<std::size_t> seen;
    const auto keep = [&](std::size_t known, std::uint64_t row) {
        if (!matcher.is_taken(known) && seen.insert(known).second) {
            resolved.kept.push_back({known, row});
        }
    };
    // A row with a collection of geometries has become several features (FeatureGate::pass).
    const auto keep_others_of = [&](const LostFeature &row) {
        std::size_t part = 2;
        while (const auto known = matcher.find(fmt::format("{}-{}", row.id, part++))) {
            keep(*known, row.row);
        }
    };
    for (const LostFeature &row : m_rows) {
        const auto known = row.id.empty() ? std::nullopt : matcher.find(row.id);
        if (known) {
            keep(*known, row.row);
            keep_others_of(row);
        }
        // An id that a good row has too is a slip: then the name tells.
        const bool is_told_by_id = known && !matcher.is_taken(*known);
        const auto named = is_told_by_id ? std::span<const std::size_t>() : matcher.named(row.name_key);
        for (const std::size_t one : named) {
            keep(one, row.row);
        }
        if (!known && named.empty()) {
            resolved.untold.push_back(row.row);
        }
    }
    return resolved;
}

} // namespace keyaki::server::imports
