// What is published is told to those who listen: at once, with exactly the tiles that have changed, and to those alone who may know.
#include "geo/tile_id.hpp"
#include "tests/flows/sample_city.hpp"
#include "tests/http/raw_client.hpp"

#include "geo/tile_id.hpp"
#include "tests/support/shared_data.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace keyaki;
using namespace std::chrono_literals;
using nlohmann::json;
using test::HttpClient;

namespace {

/// A client of /events that reads the bytes as they come, by HTTP/1.0, whose answers have no chunks.
class EventStream {
  public:
    explicit EventStream(const test::LiveServer &server, const std::string &fields = "")
        : m_client(static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().rfind(':') + 1)))) {
        m_client.send("GET /events HTTP/1.0\r\nHost: 127.0.0.1\r\n" + fields + "\r\n");
        m_head = until("\r\n\r\n");
    }
    [[nodiscard]] const std::string &head() const { return m_head; }
    /// The next event that has a name; empty when none comes in time.
    std::string next() {
        for (;;) {
            std::string event = until("\n\n");
            if (event.empty() || event.find("event: ") != std::string::npos) {
                return event;
            }
        }
    }
    bool ends() { return m_client.is_closed_within(10s); }

  private:
    std::string until(const std::string &mark) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (m_buffer.find(mark) == std::string::npos) {
            m_buffer += m_client.receive_some(4096, 100ms);
            if (std::chrono::steady_clock::now() > deadline) {
                return "";
            }
        }
        std::string part = m_buffer.substr(0, m_buffer.find(mark) + mark.size());
        m_buffer.erase(0, part.size());
        return part;
    }

    test::RawClient m_client;
    std::string m_buffer;
    std::string m_head;
};

json data_of(const std::string &event) {
    const std::size_t begin = event.find("data: ");
    return begin == std::string::npos ? json() : json::parse(event.substr(begin + 6));
}

std::string id_of(const std::string &event) {
    const std::size_t begin = event.find("id: ") + 4;
    return event.substr(begin, event.find('\n', begin) - begin);
}

test::CommandResult command(const test::SampleCity &city, std::vector<std::string> words) {
    words.insert(words.end(), {"--database", city.database.string()});
    return test::run_keyaki(std::move(words));
}

/// The sample's stands with the first 300 m further east, in the draft.
void draft_stands(const test::SampleCity &city) {
    std::ifstream file(test::project_file("data/samples/kiyose/farm_stands.geojson"));
    json stands = json::parse(file);
    json &lon = stands["features"][0]["geometry"]["coordinates"][0];
    lon = lon.get<double>() + 0.003;
    REQUIRE(command(city, {"import", "layer", "farm_stands", city.folder.write("stands.geojson", stands.dump()).string()}).status == 0);
}

using Tile = std::tuple<int, int, int>;

std::set<Tile> announced(const json &event) {
    std::set<Tile> tiles;
    for (const json &zoom : event["tiles"]) {
        REQUIRE(zoom["tiles"].is_array());
        for (const json &tile : zoom["tiles"]) {
            tiles.emplace(zoom["zoom"], tile[0], tile[1]);
        }
    }
    return tiles;
}

/// Of all tiles around the city those that the server answers with other bytes at the two revisions.
std::set<Tile> differing(HttpClient &client, const std::string &layer, int before, int after) {
    std::set<Tile> tiles;
    const json about = json::parse(client.get("/tiles/" + layer + ".json").body);
    for (int zoom = about["minzoom"]; zoom <= about["maxzoom"]; ++zoom) {
        const auto first = geo::tile_at({139.48, 35.83}, static_cast<std::uint8_t>(zoom));
        const auto last = geo::tile_at({139.56, 35.75}, static_cast<std::uint8_t>(zoom));
        for (auto x = first.x; x <= last.x; ++x) {
            for (auto y = first.y; y <= last.y; ++y) {
                const std::string tile = "/" + std::to_string(zoom) + "/" + std::to_string(x) + "/" + std::to_string(y) + ".mvt";
                const auto was = client.get("/tiles/" + layer + "@" + std::to_string(before) + tile);
                const auto is = client.get("/tiles/" + layer + "@" + std::to_string(after) + tile);
                if ((was.status == 200 ? was.body : "") != (is.status == 200 ? is.body : "")) {
                    tiles.emplace(zoom, x, y);
                }
            }
        }
    }
    return tiles;
}

} // namespace

