// OGC API – Features Part 1: Core 1.0.1 (17-069r4), class html.
#include "tests/conformance/conformance.hpp"

using namespace keyaki::test::conformance;

namespace {

/// Pages that a person comes to, and a text that each holds.
const std::vector<std::pair<std::string, std::string>> pages{{"/collections", "指定緊急避難場所"},
                                                             {"/collections/shelters", "指定緊急避難場所"},
                                                             {"/collections/shelters/items", "第三中学校"},
                                                             {"/collections/shelters/items/daisan-chugakko", "第三中学校"},
                                                             {"/collections/shelters/schema", "hazard_flood"},
                                                             {"/collections/shelters/tiles", "WebMercatorQuad"},
                                                             {"/collections/shelters/tiles/WebMercatorQuad", "shelters"},
                                                             {"/tiles", "WebMercatorQuad"},
                                                             {"/tileMatrixSets/WebMercatorQuad", "GoogleMapsCompatible"},
                                                             {"/conformance", "ogcapi-features-1/1.0/conf/html"},
                                                             {"/api", "/collections/{layer}/items"}};

/// Addresses of a page's links.
std::vector<std::string> links_in(const std::string &page) {
    std::vector<std::string> links;
    constexpr std::string_view mark = "href=\"";
    for (std::size_t at = page.find(mark); at != std::string::npos; at = page.find(mark, at + 1)) {
        const std::size_t begin = at + mark.size();
        links.push_back(page.substr(begin, page.find('"', begin) - begin));
    }
    return links;
}

} // namespace

TEST_CASE("every document is a page too, by Accept and by f", "[features-1][req/html/definition]") {
    const std::string browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (const auto &[path, text] : pages) {
        INFO(path);
        const auto page = get(path, {browser});
        CHECK(page.status == 200);
        CHECK(page.header("content-type") == "text/html; charset=utf-8");
        CHECK(page.header("vary").find("Accept") != std::string_view::npos);
        CHECK(page.header("content-security-policy").find("default-src 'none'") != std::string_view::npos);
        CHECK(page.body == get(path + "?f=html").body);
        CHECK(page.header("etag") != get(path + "?f=json").header("etag"));
        CHECK(get(path + "?f=json", {browser}).header("content-type").find("json") != std::string_view::npos);
    }
    CHECK(get("/", {browser}).header("content-type") == "text/html; charset=utf-8");
}

TEST_CASE("a page holds what the document says, in a sound form, with its links to follow", "[features-1][req/html/content]") {
    for (const auto &[path, text] : pages) {
        INFO(path);
        const std::string page = get(path + "?f=html").body;
        CHECK(page.rfind("<!doctype html><html lang=\"ja\">", 0) == 0);
        CHECK(page.find("<h1>") != std::string::npos);
        CHECK(page.find(text) != std::string::npos);
        CHECK(page.find("<script") == std::string::npos);
        for (const std::string &link : links_in(page)) {
            if (link.rfind(served().server->address(), 0) == 0) {
                INFO(link);
                std::string address = link;
                for (std::size_t at = address.find("&amp;"); at != std::string::npos; at = address.find("&amp;", at + 1)) {
                    address.erase(at + 1, 4);
                }
                CHECK(get(path_of(address)).status == 200);
            }
        }
    }
    const std::string collection = get("/collections/shelters?f=html").body;
    for (const Json &link : member_of("/collections/shelters", "links")) {
        if (link["rel"] != "self" && link["rel"] != "alternate") {
            CHECK(collection.find(link["href"].get<std::string>()) != std::string::npos);
        }
    }
}

TEST_CASE("what a map page shows first leads to the data", "[features-1][req/html/content]") {
    CHECK(get("/?f=html").body.find("href=\"collections\"") != std::string::npos);
}

// Once, a page of a revision was kept for a year, with titles and markup that change without one.
TEST_CASE("pages of a revision are asked for again, its data need not be", "[features-1][req/html/content]") {
    CHECK(get("/collections/shelters@1/items?f=json").header("cache-control").find("immutable") != std::string_view::npos);
    for (const char *path : {"/collections/shelters@1/items?f=html", "/collections/shelters@1/items/daisan-chugakko?f=html"}) {
        INFO(path);
        const auto page = get(path);
        CHECK(page.status == 200);
        CHECK(page.header("cache-control").find("immutable") == std::string_view::npos);
        CHECK(page.header("cache-control").find("max-age=5") != std::string_view::npos);
    }
}
