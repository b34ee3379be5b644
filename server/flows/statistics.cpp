#include "server/flows/statistics.hpp"

#include "data/books.hpp"
#include "geo/tile_id.hpp"
#include "server/imports/report_csv.hpp"
#include "server/limits.hpp"
#include "server/time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace keyaki::server {

namespace {

using Figure = data::StatisticsBook::Figure;
using nlohmann::ordered_json;

std::string_view name_of(Figure figure) {
    switch (figure) {
    case Figure::participants: return "participants";
    case Figure::stamps: return "stamps";
    case Figure::courses: return "courses_completed";
    case Figure::completions: return "rallies_completed";
    case Figure::issued: return "points_issued";
    case Figure::held: return "points_held";
    case Figure::spent: return "points_spent";
    case Figure::expired: return "points_expired";
    }
    return "";
}

bool is_of_points(Figure figure) {
    return figure == Figure::issued || figure == Figure::held || figure == Figure::spent || figure == Figure::expired;
}

bool may_be_named(const data::StatisticsBook::Count &count, const std::set<std::string> &public_layers) {
    return count.figure != Figure::stamps || public_layers.contains(count.of.substr(0, count.of.find('/')));
}

std::set<std::string> public_layers(data::Store &store) {
    std::set<std::string> layers;
    for (const data::Layer &layer : store.layers()) {
        if (layer.spec.visibility == data::Visibility::everyone && layer.revision >= layer.public_from) {
            layers.insert(layer.spec.id);
        }
    }
    return layers;
}

double rounded_degrees(double degrees) { return std::round(degrees * 1e7) / 1e7; }

} // namespace

std::int64_t shown_until_us(std::int64_t now_us) {
    constexpr std::int64_t hour_us = day_us / 24;
    return (now_us - std::chrono::microseconds(statistics_delay).count()) / hour_us * hour_us;
}

std::vector<ShownFigure> anonymous(const std::vector<data::StatisticsBook::Count> &counts, const std::set<std::string> &public_layers,
                                   std::int64_t until_us) {
    const std::string current_month = jst_day(until_us).substr(0, 7);
    std::vector<ShownFigure> shown;
    for (const data::StatisticsBook::Count &count : counts) {
        if (count.members < statistics_members_min || !may_be_named(count, public_layers)) {
            continue;
        }
        const bool is_final = count.month < current_month && count.figure != Figure::held; // what is held is of now, whatever its month
        const std::int64_t step = is_final ? 1 : is_of_points(count.figure) ? statistics_points_step : statistics_count_step;
        shown.push_back({count.rally, count.month, std::string(name_of(count.figure)), count.of, count.number / step * step, is_final});
    }
    std::stable_sort(shown.begin(), shown.end(), [](const ShownFigure &a, const ShownFigure &b) {
        return std::tie(a.rally, a.month, a.figure, a.of) < std::tie(b.rally, b.month, b.figure, b.of);
    });
    return shown;
}

std::string statistics_json(const std::vector<ShownFigure> &figures, std::int64_t until_us) {
    ordered_json rows = ordered_json::array();
    for (const ShownFigure &figure : figures) {
        ordered_json row{{"rally", figure.rally}, {"month", figure.month}, {"figure", figure.figure}};
        if (!figure.of.empty()) {
            row["of"] = figure.of;
        }
        row["number"] = figure.number;
        row["is_final"] = figure.is_final;
        rows.push_back(std::move(row));
    }
    return ordered_json{{"until", format_rfc3339_jst(until_us)}, {"members_min", statistics_members_min}, {"figures", std::move(rows)}}.dump();
}

std::string statistics_csv(const std::vector<ShownFigure> &figures) {
    std::string csv = "\xEF\xBB\xBF" // without it, spreadsheets take Japanese for something else
                      "rally,month,figure,of,number,is_final\r\n";
    for (const ShownFigure &figure : figures) {
        for (const std::string &cell : {figure.rally, figure.month, figure.figure, figure.of}) {
            csv += imports::csv_cell(cell) + ",";
        }
        csv += std::to_string(figure.number) + (figure.is_final ? ",true\r\n" : ",false\r\n");
    }
    return csv;
}

ClosedMonth closed_month(std::int64_t until_us) {
    const std::int64_t to_us = *parse_rfc3339_us(jst_day(until_us).substr(0, 8) + "01T00:00:00+09:00");
    const std::string name = jst_day(to_us - 1).substr(0, 7);
    return {name, *parse_rfc3339_us(name + "-01T00:00:00+09:00"), to_us};
}

std::string heat_json(const std::vector<data::StatisticsBook::Heat> &heat, const ClosedMonth &month) {
    ordered_json features = ordered_json::array();
    for (const data::StatisticsBook::Heat &one : heat) {
        if (one.members < statistics_members_min) {
            continue;
        }
        const geo::LonLatBox box = geo::bounds({data::StatisticsBook::heat_zoom, one.x, one.y});
        const auto corner = [](double lon_deg, double lat_deg) { return ordered_json{rounded_degrees(lon_deg), rounded_degrees(lat_deg)}; };
        const ordered_json ring{corner(box.west_deg, box.south_deg), corner(box.east_deg, box.south_deg), corner(box.east_deg, box.north_deg),
                                corner(box.west_deg, box.north_deg), corner(box.west_deg, box.south_deg)};
        features.push_back({{"type", "Feature"},
                            {"geometry", {{"type", "Polygon"}, {"coordinates", ordered_json::array({ring})}}},
                            {"properties", {{"hour", one.hour}, {"members", one.members / statistics_count_step * statistics_count_step}}}});
    }
    return ordered_json{
        {"type", "FeatureCollection"}, {"month", month.name}, {"members_min", statistics_members_min}, {"features", std::move(features)}}
        .dump();
}

std::shared_ptr<const Statistics::Texts> Statistics::count(std::int64_t until_us) const {
    std::vector<data::StatisticsBook::Count> counts;
    std::vector<data::StatisticsBook::Heat> heat;
    const ClosedMonth month = closed_month(until_us);
    const std::set<std::string> layers = public_layers(m_store);
    m_store.read_books([&](data::Books &books) {
        counts = books.statistics.counts(until_us);
        heat = books.statistics.heat(month.from_us, month.to_us, std::chrono::microseconds(outing_gap).count(), layers);
    });
    const std::vector<ShownFigure> shown = anonymous(counts, layers, until_us);
    return std::make_shared<const Texts>(Texts{until_us, statistics_json(shown, until_us), statistics_csv(shown), heat_json(heat, month)});
}

std::shared_ptr<const Statistics::Texts> Statistics::at(std::int64_t now_us) {
    const std::int64_t until_us = shown_until_us(now_us);
    auto kept = m_kept.load();
    if (kept && kept->until_us == until_us) {
        return kept;
    }
    std::unique_lock counting(m_counting, std::try_to_lock);
    if (!counting) {
        if (kept) {
            return kept;
        }
        counting.lock();
    }
    kept = m_kept.load(); // somebody may have counted meanwhile
    if (!kept || kept->until_us != until_us) {
        kept = count(until_us);
        m_kept.store(kept);
    }
    return kept;
}

} // namespace keyaki::server
