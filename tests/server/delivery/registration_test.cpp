#include "server/delivery/registration.hpp"

#include "geo/error.hpp"
#include "server/access/client_address.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

const std::vector<access::Network> no_networks;

std::string sentence_of(const delivery::Registration &wanted, const std::vector<access::Network> &networks) {
    try {
        delivery::require_receiver(wanted, networks);
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
        CHECK(sentence_of(wanted, no_networks).empty());
        CHECK(wanted.types == std::vector{type});
    }
    CHECK(
        sentence_of(delivery::parse_registration(nlohmann::json{{"url", "https://app.example.jp/"}, {"types", types}}.dump()), no_networks).empty());
    CHECK_THAT(sentence_of({"https://app.example.jp/", {"points.stolen"}}, no_networks), Catch::Contains("points.stolen"));
}

TEST_CASE("an address without TLS needs a network of the operator's, one with TLS does not, and both facts are said") {
    const std::vector<access::Network> inside{access::parse_network("10.0.0.0/8").value()};
    CHECK(sentence_of({"https://app.example.jp/hook", {}}, no_networks).empty());
    CHECK(sentence_of({"http://app.example.jp/hook", {}}, inside).empty());
    CHECK_THAT(sentence_of({"http://app.example.jp/hook", {}}, no_networks),
               Catch::Contains("webhook_networks are told, but it says none") && Catch::Contains("\"http://app.example.jp/hook\""));
}
