#include "server/flows/fence_question.hpp"

#include "server/json_reader.hpp"
#include "server/limits.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>

using namespace keyaki;
using nlohmann::json;
using server::FenceQuestion;
using server::parse_fence_question;

namespace {

const json right{{"platform", "web"}, {"at_least", 0.1}, {"positions", {{{"lon", 139.5}, {"lat", 35.8}, {"accuracy_m", 50}}}}};

std::vector<std::string> pointers_of(const json &body) {
    std::vector<std::string> pointers;
    try {
        static_cast<void>(parse_fence_question(body.dump()));
    } catch (const server::FieldErrors &errors) {
        for (const auto &error : errors.errors()) {
            pointers.push_back(error.pointer);
        }
    }
    return pointers;
}

/// A layer of circles, all around the same place.
server::Collection crowded(std::size_t count) {
    tiles::LayerSnapshot::Builder builder({"crowded", 3, 0, 14, "", "", ""});
    for (std::size_t i = 0; i < count; ++i) {
        geo::Feature feature{"f" + std::to_string(i), geo::Geometry::point({139.5, 35.8}), {}};
        feature.properties.set("radius_m", i == 0 ? 100.0 : 1'000.0);
        builder.add(feature);
    }
    data::LayerSpec spec;
    spec.id = "crowded";
    return {"crowded", spec, builder.finish(), false};
}

} // namespace

TEST_CASE("a question for fences is read with the sigma that its platform's accuracy means, never below eight metres") {
    const FenceQuestion question = parse_fence_question(right.dump());
    REQUIRE(question.positions.size() == 1);
    CHECK(question.positions[0].position == geo::LonLat{139.5, 35.8});
    CHECK(question.positions[0].sigma_m == Approx(50 / 2.448));
    CHECK(question.at_least == 0.1);

    const FenceQuestion shortest = parse_fence_question(R"({"positions":[{"lon":0,"lat":0,"accuracy_m":3},{"lon":1,"lat":1,"accuracy_m":15.1}]})");
    CHECK(shortest.at_least == 0.02);
    CHECK(shortest.positions[0].sigma_m == 8);
    CHECK(shortest.positions[1].sigma_m == Approx(10));
}

TEST_CASE("a question is the same in any order and spacing, with nothing for what may be absent, and the last of doubled fields") {
    const auto same = [](std::string_view body) {
        const FenceQuestion question = parse_fence_question(body);
        return question.positions.size() == 1 && question.positions[0].position == geo::LonLat{139, 35.5} && question.positions[0].sigma_m == 10 &&
               question.at_least == 0.02;
    };
    CHECK(same(R"({"positions":[{"lon":139,"lat":35.5,"accuracy_m":24.48}],"platform":"web"})"));
    CHECK(same(" {\n\"platform\" : \"web\" , \"positions\" : [ { \"accuracy_m\" : 2.448e1, \"lat\" : 355e-1, \"lon\" : 139.0 } ]\t}\r\n"));
    CHECK(same(R"({"platform":"web","at_least":null,"positions":[{"lon":139,"lat":35.5,"accuracy_m":24.48}]})"));
    CHECK(same(R"({"platform":"ios","platform":"web","positions":[{"lon":1,"lon":139,"lat":35.5,"accuracy_m":24.48}]})"));
    CHECK(same(R"({"\u0070latform":"web","positions":[{"lon":139,"lat":35.5,"accuracy_m":24.48}]})"));
    CHECK_THROWS_AS(parse_fence_question(R"({"positions":[{"lon":139,"lat":35.5,"accuracy_m":24}]} x)"), geo::Error);
    CHECK_THROWS_AS(parse_fence_question(R"({"positions":{"lon":139,"lat":35.5,"accuracy_m":24}})"), server::FieldErrors);
    CHECK_THROWS_AS(parse_fence_question(R"({"positions":[[{"lon":139,"lat":35.5,"accuracy_m":24}]]})"), server::FieldErrors);
    CHECK_THROWS_AS(parse_fence_question(R"({"positions":"web","platform":[]})"), server::FieldErrors);
    CHECK_THROWS_AS(parse_fence_question(R"({"positions":[{"lon":{"lon":1}}]})"), server::FieldErrors);
    CHECK_THROWS_AS(parse_fence_question("1"), server::FieldErrors);
}

TEST_CASE("every wrong field of a question for fences is named by its pointer") {
    struct Case {
        const char *pointer;
        json value;
        std::vector<std::string> named;
    };
    const std::vector<Case> cases{
        {"/at_least", 0, {"/at_least"}},
        {"/at_least", 1.01, {"/at_least"}},
        {"/at_least", "0.5", {"/at_least"}},
        {"/platform", "toaster", {"/platform"}},
        {"/positions", json::array(), {"/positions"}},
        {"/positions", "here", {"/positions"}},
        {"/positions/0", 7, {"/positions/0"}},
        {"/positions/0/lon", 180.5, {"/positions/0/lon"}},
        {"/positions/0/lat", nullptr, {"/positions/0/lat"}},
        {"/positions/0/accuracy_m", 0, {"/positions/0/accuracy_m"}},
        {"/positions/0/accuracy_m", -5, {"/positions/0/accuracy_m"}},
        {"/positions/0/accuracy_m", 10'001, {"/positions/0/accuracy_m"}},
        {"/positions/0/taken_at", "2026-04-12T10:00:00Z", {"/positions/0/taken_at"}},
        {"/colour", "red", {"/colour"}},
    };
    for (const Case &one : cases) {
        json body = right;
        body[json::json_pointer(one.pointer)] = one.value;
        CAPTURE(one.pointer, one.value);
        CHECK(pointers_of(body) == one.named);
    }
    json many = right;
    many["positions"] = json::array();
    for (std::size_t i = 0; i <= server::max_asked_positions; ++i) {
        many["positions"].push_back(right["positions"][0]);
    }
    CHECK(pointers_of(many) == std::vector<std::string>{"/positions"});
    many["positions"].erase(0);
    CHECK(pointers_of(many).empty());
    CHECK(many.dump().size() < server::max_fence_question_bytes);
    CHECK_THROWS_AS(parse_fence_question("{"), geo::Error);
    CHECK_THROWS_AS(parse_fence_question("[]"), server::FieldErrors);
}

TEST_CASE("the answer has the most probable fence first, of equals the lesser id") {
    const server::Collection collection = crowded(3);
    REQUIRE(collection.snapshot->prepare_fences(std::chrono::seconds(10)));
    const json answer = json::parse(answer_fence_question(
        collection, parse_fence_question(R"({"positions":[{"lon":139.5,"lat":35.8,"accuracy_m":100},{"lon":0,"lat":0,"accuracy_m":5}]})")));
    CHECK(answer["revision"] == "crowded=3");
    CHECK(answer["rules"] == "2026-04-01/4");
    CHECK(answer["at_least"] == 0.02);
    REQUIRE(answer["positions"].size() == 2);
    CHECK(answer["positions"][0]["sigma_m"] == 66.2);
    CHECK(answer["positions"][0]["fences"] ==
          json{{{"id", "f1"}, {"probability", 1.0}}, {{"id", "f2"}, {"probability", 1.0}}, {{"id", "f0"}, {"probability", 0.6802}}});
    CHECK(answer["positions"][1]["fences"].empty());
}

TEST_CASE("an answer past the limit of fences is refused with the position that went past it") {
    const server::Collection collection = crowded(server::max_answered_fences / 2 + 1);
    REQUIRE(collection.snapshot->prepare_fences(std::chrono::seconds(60)));
    json body = right;
    CHECK_NOTHROW(answer_fence_question(collection, parse_fence_question(body.dump())));
    body["positions"].push_back(body["positions"][0]);
    CHECK_THROWS_WITH(answer_fence_question(collection, parse_fence_question(body.dump())),
                      Catch::Contains("field /positions/1: with this one more than 10000 fences"));
}
