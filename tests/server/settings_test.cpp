#include "server/settings.hpp"

#include "geo/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

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

TEST_CASE("settings that cannot be meant are refused") {
    for (const auto &[member, value] : {std::pair{&GivenSettings::listen, "localhost:x"},
                                        {&GivenSettings::listen, ":8080"},
                                        {&GivenSettings::listen, "127.0.0.1:70000"},
                                        {&GivenSettings::public_url, "map.example.jp"},
                                        {&GivenSettings::public_url, "https://a\"b"},
                                        {&GivenSettings::log_level, "loud"}}) {
        GivenSettings given;
        given.*member = value;
        CAPTURE(value);
        CHECK(!refusal(given).empty());
    }
}
