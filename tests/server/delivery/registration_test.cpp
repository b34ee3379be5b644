#include "server/delivery/registration.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

std::string sentence_of(const delivery::Registration &wanted) {
    try {
        delivery::require_receiver(wanted);
        return {};
    } catch (const geo::Error &error) {
        return error.what();
    }
}

} // namespace

// insert_event() takes no type that is not in this list (tests/data/check_in_store_test.cpp), so it is all that is ever emitted.
TEST_CASE("every type of event that is ever told can be asked for, one by one and all together, and no other") {
    const std::vector<std::string> types(data::event_types.begin(), data::event_types.end());
    for (const std::string &type : types) {
        CAPTURE(type);
        const auto wanted = delivery::parse_registration(nlohmann::json{{"url", "https://app.example.jp/"}, {"types", {type}}}.dump());
        CHECK(sentence_of(wanted).empty());
        CHECK(wanted.types == std::vector{type});
    }
    CHECK(
        sentence_of(delivery::parse_registration(nlohmann::json{{"url", "https://app.example.jp/"}, {"types", types}}.dump())).empty());
    CHECK_THAT(sentence_of({"https://app.example.jp/", {"points.stolen"}}), Catch::Contains("points.stolen"));
}

