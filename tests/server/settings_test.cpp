#include "server/settings.hpp"

#include "geo/error.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>

using namespace keyaki;
using server::GivenSettings;
using server::load_settings;

namespace {

/// A variable of the environment for the length of a test.
struct Variable {
    const char *name;
    Variable(const char *variable, const char *value) : name(variable) { setenv(variable, value, 1); }
    ~Variable() { unsetenv(name); }
    Variable(const Variable &) = delete;
    Variable &operator=(const Variable &) = delete;
};

std::string refusal(const GivenSettings &given) {
    try {
        static_cast<void>(load_settings(given));
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("the command line is taken over the environment, and that over the file") {
    const test::TemporaryFolder folder;
    GivenSettings given;
    given.config =
        folder.write("keyaki.toml", "database = \"file.sqlite\"\nlisten = \"[::1]:9000\"\npublic_url = \"https://map.example.jp/\"\n").string();
    CHECK(load_settings(given).database == "file.sqlite");
    CHECK(load_settings(given).listen_address == "[::1]");
    CHECK(load_settings(given).listen_port == 9000);
    CHECK(load_settings(given).public_url == "https://map.example.jp");
    const Variable variable("KEYAKI_DATABASE", "environment.sqlite");
    CHECK(load_settings(given).database == "environment.sqlite");
    given.database = "line.sqlite";
    CHECK(load_settings(given).database == "line.sqlite");
}

TEST_CASE("an unknown setting is refused with its line and the one that was probably meant") {
    const test::TemporaryFolder folder;
    GivenSettings given;
    given.config = folder.write("keyaki.toml", "\ndatabse = \"a\"\n").string();
    CHECK(refusal(given) == given.config + ", line 2: there is no setting \"databse\"; did you mean \"database\"?");
}

TEST_CASE("layers for a disaster are ids parted by commas, or none") {
    GivenSettings given;
    CHECK(load_settings(given).disaster_layers == std::vector<std::string>{"shelters", "hazard_zones"});
    given.disaster_layers = "wells, first_aid,shelters";
    CHECK(load_settings(given).disaster_layers == std::vector<std::string>{"wells", "first_aid", "shelters"});
    given.disaster_layers = "none";
    CHECK(load_settings(given).disaster_layers.empty());
    for (const char *wrong : {"Wells", "wells,", ",", "wells shelters", " "}) {
        given.disaster_layers = wrong;
        CHECK(refusal(given) == std::string("disaster_layers must be ids of layers parted by commas, or \"none\", found \"") + wrong + "\"");
    }
}

TEST_CASE("the example file explains every setting once, and all of it taken together is what is taken without a file") {
    const test::TemporaryFolder folder;
    std::ifstream file(test::project_file("server/operations/keyaki.toml"));
    std::string uncommented;
    std::vector<std::string> explained;
    bool has_words_above = false;
    for (std::string line; std::getline(file, line);) {
        const std::size_t equals = line.find(" = ");
        const std::string key = line.rfind("# ", 0) == 0 && equals != std::string::npos ? line.substr(2, equals - 2) : "";
        const auto names = server::setting_names();
        if (std::find(names.begin(), names.end(), key) == names.end()) {
            has_words_above = line.rfind("# ", 0) == 0;
            continue;
        }
        CAPTURE(line);
        CHECK(has_words_above);
        explained.push_back(key);
        uncommented += line.substr(2) + "\n";
    }
    const auto names = server::setting_names();
    CHECK(explained == std::vector<std::string>(names.begin(), names.end()));
    GivenSettings given;
    given.config = folder.write("keyaki.toml", uncommented).string();
    CHECK(load_settings(given) == server::Settings());
    given.config = test::project_file("server/operations/keyaki.toml").string(); // as it stands: only comments
    CHECK(load_settings(given) == server::Settings());
}

TEST_CASE("numbers and yes or no are taken from the file without quotes, and from the environment and the command line as text") {
    const test::TemporaryFolder folder;
    GivenSettings given;
    given.config =
        folder.write("keyaki.toml", "access_log = false\ntile_cache_mib = 64\npool_threads = 8\nconnections = 100\nlog_format = \"json\"\n").string();
    const server::Settings settings = load_settings(given);
    CHECK_FALSE(settings.access_log);
    CHECK(settings.tile_cache_mib == 64);
    CHECK(settings.pool_threads == 8);
    CHECK(settings.connections == 100);
    CHECK(settings.log_format == "json");
    const Variable variable("KEYAKI_POOL_THREADS", "16");
    CHECK(load_settings(given).pool_threads == 16);
    given.pool_threads = "2";
    CHECK(load_settings(given).pool_threads == 2);
    given.config = folder.write("wrong.toml", "\npool_threads = \"8\"\n").string();
    CHECK(refusal(given) == given.config + ", line 2: pool_threads must be a whole number without quotes");
    given.config = folder.write("wrong.toml", "access_log = 1\n").string();
    CHECK(refusal(given) == given.config + ", line 1: access_log must be true or false without quotes");
    given.config = folder.write("wrong.toml", "tile_cache_mb = 1\n").string();
    CHECK(refusal(given) == given.config + ", line 1: there is no setting \"tile_cache_mb\"; did you mean \"tile_cache_mib\"?");
}

TEST_CASE("whose tokens are taken and which proxy is believed come from the file, the environment and nowhere else") {
    const test::TemporaryFolder folder;
    GivenSettings given;
    given.config =
        folder
            .write("keyaki.toml", "oidc_issuer = \"https://sso.example.jp\"\noidc_audience = \"keyaki\"\noidc_jwks = \"/etc/keyaki/jwks.json\"\n"
                                  "oidc_scope_map = \"gis = layers:write\"\noidc_clock_skew_s = 5\ntrusted_proxies = \"none\"\n")
            .string();
    const server::access::Options options = load_settings(given).access;
    CHECK(options.issuer.issuer == "https://sso.example.jp");
    CHECK(options.issuer.keys_at == "/etc/keyaki/jwks.json");
    CHECK(options.issuer.scope_map.size() == 1);
    CHECK(options.issuer.clock_skew_s == 5);
    CHECK(options.trusted_proxies.empty());
    const Variable variable("KEYAKI_OIDC_AUDIENCE", "desk,keyaki");
    CHECK(load_settings(given).access.issuer.audiences.size() == 2);
    given.oidc_clock_skew_s = "301";
    CHECK(refusal(given).find("oidc_clock_skew_s") == 0);
}

TEST_CASE("settings that cannot be meant are refused") {
    for (const auto &[member, value] : {std::pair{&GivenSettings::listen, "localhost:x"},
                                        {&GivenSettings::listen, ":8080"},
                                        {&GivenSettings::listen, "127.0.0.1:70000"},
                                        {&GivenSettings::public_url, "map.example.jp"},
                                        {&GivenSettings::public_url, "https://a\"b"},
                                        {&GivenSettings::log_level, "loud"},
                                        {&GivenSettings::log_format, "xml"},
                                        {&GivenSettings::access_log, "yes"},
                                        {&GivenSettings::tile_cache_mib, "-1"},
                                        {&GivenSettings::tile_cache_mib, "256MB"},
                                        {&GivenSettings::tile_cache_mib, "65537"},
                                        {&GivenSettings::pool_threads, "1"},
                                        {&GivenSettings::pool_threads, "257"},
                                        {&GivenSettings::connections, "0"},
                                        {&GivenSettings::connections, "99999999999999999999"}}) {
        GivenSettings given;
        given.*member = value;
        CAPTURE(value);
        CHECK(!refusal(given).empty());
    }
}

TEST_CASE("archives are tables of the file, each with an id of its own and a file that is an archive's") {
    const test::TemporaryFolder folder;
    GivenSettings given;
    const auto with = [&](const std::string &text) {
        given.config = folder.write("keyaki.toml", text).string();
        return given;
    };
    const auto archives =
        load_settings(with("[[archives]]\nid = \"base\"\nfile = \"/srv/base.pmtiles\"\ntitle_ja = \"地図\"\n[[archives]]\nid = \"old\"\n"
                           "file = \"old.mbtiles\"\nattribution = \"© OSM\"\n"))
            .archives;
    REQUIRE(archives.size() == 2);
    CHECK(archives[0] == server::ArchiveSettings{"base", "/srv/base.pmtiles", "地図", "", ""});
    CHECK(archives[1].attribution == "© OSM");
    const std::string base = "[[archives]]\nid = \"base\"\nfile = \"a.pmtiles\"\n";
    CHECK(refusal(with(base + base)) == given.config + ", line 4: there are two archives with the id \"base\"");
    CHECK(refusal(with("[[archives]]\nfile = \"a.pmtiles\"\n")).find("an archive needs an id of a-z") != std::string::npos);
    CHECK(refusal(with("[[archives]]\nid = \"city\"\nfile = \"a.pmtiles\"\n")).find("is not \"city\"") != std::string::npos);
    CHECK(refusal(with("[[archives]]\nid = \"base\"\nfile = \"a.zip\"\n")).find("ends in .pmtiles or .mbtiles, found \"a.zip\"") !=
          std::string::npos);
    CHECK(refusal(with(base + "titel_ja = \"x\"\n")) ==
          given.config + ", line 4: there is no setting \"titel_ja\" of an archive; did you mean \"title_ja\"?");
    CHECK(refusal(with(base + "title_ja = 7\n")) == given.config + ", line 4: title_ja must be text in quotes");
    CHECK(refusal(with("archives = \"a.pmtiles\"\n")).find("each under a line [[archives]]") != std::string::npos);
    CHECK(refusal(with("archive = \"a\"\n")).find("did you mean \"archives\"?") != std::string::npos);
}
