#include "tests/sim/city.hpp"

#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/flows/offline_tickets.hpp"
#include "server/json_reader.hpp"
#include "server/rally/one_time_code.hpp"
#include "tests/sim/phone.hpp"
#include "tests/sim/walk.hpp"
#include "tests/support/shared_data.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace keyaki::sim {

namespace {

using nlohmann::json;

geo::LonLat position_of(const json &pair) { return {pair.at(0).get<double>(), pair.at(1).get<double>()}; }

json features_of(const char *file) {
    std::ifstream stream(test::project_file(std::string("data/samples/kiyose/") + file));
    return json::parse(stream).at("features");
}

geo::Feature feature_of(const json &value) {
    geo::Feature feature;
    feature.id = value.at("id").get<std::string>();
    const json &coordinates = value.at("geometry").at("coordinates");
    if (value.at("geometry").at("type") == "Point") {
        feature.geometry = geo::Geometry::point(position_of(coordinates));
    } else {
        std::vector<geo::LonLat> line;
        std::transform(coordinates.begin(), coordinates.end(), std::back_inserter(line), position_of);
        feature.geometry = geo::Geometry::line_string(line);
    }
    const json &properties = value.at("properties");
    for (const auto &[name, property] : properties.items()) {
        if (property.is_string()) {
            feature.properties.set(name, property.get<std::string>());
        } else if (property.is_number()) {
            feature.properties.set(name, property.get<double>());
        }
    }
    return feature;
}

/// The files of the database as they lie there, without a word to who holds them open: what kill -9 leaves.
void copy_database(const std::filesystem::path &from, const std::filesystem::path &into) {
    for (const char *file : {"city.sqlite", "city.sqlite-wal"}) {
        if (std::filesystem::exists(from / file)) {
            std::filesystem::copy_file(from / file, into / file);
        }
    }
}

} // namespace

City::City(std::int64_t now_us) : m_folder(std::make_unique<test::TemporaryFolder>()) {
    open(now_us);
    read_sample(now_us);
    put_rally(json::object(), now_us);
    open(now_us); // as at a start: the snapshots know the layers now
}

void City::open(std::int64_t now_us) {
    m_flow.reset();
    m_recent.reset();
    m_rallies.reset();
    m_snapshots.reset();
    m_store.reset();
    m_store = data::open_store({.file = m_folder->path() / "city.sqlite", .create = true, .readers = 1});
    m_snapshots = std::make_unique<server::Snapshots>(*m_store);
    m_rallies = std::make_unique<server::Rallies>(*m_store);
    m_recent = std::make_unique<server::RecentAttempts>(*m_store, now_us);
    m_flow = std::make_unique<server::CheckInFlow>(*m_store, *m_snapshots, *m_rallies, *m_recent);
}

void City::die(std::int64_t now_us) {
    auto after = std::make_unique<test::TemporaryFolder>();
    copy_database(m_folder->path(), after->path());
    m_flow.reset();
    m_recent.reset();
    m_rallies.reset();
    m_snapshots.reset();
    m_store.reset(); // what it tidies up when it closes is in the old folder, which nobody reads any more
    m_folder = std::move(after);
    ++m_deaths;
    open(now_us);
}

void City::read_sample(std::int64_t now_us) {
    std::map<std::string, std::map<int, Place>> of_course;
    std::vector<geo::Feature> spots;
    const json spot_features = features_of("spots.geojson");
    for (const json &value : spot_features) {
        spots.push_back(feature_of(value));
        const Place place{"spots/" + spots.back().id, plane().to_plane(position_of(value.at("geometry").at("coordinates")))};
        m_spots.push_back(place);
        of_course[value.at("properties").at("course")][value.at("properties").at("order").get<int>()] = place;
    }
    std::vector<geo::Feature> lines;
    const json line_features = features_of("walking_courses.geojson");
    for (const json &value : line_features) {
        lines.push_back(feature_of(value));
        Route route;
        route.id = lines.back().id;
        for (const json &pair : value.at("geometry").at("coordinates")) {
            route.line.push_back(plane().to_plane(position_of(pair)));
        }
        for (const auto &[order, place] : of_course[route.id]) {
            route.spots.push_back(place);
        }
        if (distance_m(route.line.front(), route.line.back()) < 1) {
            add_exit(route, spots);
        }
        m_routes.push_back(std::move(route));
    }
    add_layer("spots", data::Visibility::everyone, spots, now_us);
    add_layer("treasures", data::Visibility::staff, spots, now_us);
    add_layer("walking_courses", data::Visibility::everyone, lines, now_us);
}

/// A loop's last spot of the sample lies before its last quarter, so the sample's own spots would not see it finished: one more, shortly before the
/// entrance.
void City::add_exit(Route &route, std::vector<geo::Feature> &spots) {
    const Way leg{route.line[route.line.size() - 2], route.line.back()};
    const Place exit{"spots/" + route.id + "-exit", at_m(leg, length_m(leg) - 60)};
    geo::Feature feature{route.id + "-exit", geo::Geometry::point(plane().to_lon_lat(exit.place)), {}};
    spots.push_back(std::move(feature));
    m_spots.push_back(exit);
    route.spots.push_back(exit);
}

