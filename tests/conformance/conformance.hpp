#pragma once

#include "tests/flows/sample_city.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// A conformance run over a live server, written from the abstract tests of the standards. Each test case names, in its tags, the requirements that
/// it proves, by their part and their identifiers without the first slash: TEST_CASE("…", "[features-1][req/core/root-op]").
///
/// To add a standard's part: list its requirements in requirements.tsv, write <part>_test.cpp beside this file, and name its classes in
/// server/routes/conformance.cpp; coverage_test.cpp refuses a listed requirement without a test, a test of one that is not listed, and a class that
/// the server claims without a line.
namespace keyaki::test::conformance {

using Json = nlohmann::json;

/// One city, with a layer that has times, and one server for the whole run: nothing here changes them.
struct Served {
    SampleCity city;
    std::unique_ptr<LiveServer> server;
    Served();
};
[[nodiscard]] Served &served();

/// The path of an absolute address of the server; fails the test for one that leads elsewhere.
[[nodiscard]] std::string path_of(const std::string &address);

[[nodiscard]] HttpAnswer get(const std::string &path, const HttpClient::Headers &headers = {});
/// The JSON of a 200; fails the test for anything else.
[[nodiscard]] Json get_json(const std::string &path, const HttpClient::Headers &headers = {});

/// A member of the JSON of a 200, for loops: a range within a temporary would be gone before the first turn.
[[nodiscard]] Json member_of(const std::string &path, const char *name);

/// The first link of that relation and, where given, media type; null where there is none.
[[nodiscard]] Json link_of(const Json &document, std::string_view relation, std::string_view type = {});
/// Ids of all public layers.
[[nodiscard]] std::vector<std::string> layers();
/// All pages of items, following the links to the next.
[[nodiscard]] std::vector<Json> all_items(std::string path);

} // namespace keyaki::test::conformance
