#include "tests/server/check_ins/small_city.hpp"

#include "data/books.hpp"
#include "geo/geodesic.hpp"
#include "server/rally/rally.hpp"
#include "server/time.hpp"

namespace keyaki::test {

namespace {

constexpr geo::LonLat street_begins{139.5194, 35.7747};

geo::Feature spot(const std::string &id) {
    geo::Feature feature{id, geo::Geometry::point(place_of_spot("spots/" + id)), {}};
    feature.properties.set("name", "スポット" + id);
    feature.properties.set("earthquake", id != "e");
    return feature;
}

} // namespace

geo::LonLat place_of_spot(const std::string &name) {
    const geo::LocalPlane plane(street_begins);
    return plane.to_lon_lat({300.0 * (name.back() - 'a'), 0});
}

SmallCity::SmallCity() : now_us(*server::parse_rfc3339_us("2026-11-23T10:00:00+09:00")) {
    store = data::open_store({.file = folder / "city.sqlite", .create = true});
    std::vector<geo::Feature> spots;
    for (const char *id : {"a", "b", "c", "d", "e"}) {
        spots.push_back(spot(id));
    }
    add_layer("spots", data::Visibility::everyone, spots);
    add_layer("treasures", data::Visibility::staff, spots);
    std::vector<geo::LonLat> line;
    for (const char *id : {"a", "b", "c", "d", "e"}) {
        line.push_back(place_of_spot(id));
    }
    add_layer("courses", data::Visibility::everyone, {{"street", geo::Geometry::line_string(line), {}}});
    put(nlohmann::json::object());
    restart();
}

void SmallCity::add_layer(const std::string &id, data::Visibility visibility, const std::vector<geo::Feature> &features) {
    data::LayerSpec spec;
    spec.id = id;
    spec.visibility = visibility;
    store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "hanako", now_us); });
    publish(id, features);
}

void SmallCity::publish(const std::string &layer, const std::vector<geo::Feature> &features) {
    const auto writer = store->write_draft(layer, data::Store::DraftMode::merge, "hanako");
    for (geo::Feature feature : features) {
        writer->put(std::move(feature));
    }
    writer->commit();
    store->write([&](data::WriteTransaction &books) { (void)books.publish(layer, "hanako", "", true, now_us); });
}

void SmallCity::restart() {
    flow.reset();
    snapshots = std::make_unique<server::Snapshots>(*store);
    rallies = std::make_unique<server::Rallies>(*store);
    recent = std::make_unique<server::RecentAttempts>(*store, now_us);
    flow = std::make_unique<server::CheckInFlow>(*store, *snapshots, *rallies, *recent);
}

void SmallCity::close() {
    flow.reset();
    recent.reset();
    rallies.reset();
    snapshots.reset();
    store.reset();
}

void SmallCity::open() {
    store = data::open_store({.file = folder / "city.sqlite"});
    restart();
}

void SmallCity::put(const nlohmann::json &changes) {
    nlohmann::json rally{{"id", "r"},
                         {"kind", "preparedness"},
                         {"title", {{"ja", "ラリー"}}},
                         {"starts", "2026-01-01T00:00:00+09:00"},
                         {"ends", "2027-12-31T23:59:59+09:00"},
                         {"budget", 100'000},
                         {"spots", {{"layer", "spots"}, {"radius_m", 40}, {"points", 10}}}};
    rally.merge_patch(changes);
    (void)server::put_rally(*store, rally.dump(), "hanako", now_us);
    if (rallies) {
        rallies->refresh();
    }
}

nlohmann::json SmallCity::body_of(const Visit &visit) {
    std::normal_distribution<double> noise(0, 1.5);
    const geo::LocalPlane plane(place_of_spot(visit.spot));
    auto list = nlohmann::json::array();
    for (int i = 0; i < visit.fixes; ++i) {
        const geo::LonLat position = plane.to_lon_lat({2 + noise(m_random), visit.metres_north + noise(m_random)});
        const std::int64_t taken_us = now_us - std::int64_t{1'000'000} * (1 + 4 * (visit.fixes - 1 - i));
        nlohmann::json fix{{"lon", position.lon_deg},
                           {"lat", position.lat_deg},
                           {"accuracy_m", visit.accuracy_m + 0.013 * i},
                           {"taken_at", server::format_rfc3339(taken_us)}};
        if (visit.mocked) {
            fix["mocked"] = true;
        }
        list.push_back(std::move(fix));
    }
    nlohmann::json body{{"member", visit.member}, {"rally", visit.rally},  {"spot", visit.spot},        {"platform", "android"},
                        {"device", visit.device}, {"integrity", "passed"}, {"evidence", visit.evidence}};
    if (visit.fixes > 0) {
        body["fixes"] = std::move(list);
    }
    body.update(visit.more);
    return body;
}

nlohmann::json SmallCity::check_in(const Visit &visit) {
    const std::string key = visit.key.empty() ? "k" + std::to_string(++m_keys) : visit.key;
    last = flow->check_in("client", key, server::parse_check_in(body_of(visit).dump()), server::http::Language::en, now_us);
    return nlohmann::json::parse(last.body);
}

std::int64_t SmallCity::points(const std::string &member) {
    const auto account = store->find_account(server::rally::member_account(member));
    return account ? account->available() : 0;
}

std::int64_t SmallCity::pending(const std::string &member) {
    const auto account = store->find_account(server::rally::member_account(member));
    return account ? account->credits_pending : 0;
}

bool SmallCity::ledger_holds() { return store->verify_ledger().problems.empty(); }

nlohmann::json send(SmallCity &city, const std::string &key, const nlohmann::json &body) {
    city.last = city.flow->check_in("client", key, server::parse_check_in(body.dump()), server::http::Language::en, city.now_us);
    return nlohmann::json::parse(city.last.body);
}

double score_of(SmallCity &city, const nlohmann::json &answer) {
    double score = -1;
    city.store->read_books([&](data::Books &books) { score = books.history.find(answer["id"].get<std::string>()).value().score; });
    return score;
}

} // namespace keyaki::test
