#include "tests/conformance/conformance.hpp"

#include <memory>

namespace keyaki::test::conformance {

namespace {

/// Events of a week in April, so that datetime has something to choose from; one has no day.
constexpr std::string_view events = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":"opening","geometry":{"type":"Point","coordinates":[139.52,35.77]},"properties":{"name":"開会式","day":"2026-04-01"}},
{"type":"Feature","id":"market","geometry":{"type":"Point","coordinates":[139.53,35.78]},"properties":{"name":"朝市","day":"2026-04-03"}},
{"type":"Feature","id":"walk","geometry":{"type":"LineString","coordinates":[[139.52,35.77],[139.53,35.79]]},"properties":{"name":"ウォーク","day":"2026-04-05"}},
{"type":"Feature","id":"always","geometry":{"type":"Point","coordinates":[139.54,35.79]},"properties":{"name":"常設","day":null}}]})";

} // namespace

Served::Served() {
    const auto file = city.folder.write("events.geojson", events);
    const CommandResult imported = run_keyaki({"import", "layer", "events", file.string(), "--publish", "--database", city.database.string()});
    if (imported.status != 0) {
        throw std::runtime_error("the import of the events: " + imported.error);
    }
    server = std::make_unique<LiveServer>(city.database);
}

Served &served() {
    static Served once;
    return once;
}

std::string path_of(const std::string &address) {
    const std::string &base = served().server->address();
    INFO(address);
    REQUIRE(address.rfind(base, 0) == 0);
    return address.substr(base.size());
}

HttpAnswer get(const std::string &path, const HttpClient::Headers &headers) {
    static HttpClient client(served().server->address());
    return client.get(path, headers);
}

Json get_json(const std::string &path, const HttpClient::Headers &headers) {
    const HttpAnswer answer = get(path, headers);
    INFO(path << ": " << answer.status << " " << answer.body.substr(0, 300));
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
}

Json member_of(const std::string &path, const char *name) { return get_json(path).at(name); }

Json link_of(const Json &document, std::string_view relation, std::string_view type) {
    for (const Json &link : document.at("links")) {
        if (link.at("rel") == relation && (type.empty() || link.value("type", "") == type)) {
            return link;
        }
    }
    return nullptr;
}

std::vector<std::string> layers() {
    std::vector<std::string> ids;
    for (const Json &collection : member_of("/collections", "collections")) {
        ids.push_back(collection["id"]);
    }
    return ids;
}

std::vector<Json> all_items(std::string path) {
    std::vector<Json> features;
    while (!path.empty()) {
        const Json page = get_json(path);
        for (const Json &feature : page["features"]) {
            features.push_back(feature);
        }
        const Json next = link_of(page, "next");
        path = next.is_null() ? std::string() : path_of(next["href"]);
    }
    return features;
}

} // namespace keyaki::test::conformance
