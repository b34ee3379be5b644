// Packs made by the command that the city has, and served by the program: whole, the same each time, signed, and found out when they were changed.
#include "tests/flows/sample_city.hpp"

#include "tests/support/comes_true.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/small_disk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>
#include <map>
#include <set>

using namespace keyaki;
using Catch::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A city with a key, and a small base map of its streets.
struct PackCity : test::SampleCity {
    fs::path key_file = folder / "pack.key";
    fs::path pub;
    fs::path base = folder / "base.pmtiles";

    PackCity() {
        const test::CommandResult made = test::run_keyaki({"pack", "key", "create", key_file.string()});
        REQUIRE(made.status == 0);
        pub = folder.write("pack.pub", made.out);
        const auto extract = folder.write("base.opl", "n1 x139.515 y35.785\nn2 x139.53 y35.786\nw1 Thighway=primary,name=見本通り Nn1,n2\n");
        REQUIRE(test::run_keyaki({"tiles", "build", base.string(), "--from", extract.string()}).status == 0);
    }

    [[nodiscard]] std::vector<std::string> words(const fs::path &out, std::vector<std::string> more = {}) const {
        std::vector<std::string> all{"pack", "build", out.string(), "--database", database.string(), "--key", key_file.string(), "--json"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    json build(const std::string &name, const std::vector<std::string> &more = {}) const {
        const test::CommandResult run = test::run_keyaki(words(folder / name, more));
        UNSCOPED_INFO(run.error);
        REQUIRE(run.status == 0);
        return json::parse(run.out);
    }
    [[nodiscard]] test::CommandResult verify(const fs::path &pack) const {
        return test::run_keyaki({"pack", "verify", pack.string(), "--key", pub.string()});
    }
};

/// The same, and what a server that makes packs is told.
struct ServedCity : PackCity {
    [[nodiscard]] std::vector<std::string> serve_words() const {
        const auto config = folder.write("keyaki.toml", "pack_folder = \"" + (folder / "packs").string() + "\"\npack_key = \"" + key_file.string() +
                                                            "\"\n[[archives]]\nid = \"base\"\nfile = \"" + base.string() + "\"\n");
        return {"--config", config.string(), "--log-level", "warn"};
    }
    /// Waits until there is one.
    [[nodiscard]] std::string newest_version(test::HttpClient &client) const {
        REQUIRE(test::comes_true([&] { return client.get("/packs/city/manifest.json").status == 200; }));
        return json::parse(client.get("/packs?f=json").body)["packs"][0]["version"];
    }
};

/// Every file of a folder with its bytes.
std::map<std::string, std::string> content_of(const fs::path &folder) {
    std::map<std::string, std::string> files;
    for (const auto &entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            files[entry.path().lexically_relative(folder).generic_string()] = test::bytes_of(entry.path());
        }
    }
    return files;
}

/// One bit of a byte in the middle of a file becomes another one.
void change_a_byte(const fs::path &file) {
    std::string bytes = test::bytes_of(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary) << bytes;
}

void publish_a_new_name(const PackCity &city, const std::string &name) {
    std::ifstream file(test::project_file("data/samples/kiyose/shelters.geojson"));
    auto shelters = json::parse(file);
    shelters["features"][0]["properties"]["name"] = name;
    const auto edited = city.folder.write("shelters.geojson", shelters.dump());
    REQUIRE(test::run_keyaki({"import", "layer", "shelters", edited.string(), "--publish", "--database", city.database.string()}).status == 0);
}

} // namespace

