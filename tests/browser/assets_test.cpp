#include "server/web/assets.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace {

using keyaki::server::web::all_assets;
using keyaki::server::web::Asset;
using keyaki::server::web::content_security_policy;
using keyaki::server::web::find_asset;

/// What stands between the quotes after each `attribute="`.
std::vector<std::string> attribute_values(std::string_view html, std::string_view attribute) {
    std::vector<std::string> values;
    const std::string opening = std::string(attribute) + "=\"";
    for (auto at = html.find(opening); at != std::string_view::npos; at = html.find(opening, at + 1)) {
        const auto begin = at + opening.size();
        values.emplace_back(html.substr(begin, html.find('"', begin) - begin));
    }
    return values;
}

} // namespace

TEST_CASE("every embedded asset is found by its path, and nothing else is") {
    REQUIRE_FALSE(all_assets().empty());
    for (const Asset &asset : all_assets()) {
        CAPTURE(asset.path);
        const auto found = find_asset(asset.path);
        REQUIRE(found.has_value());
        CHECK(found->bytes.data() == asset.bytes.data());
        CHECK_FALSE(find_asset("/" + std::string(asset.path)).has_value());
    }
    CHECK_FALSE(find_asset("").has_value());
    CHECK_FALSE(find_asset("..").has_value());
    CHECK_FALSE(find_asset("assets").has_value());
    CHECK_FALSE(find_asset("assets/").has_value());
    CHECK_FALSE(find_asset("zzz").has_value());
}

TEST_CASE("assets stand in the order of their paths, with types, marks and the packed form of gzip") {
    CHECK(std::ranges::is_sorted(all_assets(), {}, &Asset::path));
    for (const Asset &asset : all_assets()) {
        CAPTURE(asset.path);
        CHECK_FALSE(asset.bytes.empty());
        CHECK_FALSE(asset.content_type.empty());
        CHECK(asset.etag.size() == 16);
        if (!asset.gzip.empty()) {
            CHECK(asset.gzip.size() < asset.bytes.size());
            CHECK(asset.gzip.substr(0, 2) == "\x1f\x8b");
        }
        // A name that carries the hash of the content begins like the content's ETag. The files of sprites belong together: theirs is of all.
        if (!asset.path.starts_with("sprites/")) {
            CHECK(asset.immutable == (asset.path.find(asset.etag.substr(0, 10)) != std::string_view::npos));
        }
    }
}

TEST_CASE("index.html names only assets that are embedded, and holds no inline script or style") {
    const auto page = find_asset("index.html");
    REQUIRE(page.has_value());
    CHECK(page->content_type == "text/html; charset=utf-8");
    CHECK_FALSE(page->immutable);
    CHECK(page->bytes.find("{{") == std::string_view::npos);
    CHECK(page->bytes.find("<style") == std::string_view::npos);
    CHECK(page->bytes.find("style=\"") == std::string_view::npos);
    int named = 0;
    for (const auto *attribute : {"src", "href"}) {
        for (const std::string &value : attribute_values(page->bytes, attribute)) {
            CAPTURE(value);
            CHECK(value.find("//") == std::string::npos);
            if (value.starts_with("assets/")) {
                CHECK(find_asset(value).has_value());
                ++named;
            }
        }
    }
    CHECK(named >= 3);
    const std::string_view html = page->bytes;
    for (auto at = html.find("<script"); at != std::string_view::npos; at = html.find("<script", at + 1)) {
        CHECK(html.substr(at, html.find('>', at) - at).find("src=") != std::string_view::npos);
    }
}

TEST_CASE("three styles are embedded, with a base map and without, and name this server alone") {
    for (const std::string id : {"light", "dark", "disaster"}) {
        for (const std::string ending : {".json", ".base.json"}) {
            CAPTURE(id, ending);
            const auto style = find_asset("styles/" + id + ending);
            REQUIRE(style.has_value());
            CHECK(style->bytes.find(R"("url":"/tiles/city.json")") != std::string_view::npos);
            CHECK((style->bytes.find(R"("url":"/tiles/base.json")") != std::string_view::npos) == (ending == ".base.json"));
            CHECK(style->bytes.find("http") == std::string_view::npos);
        }
    }
}

TEST_CASE("the sprites stand under a lasting name and under one that carries their mark, which the styles name") {
    const auto light = find_asset("styles/light.json");
    REQUIRE(light.has_value());
    const std::string_view key = R"("sprite":"/)";
    const auto begin = light->bytes.find(key);
    REQUIRE(begin != std::string_view::npos);
    const std::string_view from = light->bytes.substr(begin + key.size());
    const std::string marked(from.substr(0, from.find('"')));
    for (const std::string ending : {".json", ".png", "@2x.json", "@2x.png"}) {
        CAPTURE(ending);
        const auto lasting = find_asset("sprites/keyaki" + ending);
        const auto named = find_asset(marked + ending);
        REQUIRE(lasting.has_value());
        REQUIRE(named.has_value());
        CHECK(named->bytes == lasting->bytes);
        CHECK(named->immutable);
        CHECK_FALSE(lasting->immutable);
        CHECK(named->content_type == (ending.ends_with("png") ? "image/png" : "application/json"));
    }
}

TEST_CASE("the content security policy allows no inline code and no other server") {
    CHECK(content_security_policy.find("unsafe") == std::string_view::npos);
    CHECK(content_security_policy.find("http") == std::string_view::npos);
    CHECK(content_security_policy.find('*') == std::string_view::npos);
    CHECK(content_security_policy.starts_with("default-src 'none'"));
}
