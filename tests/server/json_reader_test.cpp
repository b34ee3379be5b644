#include "server/json_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace keyaki;
using server::FieldError;
using server::ObjectReader;

TEST_CASE("malformed JSON is refused with its line and column") {
    try {
        static_cast<void>(server::parse_json("{\n  \"a\": 1,\n  \"b\": }\n", "the rally"));
        FAIL("it was read");
    } catch (const geo::Error &error) {
        CHECK(std::string(error.what()) == "the rally is not JSON: line 3, column 8 cannot be read as such");
    }
}

TEST_CASE("JSON that nests deeper than the limit is refused and does not exhaust the stack") {
    CHECK_THROWS_WITH(server::parse_json(std::string(100'000, '['), "the rally"), "the rally nests deeper than 32 levels");
    CHECK_NOTHROW(server::parse_json(std::string(20, '[') + std::string(20, ']'), "the rally"));
}

TEST_CASE("an object is read whole or not at all: what its reader refuses, what nobody asked for, and what is no object are all said") {
    const auto read = [](std::string_view text) {
        return server::read_object(text, "the payment", [](ObjectReader &fields, std::vector<FieldError> &errors) {
            const std::int64_t amount = fields.integer("amount", 1, 9);
            if (amount == 7) {
                errors.push_back({"/amount", "seven is unlucky"});
            }
            return amount;
        });
    };
    CHECK(read(R"({"amount": 5})") == 5);
    CHECK(server::read_object(R"({"a": "b"})", "the payment", [](ObjectReader &fields) { return fields.text("a"); }) == "b");
    CHECK_THROWS_WITH(read(R"({"amount": 7, "more": 1})"),
                      "the payment is not right: field /amount: seven is unlucky; field /more: is not a field that is known here");
    CHECK_THROWS_AS(read(R"({"amount": 10})"), server::FieldErrors);
    CHECK_THROWS_WITH(read("[5]"), "the payment is not right: field /: expected an object, found an array");
    CHECK_THROWS_WITH(read(R"({"amount": 5)"), Catch::StartsWith("the payment is not JSON"));
}

TEST_CASE("every wrong field is named at once, by its JSON pointer") {
    const auto document = server::parse_json(R"({"budget": -1, "title": 5, "a/b": 1, "starts": "yesterday"})", "the rally");
    std::vector<FieldError> errors;
    ObjectReader reader(document, "/rally", errors);
    static_cast<void>(reader.integer("budget", 0, 100));
    static_cast<void>(reader.text("title"));
    static_cast<void>(reader.timestamp_us("starts"));
    static_cast<void>(reader.text("id"));
    reader.finish();
    REQUIRE(errors.size() == 5);
    CHECK(errors[0].pointer == "/rally/budget");
    CHECK(errors[0].detail == "expected a whole number from 0 to 100, found -1");
    CHECK(errors[1].pointer == "/rally/title");
    CHECK(errors[2].pointer == "/rally/starts");
    CHECK(errors[3].detail == "is required and is missing");
    CHECK(errors[4].pointer == "/rally/a~1b");
}

TEST_CASE("numbers that do not fit are refused, not wrapped") {
    const auto document = server::parse_json(R"({"big": 18446744073709551615, "real": 1.5})", "it");
    std::vector<FieldError> errors;
    ObjectReader reader(document, "", errors);
    static_cast<void>(reader.integer("big", 0, INT64_MAX));
    static_cast<void>(reader.integer("real", 0, 10));
    CHECK(errors.size() == 2);
}

TEST_CASE("a number beyond every double is a refusal, not a mistake of ours") {
    CHECK_THROWS_AS(server::parse_json(R"({"huge": 1e400})", "the rally"), geo::Error);
}