TEST_CASE("two packs of the same state have the same bytes, with any number of threads, and minisign verifies them") {
    const PackCity city;
    const json one = city.build("one", {"--base", city.base.string(), "--threads", "1"});
    const json two = city.build("two", {"--base", city.base.string(), "--threads", "3"});
    CHECK(one["version"] == two["version"]);
    CHECK(content_of(city.folder / "one") == content_of(city.folder / "two"));
    const test::CommandResult verified = test::run({"minisign", "-V", "-m", (city.folder / "one/manifest.json").string(), "-p", city.pub.string()});
    CHECK(verified.status == 0);
    CHECK_THAT(verified.out, Contains("Signature and comment signature verified"));
    CHECK(city.verify(city.folder / "one").status == 0);

    for (const char *map : {"map.pmtiles", "map.mbtiles"}) {
        const test::CommandResult checked = test::run_keyaki({"tiles", "verify", (city.folder / "one" / map).string(), "--json"});
        INFO(checked.error);
        CHECK(checked.status == 0);
        CHECK(json::parse(checked.out)["total"]["violations"] == 0);
        CHECK(json::parse(checked.out)["total"]["tiles"] == one["tiles"]);
    }
    const json shelters = json::parse(test::bytes_of(city.folder / "one/shelters.geojson"));
    CHECK(shelters["features"].size() == one["shelters"]);
    const json style = json::parse(test::bytes_of(city.folder / "one/styles/disaster.json"));
    CHECK(style["sources"]["city"]["url"] == "pmtiles://map.pmtiles");
    CHECK_THAT(style["sources"]["city"]["attribution"].get<std::string>(), Contains("OpenStreetMap"));
    CHECK_THAT(style["layers"].dump(), Contains("\"streets\""));
    CHECK(fs::exists(city.folder / "one/glyphs/Noto Sans CJK JP Bold/0-255.pbf"));
    CHECK_FALSE(fs::exists(city.folder / "one/glyphs/Noto Sans CJK JP Bold/44032-44287.pbf")); // no Hangul in Kiyose's names
}

TEST_CASE("a changed byte, a missing file and a strange one are each named in one sentence") {
    const PackCity city;
    city.build("pack");
    const fs::path pack = city.folder / "pack";
    const auto untouched = content_of(pack);
    for (const std::string name : {"map.pmtiles", "shelters.geojson", "index.html", "viewer/data.js"}) {
        change_a_byte(pack / name);
        const test::CommandResult run = city.verify(pack);
        CHECK(run.status == 74);
        CHECK_THAT(run.error, Contains("is not the pack that was signed: " + name + ": was changed"));
        CHECK(std::count(run.error.begin(), run.error.end(), '\n') == 1);
        std::ofstream(pack / name, std::ios::binary) << untouched.at(name);
    }
    for (const std::string name : {"manifest.json", "manifest.json.minisig"}) {
        change_a_byte(pack / name);
        CHECK(city.verify(pack).status == 65);
        std::ofstream(pack / name, std::ios::binary) << untouched.at(name);
    }
    CHECK(city.verify(pack).status == 0);
    fs::rename(pack / "viewer/viewer.css", pack / "viewer/other.css");
    const test::CommandResult moved = city.verify(pack);
    CHECK_THAT(moved.out, Contains("viewer/viewer.css: is missing") && Contains("viewer/other.css: is no file of the pack"));
    CHECK_THAT(moved.error, Contains("and 1 more"));

    const test::CommandResult other = test::run_keyaki({"pack", "key", "create", (city.folder / "other.key").string()});
    const auto stranger = city.folder.write("other.pub", other.out);
    CHECK_THAT(test::run_keyaki({"pack", "verify", pack.string(), "--key", stranger.string()}).error, Contains("expected a signature by the key"));
}

TEST_CASE("packs that cannot be made are refused in one sentence and leave nothing") {
    const PackCity city;
    const fs::path out = city.folder / "pack";
    const auto refused = [&](const std::vector<std::string> &words, const std::string &sentence) {
        const test::CommandResult run = test::run_keyaki(words);
        INFO(run.error);
        CHECK(run.status != 0);
        CHECK_THAT(run.error, Contains(sentence));
        CHECK_FALSE(fs::exists(out));
        CHECK_FALSE(fs::exists(out.string() + ".unfinished"));
    };
    refused(city.words(out, {"--layers", "nothing"}), "expected published layers");
    refused(city.words(out, {"--layers", "shelters@1"}), "a pack is of what is published");
    refused(city.words(out, {"--bbox", "120,20,150,50"}), "more than 250000");
    refused(city.words(out, {"--base", (city.folder / "none.pmtiles").string()}), "none.pmtiles");
    refused({"pack", "build", out.string(), "--database", city.database.string()}, "expected --key FILE");
    fs::permissions(city.key_file, fs::perms::others_read, fs::perm_options::add);
    refused(city.words(out), "may be used by others");
}

