#include "server/imports/doubts.hpp"

#include "geo/geodesic.hpp"
#include "importers/name_key.hpp"
#include "importers/text_encoding.hpp"
#include "server/imports/feature_names.hpp"
#include "server/imports/limits.hpp"

#include <fmt/format.h>

namespace keyaki::server::imports {

void Doubts::add(std::uint64_t row, std::string_view name, std::string reason, std::string kind) {
    m_report.suspect({row, "", importers::quoted_value(name), std::move(reason), std::move(kind)});
}

void Doubts::look_at(const MatchedFeature &row) {
    if (!m_surroundings.contain(row.place)) {
        add(row.row, row.name, fmt::format("{:.6f}, {:.6f} lies outside of {}", row.place.lon_deg, row.place.lat_deg, m_surroundings.name()),
            "outside");
    }
    if (const auto mojibake = importers::find_mojibake(row.name)) {
        add(row.row, row.name, fmt::format("looks like {}; it would then read \"{}\"", mojibake->what, mojibake->meant), "mojibake");
    }
    const std::string key = importers::name_key(row.name);
    if (key.empty() || m_names.size() >= max_remembered_names) {
        return;
    }
    const auto [first, is_new] = m_names.try_emplace(key, row.row, row.place);
    const double distance_m = is_new ? 0 : geo::distance_m(first->second.second, row.place);
    if (!is_new && first->second.first != row.row && distance_m <= default_match_radius_m) {
        add(row.row, row.name, fmt::format("the same name as row {}, {:.0f} m from it", first->second.first, distance_m), "name_twice");
    }
}

void Doubts::add_move(const MatchedFeature &row, const std::string &known_id, geo::LonLat from, double distance_m) {
    add(row.row, row.name,
        fmt::format("{} moved {:.0f} m, from {:.6f}, {:.6f} to {:.6f}, {:.6f}", known_id, distance_m, from.lon_deg, from.lat_deg, row.place.lon_deg,
                    row.place.lat_deg),
        "moved_far");
}

void Doubts::add_ambiguous(const MatchedFeature &row, std::size_t candidates, const std::string &first_candidate) {
    add(row.row, row.name,
        fmt::format("could be any of {} published features of this name, among them {}: it was taken as a new one", candidates, first_candidate),
        "ambiguous");
}

void Doubts::add_id_of_another(const geo::Feature &feature, std::uint64_t row) {
    add(row, name_of(feature), fmt::format("the id {} is that of another published feature; this row gets another", feature.id), "id_of_another");
}

} // namespace keyaki::server::imports
