#include "server/rally/rally.hpp"

#include "server/json_reader.hpp"
#include "server/time.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace keyaki;
using namespace keyaki::server;

namespace {

nlohmann::json smallest() {
    return {{"id", "walking-2026"},
            {"kind", "walking"},
            {"title", {{"ja", "ウォーキングラリー"}}},
            {"starts", "2026-04-01T00:00:00+09:00"},
            {"ends", "2027-03-31T23:59:59+09:00"},
            {"budget", 1000},
            {"spots", {{"layer", "spots"}}}};
}

std::string first_pointer(const nlohmann::json &json) {
    try {
        static_cast<void>(rally::parse_rally(json.dump()));
    } catch (const FieldErrors &errors) {
        return errors.errors().front().pointer;
    }
    return "";
}

} // namespace

TEST_CASE("a rally needs id, kind, title, window, budget and spots, and nothing else") {
    const rally::Rally read = rally::parse_rally(smallest().dump());
    CHECK(read.id == "walking-2026");
    CHECK(read.title_en == "ウォーキングラリー");
    CHECK(read.spots.radius_m == 40);
    CHECK(read.spots.points == 0);
    for (const char *field : {"id", "kind", "title", "starts", "ends", "budget", "spots"}) {
        nlohmann::json json = smallest();
        json.erase(field);
        CHECK(first_pointer(json) == std::string("/") + field);
    }
}

TEST_CASE("a wrong field of a rally is named") {
    const std::vector<std::pair<const char *, nlohmann::json>> wrong{{"/id", "a/b"},
                                                                     {"/kind", "dancing"},
                                                                     {"/title/ja", 5},
                                                                     {"/starts", "today"},
                                                                     {"/ends", "2026-04-01T00:00:00+09:00"},
                                                                     {"/budget", -1},
                                                                     {"/budget", 1.5},
                                                                     {"/spots/layer", "Spots!"},
                                                                     {"/spots/radius_m", 5},
                                                                     {"/spots/points", -1},
                                                                     {"/spots/per", "hourly"},
                                                                     {"/limits", nullptr},
                                                                     {"/limits/points_per_member_per_day", 0}};
    for (const auto &[pointer, value] : wrong) {
        if (value.is_null()) {
            continue;
        }
        nlohmann::json json = smallest();
        json[nlohmann::json::json_pointer(pointer)] = value;
        CAPTURE(pointer);
        CHECK(first_pointer(json) == pointer);
    }
}

TEST_CASE("rules that are written down but not applied yet are refused by name") {
    for (const char *pointer : {"/courses", "/completion", "/points_expire", "/spots/filter", "/spots/evidence", "/surprise"}) {
        nlohmann::json json = smallest();
        json[nlohmann::json::json_pointer(pointer)] = "x";
        CAPTURE(pointer);
        CHECK(first_pointer(json) == pointer);
    }
}

TEST_CASE("the order of fields and white space make no other configuration") {
    const std::string text = smallest().dump(2);
    CHECK(rally::canonical_rally_json(text) == rally::canonical_rally_json(smallest().dump()));
}

TEST_CASE("the sample city's rallies can be put") {
    for (const char *name : {"walking-2026", "preparedness-2026"}) {
        std::ifstream file(test::project_file(std::string("data/samples/kiyose/rallies/") + name + ".json"));
        std::stringstream text;
        text << file.rdbuf();
        CHECK(rally::parse_rally(text.str()).id == name);
    }
}