TEST_CASE("a pack whose making is killed, or whose disk is full, is there whole or not at all, and the next one is") {
    const PackCity city;
    const fs::path out = city.folder / "pack";
    int killed = 0;
    for (const int milliseconds : {20, 60, 120, 200}) {
        const test::Pipe pipe;
        std::vector<std::string> words = city.words(out);
        words.insert(words.begin(), KEYAKI_PROGRAM);
        const pid_t process = test::start_process(words, pipe.write_end, pipe.write_end);
        const auto begun = std::chrono::steady_clock::now();
        CHECK(test::comes_true([&] { return std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(milliseconds); }));
        ::kill(process, SIGKILL);
        if (test::wait_for_process(process) == 128 + SIGKILL) {
            ++killed;
            CHECK((!fs::exists(out) || city.verify(out).status == 0)); // it may have been about to end
        }
        fs::remove_all(out);
    }
    CHECK(killed > 0);
    city.build("pack");
    CHECK(city.verify(out).status == 0);
    CHECK_FALSE(fs::exists(out.string() + ".unfinished"));

    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(3'000'000);
    const test::CommandResult full = test::run_keyaki(city.words(disk.path() / "pack"));
    CHECK(full.status == 75);
    CHECK_THAT(full.error, Contains("No space left on device"));
    CHECK(fs::is_empty(disk.path()));
}

TEST_CASE("a delta holds what differs, makes the new pack byte for byte, and begins with no other pack") {
    const PackCity city;
    city.build("old", {"--base", city.base.string()});
    publish_a_new_name(city, "新しい名前の小学校");
    const json made = city.build("new", {"--base", city.base.string()});
    const fs::path delta = city.folder / "april.delta";
    const auto path = [&](const char *name) { return (city.folder / name).string(); };
    const test::CommandResult told = test::run_keyaki({"pack", "delta", path("old"), path("new"), delta.string(), "--json"});
    INFO(told.error);
    REQUIRE(told.status == 0);
    CHECK(json::parse(told.out)["new"] == made["version"]);
    CHECK(json::parse(told.out)["same"] > 100); // glyphs, sprites, the viewer
    CHECK(fs::file_size(delta) < 150'000);      // of 16 million; two thirds are the list of the files
    CHECK(fs::file_size(delta) < made["bytes"].get<std::uint64_t>() / 50);

    const test::CommandResult applied = test::run_keyaki({"pack", "apply", path("old"), delta.string(), path("made"), "--key", city.pub.string()});
    INFO(applied.error);
    REQUIRE(applied.status == 0);
    CHECK(content_of(city.folder / "made") == content_of(city.folder / "new"));

    const test::CommandResult wrong = test::run_keyaki({"pack", "apply", path("new"), delta.string(), path("wrong")});
    CHECK(wrong.status == 64);
    CHECK_THAT(wrong.error, Contains("name the pack that it was made of"));
    CHECK_FALSE(fs::exists(city.folder / "wrong"));
    fs::copy(city.folder / "old", city.folder / "damaged", fs::copy_options::recursive);
    change_a_byte(city.folder / "damaged" / "shelters.geojson");
    CHECK_THAT(test::run_keyaki({"pack", "apply", path("damaged"), delta.string(), path("wrong")}).error, Contains("shelters.geojson was changed"));
    const std::string whole = test::bytes_of(delta);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 1}) {
        const auto cut = city.folder.write("cut.delta", whole.substr(0, bytes));
        CHECK(test::run_keyaki({"pack", "apply", path("old"), cut.string(), path("wrong")}).status == 65);
    }
    const test::CommandResult other = test::run_keyaki({"pack", "key", "create", (city.folder / "other.key").string()});
    const auto stranger = city.folder.write("other.pub", other.out);
    const test::CommandResult refused = test::run_keyaki({"pack", "apply", path("old"), delta.string(), path("wrong"), "--key", stranger.string()});
    CHECK_THAT(refused.error, Contains("expected a signature by the key"));
    CHECK_FALSE(fs::exists(city.folder / "wrong"));
}

