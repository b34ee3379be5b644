#include "server/rally/rules.hpp"

#include "server/json_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>

using namespace keyaki::server;
using namespace keyaki::server::rally;

TEST_CASE("the rules are written with every constant and read as they were") {
    const Rules rules;
    const nlohmann::json json = nlohmann::json::parse(rules_json(rules));
    CHECK(json["version"] == rules.version);
    CHECK(json["presence.in_probability"] == 0.23);
    CHECK(json["score.weights.MOCK_FLAG"] == 70);
    CHECK(json["track.pass_coverage"] == 0.85);
    CHECK(json["stay.leave_gap_ms"] == 20'000);
    CHECK(json["evidence.code_step_s"] == 30);
    CHECK(rules_json(parse_rules(rules_json(rules))) == rules_json(rules));
    std::set<std::string> names;
    Rules copy;
    for (const Constant &constant : constants_of(copy)) {
        CHECK(names.insert(constant.name).second);
    }
    // A constant that is added to the structures and forgotten here would be missing in the version that answers name.
    CHECK(names.size() == (sizeof(keyaki::geo::PresenceRules) - sizeof(std::string_view) + sizeof(keyaki::geo::StayRules) +
                           sizeof(keyaki::geo::TrackRules) + sizeof(ScoreRules) + sizeof(EvidenceRules) + sizeof(CourseRules)) /
                              sizeof(double));
}

TEST_CASE("other rules name what differs; what is wrong in them is named") {
    CHECK(parse_rules(R"({"version":"trial","presence.in_probability":0.3})").presence.in_probability == 0.3);
    CHECK(parse_rules(R"({"version":"trial"})").presence.in_probability == 0.23);
    const auto pointer_of = [](const char *text) {
        try {
            static_cast<void>(parse_rules(text));
        } catch (const FieldErrors &errors) {
            return errors.errors().front().pointer;
        }
        return std::string();
    };
    CHECK(pointer_of("{}") == "/version");
    CHECK(pointer_of(R"({"version":"t","presence.in_probabilty":0.3})") == "/presence.in_probabilty");
    CHECK(pointer_of(R"({"version":"t","score.weights.MOCK_FLAG":-1})") == "/score.weights.MOCK_FLAG");
    CHECK(pointer_of(R"({"version":"t","presence.bundle_fixes":"three"})") == "/presence.bundle_fixes");
}

TEST_CASE("rules that would need the positions themselves are told apart from those that need what is kept") {
    Rules other;
    other.presence.in_probability = 0.3;
    other.score.hold_from = 50;
    CHECK(unreplayable_differences(Rules{}, other).empty());
    other.presence.android_accuracy_per_sigma = 1.2;
    CHECK(unreplayable_differences(Rules{}, other) == std::vector<std::string>{"presence.android_accuracy_per_sigma"});
}
