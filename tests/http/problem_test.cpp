#include "server/http/problem.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {
using namespace keyaki::server::http;
using keyaki::geo::Error;
using keyaki::geo::ErrorKind;
} // namespace

TEST_CASE("a problem is RFC 9457's JSON") {
    const auto response = problem(422, {}, "two fields are wrong", "wrong-body", {{"/fixes/0/lon", "a number was expected, found \"x\""}});
    CHECK(response.status == 422);
    CHECK(response.headers.find("Content-Type") == "application/problem+json");
    const auto document = nlohmann::json::parse(response.text());
    CHECK(document["type"] == "/problems/wrong-body");
    CHECK(document["title"] == "Unprocessable Content");
    CHECK(document["status"] == 422);
    CHECK(document["detail"] == "two fields are wrong");
    CHECK(document["errors"][0]["pointer"] == "/fixes/0/lon");
    CHECK(nlohmann::json::parse(problem(404, {}, {}).text())["type"] == "about:blank");
}

TEST_CASE("a detail that is no UTF-8 does not break the answer") { CHECK(nlohmann::json::accept(problem(400, {}, "found '\x90\xFF'").text())); }

TEST_CASE("the text of our own mistakes stays with us") {
    const auto [kind, status, told] = GENERATE(table<ErrorKind, int, bool>({
        {ErrorKind::invalid_input, 400, true},
        {ErrorKind::not_found, 404, true},
        {ErrorKind::conflict, 409, true},
        {ErrorKind::too_large, 413, true},
        {ErrorKind::unavailable, 503, false},
        {ErrorKind::corrupt, 500, false},
        {ErrorKind::internal, 500, false},
    }));
    const auto response = problem_of(Error(kind, "SELECT * FROM /srv/city.sqlite"));
    CHECK(response.status == status);
    CHECK((response.text().find("SELECT") != std::string_view::npos) == told);
    CHECK(response.headers.contains("Retry-After") == (status == 503));
}
