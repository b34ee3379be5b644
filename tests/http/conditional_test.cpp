#include "server/http/conditional.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

namespace {
using namespace keyaki::server::http;

Request with_field(std::string name, std::string value) {
    auto request = make_request(Method::get, "/");
    request.headers.add(std::move(name), std::move(value));
    return request;
}
} // namespace

TEST_CASE("strong and weak comparison follow the table of RFC 9110, 8.8.3.2") {
    const auto [left, right, strong, weak] = GENERATE(table<std::string, std::string, bool, bool>({
        {R"(W/"1")", R"(W/"1")", false, true},
        {R"(W/"1")", R"(W/"2")", false, false},
        {R"(W/"1")", R"("1")", false, true},
        {R"("1")", R"("1")", true, true},
    }));
    CHECK(strong_etags_equal(left, right) == strong);
    CHECK(weak_etags_equal(left, right) == weak);
}

TEST_CASE("a tag differs by encoding and finds back") {
    CHECK(etag_with_encoding(R"("abc")", "gzip") == R"("abc-gzip")");
    CHECK(etag_with_encoding(R"("abc")", "") == R"("abc")");
    CHECK(etag_without_encoding(R"("abc-gzip")") == R"("abc")");
    CHECK(etag_without_encoding(R"("abc")") == R"("abc")");
    CHECK(quoted_etag("abc") == R"("abc")");
}

TEST_CASE("a list of tags is read, commas inside of tags too") {
    CHECK(parse_etag_list("*").any);
    CHECK(parse_etag_list(R"("a", W/"b" ,"c,d")").tags == std::vector<std::string>{R"("a")", R"(W/"b")", R"("c,d")"});
    const std::string wrong = GENERATE("a", R"("a)", R"("a" "b")", R"(w/"a")", R"("a", b)", R"("a""b")", R"(W/)");
    INFO(wrong);
    CHECK_THROWS_AS(parse_etag_list(wrong), keyaki::geo::Error);
}

TEST_CASE("If-None-Match compares weakly and is ignored when it cannot be read") {
    CHECK(if_none_match_hits(with_field("If-None-Match", R"("x", W/"1")"), R"("1")"));
    CHECK(if_none_match_hits(with_field("If-None-Match", "*"), R"("1")"));
    CHECK_FALSE(if_none_match_hits(with_field("If-None-Match", R"("2")"), R"("1")"));
    CHECK_FALSE(if_none_match_hits(with_field("If-None-Match", "1"), R"("1")"));
    CHECK_FALSE(if_none_match_hits(make_request(Method::get, "/"), R"("1")"));
    auto twice = with_field("If-None-Match", R"("a")");
    twice.headers.add("If-None-Match", R"("1")");
    CHECK(if_none_match_hits(twice, R"("1")"));
}

TEST_CASE("If-Match compares strongly, whichever encoding the client once got") {
    CHECK(if_match(make_request(Method::put, "/"), R"("1")") == IfMatch::absent);
    CHECK(if_match(with_field("If-Match", R"("1")"), R"("1")") == IfMatch::matches);
    CHECK(if_match(with_field("If-Match", R"("1-gzip")"), R"("1")") == IfMatch::matches);
    CHECK(if_match(with_field("If-Match", R"(W/"1")"), R"("1")") == IfMatch::differs);
    CHECK(if_match(with_field("If-Match", "*"), R"("1")") == IfMatch::matches);
    CHECK(if_match(with_field("If-Match", "*"), "") == IfMatch::differs);
    CHECK_THROWS_AS(if_match(with_field("If-Match", "1"), R"("1")"), keyaki::geo::Error);
}
