#include "server/imports/feature_matching.hpp"

#include "geo/geodesic.hpp"
#include "server/imports/limits.hpp"

#include <algorithm>
#include <map>

namespace keyaki::server::imports {

namespace {

constexpr std::size_t candidates_listed = 5;
/// A pair is clear when the next best of either side is more than twice as far away and at least so much farther: two doors of one building are
/// not told apart by their places.
constexpr double clear_factor = 2;
constexpr double clear_margin_m = 10;

struct Pair {
    std::size_t row;
    std::size_t known;
    double distance_m;
};

bool is_clear(const Pair &pair, const std::vector<Pair> &open) {
    const double needed_m = std::max(pair.distance_m * clear_factor, pair.distance_m + clear_margin_m);
    return std::all_of(open.begin(), open.end(), [&](const Pair &other) {
        const bool shares_one = (other.row == pair.row) != (other.known == pair.known);
        return !shares_one || other.distance_m > needed_m;
    });
}

} // namespace

/// Rows and known features of one name that nobody has yet.
struct FeatureMatcher::Group {
    std::vector<std::size_t> rows;
    std::vector<std::size_t> known;
};

FeatureMatcher::FeatureMatcher(std::vector<MatchedFeature> known, MatchRule rule, double radius_m)
    : m_known(std::move(known)), m_taken(m_known.size()), m_rule(rule), m_radius_m(radius_m) {
    m_by_id.reserve(m_known.size());
    for (std::size_t i = 0; i < m_known.size(); ++i) {
        m_by_id.emplace(m_known[i].id, i);
        if (!m_known[i].name_key.empty() && rule != MatchRule::key) {
            m_by_name[m_known[i].name_key].push_back(i);
        }
    }
}

std::optional<std::size_t> FeatureMatcher::find(std::string_view id) const {
    const auto found = m_by_id.find(id);
    return found == m_by_id.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> FeatureMatcher::take_by_id(std::string_view id) {
    const auto found = find(id);
    if (!found || m_taken[*found]) {
        return std::nullopt;
    }
    m_taken[*found] = true;
    return found;
}

bool FeatureMatcher::may_match_by_name(std::string_view name_key) const { return !name_key.empty() && m_by_name.contains(name_key); }

std::span<const std::size_t> FeatureMatcher::named(std::string_view name_key) const {
    const auto found = m_by_name.find(name_key);
    return name_key.empty() || found == m_by_name.end() ? std::span<const std::size_t>() : std::span<const std::size_t>(found->second);
}

void FeatureMatcher::match_by_content(std::span<const MatchedFeature> rows, std::vector<Match> &matches) {
    std::map<std::array<std::uint8_t, 16>, std::vector<std::size_t>> equal;
    for (std::size_t i = m_known.size(); i-- > 0;) { // so that the first is taken first
        if (!m_taken[i]) {
            equal[m_known[i].content].push_back(i);
        }
    }
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto found = equal.find(rows[row].content);
        if (found == equal.end() || found->second.empty()) {
            continue;
        }
        matches[row] = {found->second.back(), MatchedBy::content, 0, {}};
        m_taken[found->second.back()] = true;
        found->second.pop_back();
    }
}

void FeatureMatcher::match_group(std::span<const MatchedFeature> rows, Group &group, std::vector<Match> &matches) {
    std::vector<Pair> open;
    if (group.rows.size() * group.known.size() <= max_pairs_of_one_name) {
        for (const std::size_t row : group.rows) {
            for (const std::size_t known : group.known) {
                open.push_back({row, known, geo::distance_m(rows[row].place, m_known[known].place)});
            }
        }
    }
    std::sort(open.begin(), open.end(), [](const Pair &a, const Pair &b) { return a.distance_m < b.distance_m; });
    for (bool found = true; found && !open.empty();) {
        const auto clear = std::find_if(open.begin(), open.end(), [&](const Pair &pair) { return is_clear(pair, open); });
        found = clear != open.end();
        if (found) {
            const Pair pair = *clear;
            matches[pair.row] = {pair.known, pair.distance_m <= m_radius_m ? MatchedBy::name_and_place : MatchedBy::name, pair.distance_m, {}};
            m_taken[pair.known] = true;
            std::erase_if(open, [&](const Pair &other) { return other.row == pair.row || other.known == pair.known; });
        }
    }
    for (const std::size_t row : group.rows) {
        for (const Pair &pair : open) {
            if (pair.row == row && matches[row].candidates.size() < candidates_listed) {
                matches[row].candidates.push_back(pair.known);
            }
        }
    }
}

std::vector<Match> FeatureMatcher::match_waiting(std::span<const MatchedFeature> rows) {
    std::vector<Match> matches(rows.size());
    if (m_rule == MatchRule::key) {
        return matches;
    }
    match_by_content(rows, matches);
    std::map<std::string_view, Group> groups;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!matches[row].known && !rows[row].name_key.empty()) {
            groups[rows[row].name_key].rows.push_back(row);
        }
    }
    for (auto &[name_key, group] : groups) {
        if (const auto named = m_by_name.find(name_key); named != m_by_name.end()) {
            std::copy_if(named->second.begin(), named->second.end(), std::back_inserter(group.known), [&](std::size_t i) { return !m_taken[i]; });
            match_group(rows, group, matches);
        }
    }
    return matches;
}

} // namespace keyaki::server::imports
