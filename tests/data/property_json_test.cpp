#include "data/property_json.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <random>

using namespace keyaki;

namespace {

std::string json_of(const geo::Properties &properties) {
    std::string json;
    data::append_property_json(json, properties);
    return json;
}

geo::Value random_value(std::mt19937_64 &random) {
    switch (random() % 5) {
    case 0: return std::monostate();
    case 1: return random() % 2 == 0;
    case 2: return static_cast<std::int64_t>(random());
    case 3: {
        double value = 0;
        do {
            const std::uint64_t bits = random();
            std::memcpy(&value, &bits, sizeof value);
        } while (!std::isfinite(value));
        return value;
    }
    default: break;
    }
    static const std::string letters[] = {"a", "\"", "\\", "\n", std::string(1, '\0'), "\x1f", "\x7f", "é", "欅", "𠮷", "{", "}", ",", ":", "/", " "};
    std::string text;
    for (auto length = random() % 12; length > 0; --length) {
        text += letters[random() % std::size(letters)];
    }
    return text;
}

} // namespace

TEST_CASE("properties come back from their JSON as they were, to the bit") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 20'000; ++round) {
        geo::Properties properties;
        for (auto count = random() % 6; count > 0; --count) {
            const geo::Value name = random_value(random);
            const auto *text = std::get_if<std::string>(&name);
            properties.set("p" + std::to_string(count) + (text != nullptr ? *text : ""), random_value(random));
        }
        const std::string json = json_of(properties);
        CHECK(data::parse_property_json(json) == properties);
        CHECK(nlohmann::json::parse(json).size() == properties.size()); // another parser agrees that it is JSON
    }
}

TEST_CASE("a whole number that is a double stays a double") {
    geo::Properties properties;
    properties.append("d", 5.0);
    properties.append("e", 1e300);
    properties.append("m", -0.0);
    properties.append("i", std::int64_t{5});
    CHECK(json_of(properties) == R"({"d":5.0,"e":1e+300,"m":-0.0,"i":5})");
    CHECK(data::parse_property_json(json_of(properties)) == properties);
}

TEST_CASE("text that is not the JSON of properties is corrupt") {
    for (const char *text : {"", "{", "}", "[]", "{\"a\":1", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x", "{\"a\":1.2.3}", "{\"a\":tru}",
                             "{\"a\":\"x}", "{\"a\":\"\\u00g0\"}", "{\"a\":\"\\q\"}", "{\"a\":99999999999999999999}", "{\"a\":{}}", "null"}) {
        INFO(text);
        CHECK_THROWS_AS(data::parse_property_json(text), geo::Error);
    }
}
