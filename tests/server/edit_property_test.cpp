// Random edits of a layer by two editors at once, through drafts and published at once, against a model; and at the end the same features imported
// from scratch into another city: the same bytes of items and tiles. Over the routes, without a socket.
#include "data/sha256.hpp"
#include "server/application.hpp"
#include "server/editing/made_feature.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>

using namespace keyaki;
using namespace keyaki::server;
using nlohmann::ordered_json;

namespace {

constexpr std::string_view schema_text =
    R"({"properties":[{"name":"name","type":"text","title":{"ja":"名称","en":"Name"}},{"name":"m","computed":"length_m"},)"
    R"({"name":"n","type":"integer"},{"name":"ha","computed":"area_ha"}],"other_properties":true})";

/// A server without a socket over a database of its own with one layer.
class City {
  public:
    explicit City(bool has_schema) : m_application(settings(m_folder), open(m_folder, has_schema)), m_router(make_router(m_application)) {}

    http::Response ask(http::Method method, const std::string &target, const std::string &body = {}, const std::string &if_match = {}) {
        http::Request request = http::make_request(method, target, body);
        request.headers.add("Authorization", "Bearer secret");
        request.headers.add("Content-Type", method == http::Method::patch ? "application/merge-patch+json" : "application/geo+json");
        if (!if_match.empty()) {
            request.headers.add("If-Match", if_match);
        }
        return m_router.route(request);
    }
    http::Response get(const std::string &target) { return ask(http::Method::get, target); }
    data::Store &store() { return m_application.store(); }
    void refresh() { m_application.snapshots().refresh(); }

  private:
    static Settings settings(const test::TemporaryFolder &folder) {
        Settings settings;
        settings.database = folder / "city.sqlite";
        settings.public_url = "https://map.example.jp";
        return settings;
    }
    static std::unique_ptr<data::Store> open(const test::TemporaryFolder &folder, bool has_schema) {
        auto store = data::open_store({.file = folder / "city.sqlite", .create = true});
        data::LayerSpec spec;
        spec.id = "walks";
        spec.title_ja = spec.title_en = "Walks";
        spec.schema = has_schema ? schema_text : "";
        data::ApiKey key;
        key.id = "k1";
        key.name = "staff";
        key.scopes = {"layers:write", "layers:publish"};
        key.secret_hash = data::sha256("secret");
        store->write([&](data::WriteTransaction &books) {
            books.create_layer(spec, "test", 1);
            books.create_key(key, "test");
        });
        return store;
    }

    test::TemporaryFolder m_folder;
    Application m_application;
    http::Router m_router;
};

using State = std::map<std::string, ordered_json>; ///< features by id, each {"geometry": …, "properties": …}

class EditedCity {
  public:
    EditedCity(unsigned seed, bool has_schema) : m_random(seed), m_city(has_schema) {}

    void step() {
        const auto choice = m_random() % 10;
        if (choice == 0) {
            publish_draft();
        } else if (choice == 1) {
            m_seen[m_random() % 2].clear(); // an editor who looks at everything anew
        } else {
            edit(choice < 5, m_random() % 2);
        }
    }

    void publish_draft() {
        if (m_draft == m_published) {
            return;
        }
        m_city.store().write([](data::WriteTransaction &books) { books.publish("walks", "k1", "reviewed", true, 2); });
        m_city.refresh();
        m_published = m_draft;
    }

    /// What the layer holds, as it would be imported.
    [[nodiscard]] const State &published() const { return m_published; }
    City &city() { return m_city; }

