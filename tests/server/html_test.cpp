#include "server/html.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki::server;

namespace {

std::string linked(std::string_view address, std::string_view text) {
    std::string out;
    append_html_link(out, address, text);
    return out;
}

} // namespace

TEST_CASE("no text can become a tag, an attribute or an entity") {
    CHECK(html_text(R"(<script>alert("1")</script> & 'x')") == "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;");
    CHECK(html_text("清瀬市") == "清瀬市");
}

TEST_CASE("only addresses of the web and of this server are links") {
    CHECK(linked("https://example.jp/?a=1&b=\"2\"", "見る") == R"(<a href="https://example.jp/?a=1&amp;b=&quot;2&quot;">見る</a>)");
    CHECK(linked("/collections", "一覧") == R"(<a href="/collections">一覧</a>)");
    for (const char *address :
         {"javascript:alert(1)", "JAVASCRIPT:alert(1)", " https://x", "data:text/html,x", "//elsewhere.example", "vbscript:x", ""}) {
        CAPTURE(address);
        CHECK(linked(address, "<b>") == "&lt;b&gt;");
    }
}

TEST_CASE("a document as a page holds every member and every link, escaped") {
    std::string page;
    append_json_as_html(page, {{"title", "<b>"},
                               {"links", {{{"href", "http://a/?x=1&y=2"}, {"rel", "self"}, {"type", "text/html"}, {"title", "自分"}}}},
                               {"extent", {{"bbox", {{139.4, 35.7, 139.6, 35.9}}}}},
                               {"flag", true},
                               {"<i>", nullptr}});
    CHECK(page.find("<b>") == std::string::npos);
    CHECK(page.find("<i>") == std::string::npos);
    CHECK_THAT(page, Catch::Contains("&lt;b&gt;") && Catch::Contains(R"(<a href="http://a/?x=1&amp;y=2">自分</a>)") && Catch::Contains("139.4") &&
                         Catch::Contains("はい / yes") && Catch::Contains("&lt;i&gt;"));
}

TEST_CASE("a page is Japanese first, names its language, and runs and fetches nothing of others") {
    std::string page;
    append_page_begin(page, {"http://127.0.0.1", "避難場所", "Shelters <1>", {{"http://127.0.0.1/collections", "一覧"}}, {}});
    append_page_end(page, {"http://127.0.0.1", "避難場所", "Shelters", {}, {{"http://127.0.0.1/collections?f=json", "JSON"}}});
    CHECK_THAT(page, Catch::StartsWith("<!doctype html><html lang=\"ja\">") &&
                         Catch::Contains("<h1>避難場所 <span lang=\"en\">Shelters &lt;1&gt;</span></h1>"));
    CHECK(page.find("<script") == std::string::npos);
    const auto response = html_response(page);
    CHECK_THAT(std::string(response.headers.find("Content-Security-Policy").value_or("")),
               Catch::Contains("default-src 'none'") && !Catch::Contains("script-src") && !Catch::Contains("unsafe"));
}