TEST_CASE("a server makes the pack that the command makes, and sends its archives whole and in part") {
    const ServedCity city;
    test::LiveServer server(city.database, city.serve_words());
    test::HttpClient client(server.address());
    const std::string version = city.newest_version(client);
    CHECK(city.build("pack", {"--base", city.base.string()})["version"] == version);
    CHECK(client.get("/packs/keyaki.pub").body == test::bytes_of(city.pub));
    const auto files = content_of(city.folder / "pack");
    CHECK(client.get("/packs/city/manifest.json").body == files.at("manifest.json"));
    CHECK(client.get("/packs/city/manifest.json.minisig").body == files.at("manifest.json.minisig"));

    const auto map = client.get("/packs/city.pmtiles");
    CHECK(map.status == 200);
    CHECK(map.body == files.at("map.pmtiles"));
    CHECK(map.header("content-length") == std::to_string(map.body.size()));
    CHECK(map.header("content-type") == "application/vnd.pmtiles");
    CHECK(client.get("/packs/city.mbtiles").body == files.at("map.mbtiles"));
    CHECK(client.head("/packs/city.pmtiles").header("content-length") == std::to_string(map.body.size()));
    const std::string tag(map.header("etag"));
    CHECK(client.get("/packs/city.pmtiles", {"If-None-Match: " + tag}).status == 304);
    const auto part = client.get("/packs/city.pmtiles", {"Range: bytes=0-126"});
    CHECK(part.status == 206);
    CHECK(part.body == map.body.substr(0, 127));
    CHECK(part.header("content-range") == "bytes 0-126/" + std::to_string(map.body.size()));
    CHECK(client.get("/packs/city.pmtiles", {"Range: bytes=-7"}).body == map.body.substr(map.body.size() - 7));
    CHECK(client.get("/packs/city.pmtiles", {"Range: bytes=5-", "If-Range: " + tag}).body == map.body.substr(5));
    CHECK(client.get("/packs/city.pmtiles", {"Range: bytes=5-", "If-Range: \"other\""}).body == map.body);
    CHECK(client.get("/packs/city.pmtiles", {"Range: bytes=99999999-"}).status == 416);
}

TEST_CASE("a server sends the files of a pack, all of it as one, and nothing that is no file of it") {
    const ServedCity city;
    test::LiveServer server(city.database, city.serve_words());
    test::HttpClient client(server.address());
    const std::string version = city.newest_version(client);
    const auto files = content_of(city.folder / "packs/city");
    CHECK(client.get("/packs/city").status == 308);
    CHECK(client.get("/packs/city/").body == files.at("index.html"));
    CHECK_THAT(std::string(client.get("/packs/city/").header("content-security-policy")), Contains("script-src 'self'"));
    CHECK(client.get("/packs/city/viewer/viewer.js").body == files.at("viewer/viewer.js"));
    for (const char *path : {"/packs/city/../city.new", "/packs/city/%2e%2e/pack.key", "/packs/city/viewer", "/packs/city/none.js",
                             "/packs/none.pmtiles", "/packs/city@000000000000/", "/packs/city%2F..%2F..%2Fpack.pmtiles"}) {
        INFO(path);
        CHECK(client.get(path).status == 404);
    }
    const auto zip = client.get("/packs/city.zip");
    const auto zip_file = city.folder.write("city.zip", zip.body);
    CHECK(zip.header("content-disposition") == "attachment; filename=\"city-" + version + ".zip\"");
    REQUIRE(test::run({"unzip", "-q", zip_file.string(), "-d", (city.folder / "unzipped").string()}).status == 0);
    CHECK(city.verify(city.folder / "unzipped/city").status == 0);
    CHECK_THAT(client.get("/packs?f=html").body, Contains("通信がないときの地図"));
}

TEST_CASE("after a publish there is a new pack, the one before goes on, and both outlive the server") {
    const ServedCity city;
    std::string version;
    std::string map;
    {
        test::LiveServer server(city.database, city.serve_words());
        test::HttpClient client(server.address());
        version = city.newest_version(client);
        map = client.get("/packs/city.pmtiles").body;
        publish_a_new_name(city, "新しい名前の小学校");
        REQUIRE(test::comes_true([&] { return city.newest_version(client) != version; }));
        CHECK_THAT(client.get("/packs/city/shelters.geojson").body, Contains("新しい名前の小学校"));
        const auto old = client.get("/packs/city@" + version + ".pmtiles"); // whoever was in the middle of it finishes
        CHECK(old.body == map);
        CHECK_THAT(std::string(old.header("cache-control")), Contains("immutable"));
        const auto metrics = test::parse_metrics(client.get("/metrics").body);
        CHECK(test::metric(metrics, "keyaki_packs_total") == 2);
        CHECK(test::metric(metrics, "keyaki_pack_failures_total") == 0);
        CHECK(server.terminate() == 0);
    }
    CHECK(fs::is_symlink(city.folder / "packs/city"));
    CHECK(city.verify(city.folder / "packs/city").status == 0);
    test::LiveServer again(city.database, city.serve_words());
    test::HttpClient client(again.address());
    CHECK_THAT(client.get("/packs/city/shelters.geojson").body, Contains("新しい名前の小学校"));
    CHECK(client.get("/packs/city@" + version + ".pmtiles").body == map);
}

