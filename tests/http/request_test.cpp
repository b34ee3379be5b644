#include "server/http/request.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace {
using namespace keyaki::server::http;
using Segments = std::vector<std::string>;
} // namespace

TEST_CASE("a path is split before it is decoded") {
    CHECK(make_request(Method::get, "/").path_segments.empty());
    CHECK(make_request(Method::get, "/a").path_segments == Segments{"a"});
    CHECK(make_request(Method::get, "/a/").path_segments == Segments{"a", ""});
    CHECK(make_request(Method::get, "//a").path_segments == Segments{"", "a"});
    CHECK(make_request(Method::get, "/%E7%9B%B4%2Fa+b/c").path_segments == Segments{"直/a+b", "c"});
    CHECK(make_request(Method::get, "/..%2f..%2Fetc").path_segments == Segments{"../../etc"});
}

TEST_CASE("a query keeps its order and its duplicates, and '+' is a space") {
    const auto request = make_request(Method::get, "/items?b=2&a=1&b=%2B+3&flag&empty=&&x=1=2");
    CHECK(request.raw_path() == "/items");
    CHECK(request.raw_query() == "b=2&a=1&b=%2B+3&flag&empty=&&x=1=2");
    REQUIRE(request.query.size() == 6);
    CHECK(request.query.begin()->first == "b");
    CHECK(request.query.find("b") == "2");
    CHECK(request.query.all("b") == std::vector<std::string_view>{"2", "+ 3"});
    CHECK(request.query.find("flag") == "");
    CHECK(request.query.find("x") == "1=2");
    CHECK_FALSE(request.query.find("B"));
}

TEST_CASE("an unknown or repeated query parameter is named") {
    const auto request = make_request(Method::get, "/items?limit=1&lmit=2");
    CHECK(request.query.first_unknown({"limit"}) == "lmit");
    CHECK_THROWS_WITH(request.query.require_known({"limit", "bbox"}), "the query parameter 'lmit' is unknown here; known are: limit, bbox");
    CHECK_NOTHROW(request.query.require_known({"limit", "lmit"}));
    CHECK_THROWS_WITH(make_request(Method::get, "/?a=1&a=2").query.require_known({"a"}), Catch::Contains("once"));
}

TEST_CASE("absolute-form and the asterisk are understood") {
    CHECK(make_request(Method::get, "http://map.example.jp/a/b?c=d").target == "/a/b?c=d");
    CHECK(make_request(Method::get, "HTTPS://map.example.jp").target == "/");
    CHECK(make_request(Method::get, "http://map.example.jp?c=d").query.find("c") == "d");
    CHECK(make_request(Method::options, "*").asterisk);
}

TEST_CASE("a target that is wrong is refused with a sentence") {
    const std::string target = GENERATE("*", "a", "", "/%", "/%4", "/%zz", "/a%0", "/?a=%", "/?%g1=2", "/%00", "/?a=%00", "http://", "http:///a",
                                        "ftp://a/b", "host:443", "/a#b");
    INFO(target);
    CHECK_THROWS_AS(make_request(Method::get, target), keyaki::geo::Error);
}

TEST_CASE("what is percent-encoded is decoded to itself") {
    std::mt19937 random(20260412);
    std::uniform_int_distribution<int> octet(0, 255);
    for (int round = 0; round < 500; ++round) {
        std::string bytes(static_cast<std::size_t>(octet(random)), '\0');
        for (auto &byte : bytes) {
            byte = static_cast<char>(octet(random));
        }
        REQUIRE(percent_decode(percent_encode(bytes), false) == bytes);
    }
}

TEST_CASE("methods are case-sensitive") {
    CHECK(method_from_name("DELETE") == Method::delete_);
    CHECK(method_from_name("get") == Method::other);
    CHECK(method_from_name("PROPFIND") == Method::other);
    CHECK(method_name(Method::patch) == "PATCH");
}

TEST_CASE("headers compare without case, keep duplicates and refuse to be split") {
    Headers headers;
    headers.add("X-Forwarded-For", "a");
    headers.add("x-forwarded-for", "b");
    CHECK(headers.find("X-FORWARDED-FOR") == "a");
    CHECK(headers.joined("X-Forwarded-For") == "a, b");
    CHECK(headers.all("X-Forwarded-For").size() == 2);
    headers.set("X-Forwarded-For", "c");
    CHECK(headers.joined("X-Forwarded-For") == "c");
    headers.add_to_list("Vary", "Origin");
    headers.add_to_list("Vary", "Accept-Encoding");
    headers.add_to_list("vary", "origin");
    CHECK(headers.joined("Vary") == "Origin, Accept-Encoding");
    CHECK_THROWS_AS(headers.add("Location", "/a\r\nSet-Cookie: b"), keyaki::geo::Error);
    CHECK_THROWS_AS(headers.add("Location", "/a\nb"), keyaki::geo::Error);
    CHECK_THROWS_AS(headers.set("Location", std::string("a\0b", 3)), keyaki::geo::Error);
    CHECK_THROWS_AS(headers.add("Loca tion", "/"), keyaki::geo::Error);
    CHECK_THROWS_AS(headers.add("", "/"), keyaki::geo::Error);
}

TEST_CASE("a list is split at commas outside of quotes") {
    CHECK(split_list(" a, b ,,c") == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(split_list(R"("a,b", c)") == std::vector<std::string_view>{R"("a,b")", "c"});
    CHECK(split_list(R"("a\",b", c)") == std::vector<std::string_view>{R"("a\",b")", "c"});
    CHECK(split_list(R"("a\)") == std::vector<std::string_view>{});
    CHECK(split_list("").empty());
}