TEST_CASE("a publish is told at once with exactly the tiles whose bytes differ, also one by another program, also the way back") {
    const test::SampleCity city;
    const std::string key = json::parse(command(city, {"key", "create", "--name", "s", "--scopes", "layers:publish", "--json"}).out).at("key");
    test::LiveServer server(city.database);
    HttpClient anyone(server.address());
    HttpClient staff(server.address(), key);
    EventStream stream(server);
    CHECK(stream.head().find("text/event-stream") != std::string::npos);
    CHECK(stream.head().find("X-Accel-Buffering: no") != std::string::npos);
    const std::string state = stream.next();
    CHECK(data_of(state)["layers"]["farm_stands"] == 1);

    draft_stands(city);
    REQUIRE(staff.post("/collections/farm_stands/revisions", R"({"from":"draft","message":"a"})", {"Content-Type: application/json"}).status == 201);
    const std::string published = stream.next();
    CHECK(published.find("event: layer-published\n") == 0);
    const json event = data_of(published);
    CHECK(event["layer"] == "farm_stands");
    CHECK(event["before"] == 1);
    CHECK(event["revision"] == 2);
    const auto tiles = announced(event);
    CHECK(!tiles.empty());
    CHECK(tiles == differing(anyone, "farm_stands", 1, 2));

    REQUIRE(command(city, {"layer", "rollback", "farm_stands", "1"}).status == 0);
    const json back = data_of(stream.next());
    CHECK(back["revision"] == 3);
    CHECK(announced(back) == tiles);

    // Who lost the connection in between hears what he missed; who knows nothing hears how things are.
    EventStream returned(server, "Last-Event-ID: " + id_of(state) + "\r\n");
    CHECK(data_of(returned.next())["revision"] == 2);
    CHECK(data_of(returned.next())["revision"] == 3);
    EventStream stranger(server, "Last-Event-ID: 0000000000000000-1\r\n");
    CHECK(data_of(stranger.next())["layers"]["farm_stands"] == 3);

    CHECK(anyone.head("/events").status == 200);
    CHECK(anyone.get("/events?layer=farm_stands").status == 400);
    // Open streams do not keep a server that is to end.
    const auto begin = std::chrono::steady_clock::now();
    CHECK(server.terminate() == 0);
    CHECK(std::chrono::steady_clock::now() - begin < 15s);
    CHECK(stream.ends());
}

TEST_CASE("what is published for staff is heard with a staff key alone, and no longer than the key is valid") {
    const test::SampleCity city;
    const json made = json::parse(command(city, {"key", "create", "--name", "s", "--scopes", "layers:write", "--json"}).out);
    const auto publish = [&](const char *layer_id, const char *name) {
        const json feature{
            {"type", "Feature"}, {"id", "a"}, {"properties", {{"name", name}}}, {"geometry", {{"type", "Point"}, {"coordinates", {139.52, 35.78}}}}};
        city.folder.write("works.geojson", json{{"type", "FeatureCollection"}, {"features", {feature}}}.dump());
        std::ifstream sample_file(test::project_file("data/samples/kiyose/city.json"));
        json manifest = json::parse(sample_file);
        manifest["layers"] = {{{"id", layer_id},
                               {"title", {{"ja", "工事"}, {"en", "Works"}}},
                               {"visibility", std::string(layer_id) == "works" ? "staff" : "everyone"},
                               {"file", "works.geojson"}}};
        manifest["rallies"] = json::array();
        REQUIRE(command(city, {"import", "city", city.folder.write("works.json", manifest.dump()).string()}).status == 0);
    };
    publish("works", "one");
    test::LiveServer server(city.database);
    EventStream staff(server, "Authorization: Bearer " + made["key"].get<std::string>() + "\r\n");
    EventStream anyone(server);
    EventStream visitor(server, "Authorization: Bearer " + city.key + "\r\n");
    CHECK(data_of(staff.next())["layers"]["works"] == 1);
    CHECK(anyone.next().find("works") == std::string::npos);
    CHECK(visitor.next().find("works") == std::string::npos);
    publish("works", "two");
    CHECK(data_of(staff.next())["layer"] == "works");
    REQUIRE(command(city, {"key", "revoke", made["id"].get<std::string>()}).status == 0);
    publish("works", "three");
    publish("open", "one");
    for (EventStream *stream : {&staff, &anyone, &visitor}) {
        const json event = data_of(stream->next());
        CHECK(event["layer"] == "open");
        CHECK(event["before"] == 0);
        CHECK(event["tiles"][0]["reason"] == "new-layer");
    }
}

TEST_CASE("an archive that takes the place of another is told, with exactly the tiles that differ") {
    const test::SampleCity city;
    const auto built = [&](const std::string &name, const std::string &street) {
        const auto extract =
            city.folder.write(name + ".opl", "n1 x139.521 y35.7855\nn2 x139.524 y35.7856\nw1 Thighway=primary,name=" + street +
                                                 " Nn1,n2\nn3 x139.50 y35.77\nn4 x139.501 y35.771\nw2 Thighway=primary,name=B Nn3,n4\n");
        const auto archive = city.folder / (name + ".pmtiles");
        REQUIRE(test::run_keyaki({"tiles", "build", archive.string(), "--from", extract.string()}).status == 0);
        return archive;
    };
    const auto archive = built("base", "old");
    const auto newer = built("newer", "new");
    std::set<Tile> differing;
    {
        std::map<std::uint64_t, std::string> tiles;
        const tiles::PmtilesReader before(archive);
        before.for_each_entry([&](const tiles::PmtilesEntry &entry) { tiles[entry.id] = before.read(entry); });
        const tiles::PmtilesReader after(newer);
        after.for_each_entry([&](const tiles::PmtilesEntry &entry) {
            if (tiles[entry.id] != after.read(entry)) {
                const geo::TileId tile = *geo::tile_of_hilbert_id(entry.id);
                differing.emplace(tile.z, tile.x, tile.y);
            }
        });
    }
    REQUIRE(differing.size() > 1);
    const auto config = city.folder.write("keyaki.toml", "[[archives]]\nid = \"base\"\nfile = \"" + archive.string() + "\"\n");
    const test::LiveServer server(city.database, {"--config", config.string(), "--log-level", "warn"});
    EventStream events(server);
    CHECK(events.next().find("event: state") != std::string::npos);
    std::filesystem::rename(newer, archive);
    const std::string event = events.next();
    CHECK(event.find("event: archive-replaced") != std::string::npos);
    CHECK(data_of(event)["archive"] == "base");
    CHECK(announced(data_of(event)) == differing);
}
