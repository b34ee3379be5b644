#include "server/packs/manifest.hpp"

#include "geo/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server::packs;
using Catch::Contains;

namespace {

Manifest example() {
    Manifest manifest;
    manifest.id = "city";
    manifest.title_ja = "清瀬市";
    manifest.title_en = "Kiyose City";
    manifest.made_of_us = 1'775'955'603'000'000;
    manifest.layers = {{"shelters", "避難場所", "Shelters", 12, 1'775'955'603'000'000, 30}};
    manifest.attribution = "© OpenStreetMap contributors";
    manifest.bounds = {139.49, 35.76, 139.55, 35.81};
    manifest.zoom_max = 14;
    manifest.shelters = 30;
    manifest.files = {{"glyphs/Noto Sans/0-255.pbf", 3, std::string(64, 'a')}, {"index.html", 5, std::string(64, '0')}};
    return manifest;
}

/// The example with something else in it.
std::string with(const std::string &pointer, const nlohmann::json &value) {
    auto json = nlohmann::json::parse(to_json(example()));
    json[nlohmann::json::json_pointer(pointer)] = value;
    return json.dump();
}

} // namespace

TEST_CASE("a manifest that is written and read is the same, and its text is the same each time") {
    const std::string text = to_json(example());
    CHECK(parse_manifest(text, "manifest.json") == example());
    CHECK(to_json(parse_manifest(text, "manifest.json")) == text);
    CHECK(version_of(text).size() == 12);
    CHECK(version_of(text) != version_of(text + " "));
    CHECK(trusted_comment(example()) == "timestamp:1775955603\tfile:manifest.json\thashed");
    CHECK(example().find("index.html")->bytes == 5);
    CHECK(example().find("index.htm") == nullptr);
    CHECK(example().find("") == nullptr);
}

TEST_CASE("a manifest whose files lie elsewhere, stand twice or have no hash is refused") {
    for (const std::string path : {"../index.html", "a/../../b", "/etc/passwd", "a//b", ".", "", "a\\b", "c:b", "manifest.json",
                                   "manifest.json.minisig", "a/./b", "避難.json"}) {
        INFO(path);
        CHECK_THROWS_WITH(parse_manifest(with("/files/0/path", path), "m"), Contains("m: ") && Contains("within the pack"));
    }
    CHECK_THROWS_WITH(parse_manifest(with("/files/1/path", "glyphs/Noto Sans/0-255.pbf"), "m"), Contains("each once"));
    CHECK_THROWS_WITH(parse_manifest(with("/files/1/path", "a"), "m"), Contains("in the order"));
    CHECK_THROWS_WITH(parse_manifest(with("/files/0/sha256", std::string(64, 'A')), "m"), Contains("hexadecimal"));
    CHECK_THROWS_WITH(parse_manifest(with("/files/0/bytes", std::uint64_t{1} << 40U), "m"), Contains("at most"));
}

TEST_CASE("what is no manifest is refused in one sentence") {
    for (const std::string &text : {std::string(), std::string("[]"), std::string("{}"), with("/format", "keyaki-pack 2"), with("/id", "a/b"),
                                    with("/bounds", {1, 2}), with("/made_of", "yesterday"), with("/layers", 3), with("/files", nullptr),
                                    std::string(100'000, '['), with("/layers/0/title_ja", {{{{{1}}}}})}) {
        INFO(text.substr(0, 100));
        CHECK_THROWS_AS(parse_manifest(text, "m"), geo::Error);
    }
}