  private:
    ordered_json random_geometry() {
        const auto place = [&](double from) { return std::round((from + static_cast<double>(m_random() % 10'000) * 1e-6) * 1e7) / 1e7; };
        const double lon = place(139.5);
        const double lat = place(35.7);
        switch (m_random() % 3) {
        case 0: return {{"type", "Point"}, {"coordinates", {lon, lat}}};
        case 1: return {{"type", "LineString"}, {"coordinates", {{lon, lat}, {place(139.51), place(35.72)}, {place(139.53), lat}}}};
        default: break;
        }
        const double east = std::round((lon + 0.003) * 1e7) / 1e7;
        const double north = std::round((lat + 0.002) * 1e7) / 1e7;
        return {{"type", "Polygon"}, {"coordinates", {{{lon, lat}, {east, lat}, {east, north}, {lon, north}, {lon, lat}}}}};
    }
    ordered_json random_properties() {
        ordered_json properties = ordered_json::object();
        if (m_random() % 4 != 0) {
            properties["name"] = fmt::format("名前 {}", m_random() % 5);
        }
        if (m_random() % 3 != 0) {
            properties["n"] = m_random() % 10;
        }
        if (m_random() % 3 == 0) {
            properties[m_random() % 2 == 0 ? "extra" : "more"] = m_random() % 2 == 0;
        }
        return properties;
    }

    /// Whether the draft changes the feature.
    [[nodiscard]] bool is_in_draft(const std::string &id) const {
        const auto was = m_published.find(id);
        const auto is = m_draft.find(id);
        return (was == m_published.end()) != (is == m_draft.end()) || (was != m_published.end() && was->second != is->second);
    }

    void edit(bool is_draft, std::size_t editor) {
        const std::string id = fmt::format("f{}", m_random() % 8);
        const std::string collection = is_draft ? "/collections/walks@draft/items" : "/collections/walks/items";
        State &state = is_draft ? m_draft : m_published;
        // What this editor saw when he last looked; he looks where he never did.
        auto &seen = m_seen[editor][(is_draft ? "d" : "p") + id];
        if (seen.etag.empty()) {
            const http::Response found = m_city.get(collection + "/" + id);
            seen = {std::string(found.headers.find("ETag").value_or("none")), state.contains(id) ? state.at(id) : ordered_json()};
        }
        const bool was_there = state.contains(id);
        const bool has_seen = was_there && state.at(id) == seen.content;
        ordered_json next = was_there ? state.at(id) : ordered_json();
        http::Response answer;
        const auto kind = m_random() % 4;
        const bool is_conditional = m_random() % 2 == 0;
        const std::string tag = !is_conditional ? "" : seen.etag == "none" ? "\"none\"" : seen.etag;
        if (!was_there && !is_conditional) {
            next = {{"type", "Feature"}, {"id", id}, {"geometry", random_geometry()}, {"properties", random_properties()}};
            answer = m_city.ask(http::Method::post, collection, next.dump());
        } else if (kind == 0) {
            next = nullptr;
            answer = m_city.ask(http::Method::delete_, collection + "/" + id, "", tag);
        } else if (kind == 1) {
            const ordered_json patch{{"properties", {{"n", m_random() % 10}, {"extra", nullptr}}}};
            if (was_there) {
                next["properties"].merge_patch(patch["properties"]);
            }
            answer = m_city.ask(http::Method::patch, collection + "/" + id, patch.dump(), tag);
        } else {
            next = {{"type", "Feature"}, {"id", id}, {"geometry", random_geometry()}, {"properties", random_properties()}};
            answer = m_city.ask(http::Method::put, collection + "/" + id, next.dump(), tag);
        }
        check(answer, is_draft, was_there, is_conditional, has_seen, id, state, next);
        seen = {};
        const http::Response now = m_city.get(collection + "/" + id);
        if (m_random() % 2 == 0) {
            seen = {std::string(now.headers.find("ETag").value_or("none")), state.contains(id) ? state.at(id) : ordered_json()};
        }
        CHECK(now.status == (state.contains(id) ? 200 : 404));
    }

    void check(const http::Response &answer, bool is_draft, bool was_there, bool is_conditional, bool has_seen, const std::string &id, State &state,
               const ordered_json &next) {
        const bool changes = (next.is_null() ? was_there : !was_there || state.at(id) != next);
        INFO("answer " << answer.status << ": " << answer.text());
        if (is_conditional && !has_seen) {
            REQUIRE(answer.status == 412); // somebody else was there first, or it is not there: nothing is overwritten
            return;
        }
        if (!is_draft && changes && is_in_draft(id)) {
            REQUIRE(answer.status == 409);
            return;
        }
        REQUIRE((answer.status >= 200 && answer.status < 300));
        for (State *one : {&state, is_draft ? nullptr : &m_draft}) {
            if (one == nullptr || (one == &m_draft && !is_draft && !changes)) {
                continue;
            }
            if (next.is_null()) {
                one->erase(id);
            } else {
                (*one)[id] = next;
            }
        }
    }

    struct Seen {
        std::string etag;
        ordered_json content;
    };
    std::mt19937 m_random;
    City m_city;
    State m_published;
    State m_draft;
    std::map<std::string, Seen> m_seen[2];
};

void import_from_scratch(City &city, const State &features) {
    data::LayerSpec spec;
    spec.id = "walks";
    const auto writer = city.store().write_draft("walks", data::Store::DraftMode::replace, "k1");
    for (const auto &[id, json] : features) {
        auto made =
            editing::make_feature(editing::LayerRules(spec), {}, editing::parse_feature_body(json.dump(), editing::BodyKind::feature), id, nullptr);
        writer->put(std::move(made.feature));
    }
    static_cast<void>(writer->commit());
    city.store().write([](data::WriteTransaction &books) { books.publish("walks", "k1", "from scratch", true, 2); });
    city.refresh();
}

} // namespace

TEST_CASE(
    "a layer that was edited and published has the bytes of one that was imported from scratch, and no editor overwrites what he has not seen") {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        const bool has_schema = seed % 2 == 0;
        EditedCity edited(seed, has_schema);
        for (int step = 0; step < 60; ++step) {
            INFO("seed " << seed << ", step " << step);
            edited.step();
        }
        INFO("seed " << seed);
        edited.publish_draft();
        if (edited.published().empty()) {
            continue;
        }
        City scratch(has_schema);
        import_from_scratch(scratch, edited.published());
        for (const char *target : {"/collections/walks/items?limit=1000", "/tiles/walks/0/0/0.mvt", "/tiles/walks/8/227/100.mvt",
                                   "/tiles/walks/12/3635/1613.mvt", "/tiles/walks/14/14541/6453.mvt", "/tiles/walks/14/14542/6452.mvt"}) {
            CAPTURE(target);
            CHECK(edited.city().get(target).text() == scratch.get(target).text());
        }
        CHECK(edited.city().store().check().empty());
    }
}