TEST_CASE("a server whose packs find no room serves all else, says so, and leaves nothing half there") {
    KEYAKI_MOUNT_OR_SKIP();
    const PackCity city;
    const test::SmallDisk disk(3'000'000);
    const auto config = city.folder.write("keyaki.toml", "pack_folder = \"" + (disk.path() / "packs").string() + "\"\npack_key = \"" +
                                                             city.key_file.string() + "\"\n");
    test::LiveServer server(city.database, {"--config", config.string(), "--log-level", "error"});
    test::HttpClient client(server.address());
    REQUIRE(test::comes_true([&] { return test::metric(test::parse_metrics(client.get("/metrics").body), "keyaki_pack_failures_total") > 0; }));
    CHECK(test::metric(test::parse_metrics(client.get("/metrics").body), "keyaki_pack_behind") == 1);
    CHECK(json::parse(client.get("/packs?f=json").body)["packs"].empty());
    CHECK(client.get("/packs/city/").status == 404);
    CHECK(client.get("/readyz").status == 200);
    CHECK(fs::is_empty(disk.path() / "packs"));
}

TEST_CASE("a server finds the packs that are whole, and removes what a killed one left") {
    const ServedCity city;
    const fs::path shelf = city.folder / "packs";
    fs::create_directories(shelf / "city-0123456789ab/viewer");
    city.folder.write("packs/city-0123456789ab/viewer/data.js", "half");
    city.folder.write("packs/city-ffffffffffff.zip", "no folder");
    city.folder.write("packs/city-ffffffffffff.zip.partial-1", "half");
    city.folder.write("packs/city-notes.txt", "the operator's own");
    fs::create_directories(shelf / "city.new.unfinished");
    test::LiveServer server(city.database, city.serve_words());
    test::HttpClient client(server.address());
    const std::string version = city.newest_version(client);
    std::set<std::string> names;
    for (const auto &entry : fs::directory_iterator(shelf)) {
        names.insert(entry.path().filename().string());
    }
    CHECK(names == std::set<std::string>{"city", "city-" + version, "city-" + version + ".zip", "city-notes.txt"});
}

TEST_CASE("a server without packs says so, and one without their key does not start") {
    const PackCity city;
    test::LiveServer server(city.database);
    test::HttpClient client(server.address());
    CHECK(json::parse(client.get("/packs?f=json").body)["packs"].empty());
    CHECK(client.get("/packs/city.pmtiles").status == 404);
    const auto config = city.folder.write("keyaki.toml", "pack_folder = \"" + (city.folder / "packs").string() + "\"\n");
    const test::CommandResult without = test::run_keyaki({"serve", "--database", city.database.string(), "--config", config.string()});
    CHECK(without.status == 65);
    CHECK_THAT(without.error, Contains("pack_folder needs pack_key"));
}

TEST_CASE("no pack without streets takes the place of one with them: while the base map cannot be read, packs wait") {
    const PackCity city;
    const auto config =
        city.folder.write("keyaki.toml", "pack_folder = \"" + (city.folder / "packs").string() + "\"\npack_key = \"" + city.key_file.string() +
                                             "\"\n[[archives]]\nid = \"base\"\nfile = \"" + (city.folder / "absent.pmtiles").string() + "\"\n");
    fs::create_directory(city.folder / "packs");
    test::LiveServer server(city.database, {"--config", config.string(), "--log-level", "error"});
    test::HttpClient client(server.address());
    REQUIRE(test::comes_true([&] { return test::metric(test::parse_metrics(client.get("/metrics").body), "keyaki_pack_failures_total") > 0; }));
    CHECK(test::metric(test::parse_metrics(client.get("/metrics").body), "keyaki_pack_behind") == 1);
    CHECK(client.get("/packs/city/").status == 404);
}

TEST_CASE("what operators are told to do with Debian's programs finds a changed file") {
    const PackCity city;
    const auto folder = city.folder / "stick";
    (void)city.build("stick");
    const std::string recipe = "jq -r '.files[] | .sha256 + \"  \" + .path' manifest.json | sha256sum -c --quiet";
    CHECK_THAT(test::bytes_of(folder / "README.txt"), Contains(recipe));
    CHECK_THAT(test::bytes_of(test::project_file("server/operations/README.md")), Contains(recipe));
    const auto follow = [&] { return test::run({"sh", "-c", "cd \"$1\" && " + recipe, "sh", folder.string()}).status; };
    CHECK(follow() == 0);
    std::ofstream(folder / "viewer/data.js", std::ios::app) << " ";
    CHECK(follow() != 0);
}