void City::add_layer(const std::string &id, data::Visibility visibility, const std::vector<geo::Feature> &features, std::int64_t now_us) {
    data::LayerSpec spec;
    spec.id = id;
    spec.visibility = visibility;
    m_store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "hanako", now_us); });
    const auto writer = m_store->write_draft(id, data::Store::DraftMode::merge, "hanako");
    for (geo::Feature feature : features) {
        writer->put(std::move(feature));
    }
    writer->commit();
    m_store->write([&](data::WriteTransaction &books) { (void)books.publish(id, "hanako", "", true, now_us); });
}

void City::put_rally(const json &changes, std::int64_t now_us) {
    json rally{{"id", "r"},
               {"kind", "walking"},
               {"title", {{"ja", "ラリー"}}},
               {"starts", "2026-01-01T00:00:00+09:00"},
               {"ends", "2027-12-31T23:59:59+09:00"},
               {"budget", 10'000'000},
               {"spots", {{"layer", "spots"}, {"radius_m", 40}, {"points", 10}}}};
    rally.merge_patch(changes);
    const bool is_new = !m_rallies->find(rally.at("id").get<std::string>());
    (void)server::put_rally(*m_store, rally.dump(), "hanako", now_us);
    if (is_new) {
        // Not secret here: a guess must hit or miss by the seed alone.
        data::EvidenceBook::Secret secret{};
        std::generate(secret.begin(), secret.end(), [byte = std::uint8_t{17}]() mutable { return byte = static_cast<std::uint8_t>(byte * 5 + 3); });
        m_store->write([&](data::WriteTransaction &books) { books.books().evidence.put_rally_secret(rally.at("id").get<std::string>(), secret); });
    }
    m_rallies->refresh();
}

template <typename Work>
Reply City::answered(Work work) {
    try {
        return work();
    } catch (const server::FieldErrors &error) {
        return {400, json{{"detail", error.what()}}.dump(), false};
    } catch (const geo::Error &error) {
        const int status = error.kind() == geo::ErrorKind::not_found ? 404 : error.kind() == geo::ErrorKind::conflict ? 409 : 400;
        if (error.kind() == geo::ErrorKind::internal || error.kind() == geo::ErrorKind::corrupt) {
            throw;
        }
        return {status, json{{"detail", error.what()}}.dump(), false};
    }
}

Reply City::check_in(const std::string &key, const std::string &body, std::int64_t now_us) {
    return answered([&]() -> Reply {
        server::CheckInAnswer answer = m_flow->check_in("app", key, server::parse_check_in(body), server::http::Language::en, now_us);
        if (answer.key_reused) {
            return {422, "{}", false};
        }
        return {answer.status, std::move(answer.body), answer.replayed};
    });
}

Reply City::send_track(const std::string &rally, const std::string &run, const std::string &body, std::int64_t now_us) {
    return answered([&]() -> Reply {
        const server::TrackAnswer answer = server::send_track(*m_store, m_flow->spots(), *m_rallies->find(rally), run, body, now_us);
        return {200, json{{"coverage", answer.coverage.coverage}, {"speed_mps", answer.coverage.fast_speed_mps}}.dump(), false};
    });
}

Reply City::report_steps(const std::string &rally, const std::string &body, std::int64_t now_us) {
    return answered([&]() -> Reply { return {200, server::report_steps(*m_store, *m_rallies->find(rally), body, now_us), false}; });
}

Reply City::issue_ticket(const std::string &rally, const std::string &body, std::int64_t now_us) {
    return answered([&]() -> Reply {
        return {201, server::issue_offline_ticket(*m_store, m_flow->spots(), *m_rallies->find(rally), body, now_us), false};
    });
}

std::string City::code_at(const std::string &rally, const std::string &spot, std::int64_t now_us) {
    return server::rally::one_time_code(server::secret_of_spot(*m_store, rally, spot), now_us / 1'000'000);
}

std::string City::sheet_of(const std::string &rally, const std::string &spot) {
    return server::rally::printed_code(server::secret_of_spot(*m_store, rally, spot), rally, spot);
}

const Route &City::route(const std::string &id) const {
    const auto found = std::find_if(m_routes.begin(), m_routes.end(), [&](const Route &route) { return route.id == id; });
    if (found == m_routes.end()) {
        throw std::invalid_argument("no course " + id);
    }
    return *found;
}

geo::PlanePoint City::place_of(const std::string &spot) const {
    const auto found = std::find_if(m_spots.begin(), m_spots.end(), [&](const Place &place) { return place.spot == spot; });
    if (found == m_spots.end()) {
        throw std::invalid_argument("no spot " + spot);
    }
    return found->place;
}

} // namespace keyaki::sim
