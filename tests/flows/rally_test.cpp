// Rallies over a live server and at the command line: one server for all that does not need another one.
#include "tests/flows/sample_city.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace keyaki;
using nlohmann::json;
using test::check_in_body;
using test::HttpAnswer;
using test::HttpClient;

namespace {

const std::vector<std::string> as_json{"Content-Type: application/json"};

std::string key_with(const std::filesystem::path &database, const std::string &scopes) {
    return json::parse(
        test::run_keyaki({"key", "create", "--name", scopes, "--scopes", scopes, "--json", "--database", database.string()}).out)["key"];
}

json quiz_rally() {
    return {{"id", "quiz"},
            {"kind", "preparedness"},
            {"title", {{"ja", "クイズ"}, {"en", "Quiz"}}},
            {"starts", "2020-01-01T00:00:00+09:00"},
            {"ends", "2099-12-31T23:59:59+09:00"},
            {"budget", 1'000},
            {"spots", {{"layer", "shelters"}, {"points", 10}, {"evidence", {"quiz"}}}},
            {"quiz",
             {{"questions",
               {{{"id", "water"},
                 {"text", {{"ja", "水は一人一日何リットル?"}, {"en", "Litres of water a day?"}}},
                 {"choices", {{{"key", "a"}, {"text", {{"ja", "1"}}}}, {{"key", "b"}, {"text", {{"ja", "3"}}}}}},
                 {"answers", {"b"}}}}}}}};
}

std::string body_with(const std::string &member, const json &more) {
    json body = json::parse(check_in_body(member));
    body.update(more);
    return body.dump();
}

/// One server for all cases, with the quiz put; each case has members of its own.
struct Stage {
    test::SampleCity city;
    std::string database = city.database.string();
    test::LiveServer server{city.database};
    HttpClient app{server.address(), city.key};
    HttpClient staff{server.address(), key_with(city.database, "rallies:write,checkins:staff,checkins:review")};
    HttpClient nobody{server.address()};

    Stage() { REQUIRE(staff.send("PUT", "/rallies/quiz", quiz_rally().dump(), as_json).status == 200); }
    static Stage &get() {
        static Stage stage;
        return stage;
    }
};

const std::string spot = "shelters/daisan-chugakko";

HttpAnswer check_in(HttpClient &client, const std::string &key, const std::string &body) {
    return client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: " + key});
}

} // namespace

TEST_CASE("a rally is put by who may, with every wrong field named, and the same again is no new version") {
    Stage &stage = Stage::get();
    CHECK(stage.nobody.send("PUT", "/rallies/quiz", quiz_rally().dump(), as_json).status == 401);
    CHECK(stage.app.send("PUT", "/rallies/quiz", quiz_rally().dump(), as_json).status == 403);
    json wrong = quiz_rally();
    wrong["quiz"]["questions"][0]["answers"] = {"c"};
    const HttpAnswer named = stage.staff.send("PUT", "/rallies/quiz", wrong.dump(), as_json);
    CHECK(named.status == 422);
    CHECK(json::parse(named.body)["errors"][0]["pointer"] == "/quiz/questions/0/answers/0");
    wrong = quiz_rally();
    wrong["spots"]["filter"] = "no_such_property = 1";
    CHECK(json::parse(stage.staff.send("PUT", "/rallies/quiz", wrong.dump(), as_json).body)["errors"][0]["pointer"] == "/spots/filter");
    CHECK(stage.staff.send("PUT", "/rallies/other", quiz_rally().dump(), as_json).status == 422);
    CHECK(json::parse(stage.staff.send("PUT", "/rallies/quiz", quiz_rally().dump(), as_json).body)["changed"] == false);
    CHECK(json::parse(stage.staff.get("/rallies").body)["rallies"].size() == 4); // the sample city has two of its own
    CHECK(stage.app.get("/rallies").status == 403);
}

TEST_CASE("a question is asked without its answer, and answered at the spot") {
    Stage &stage = Stage::get();
    const HttpAnswer question = stage.app.get("/rallies/quiz/question?spot=" + spot + "&member=m-1");
    CHECK(question.status == 200);
    CHECK(json::parse(question.body)["quiz"]["choices"].size() == 2);
    CHECK(question.body.find("answers") == std::string::npos);
    CHECK(stage.app.get("/rallies/quiz/question?spot=shelters/nobody&member=m-1").status == 422);
    CHECK(stage.app.get("/rallies/quiz/question?spot=" + spot).status == 400);
    CHECK(stage.app.get("/rallies/nothing/question?spot=" + spot + "&member=m-1").status == 404);
    const json asked = json::parse(check_in(stage.app, "1", body_with("m-1", {{"rally", "quiz"}})).body);
    CHECK(asked["next"]["evidence"] == json{"quiz"});
    const json stamped = json::parse(check_in(stage.app, "2", body_with("m-1", {{"rally", "quiz"}, {"evidence", {{"quiz", "Ｂ"}}}})).body);
    CHECK(stamped["verdict"] == "accepted");
    CHECK(json::parse(stage.app.get("/rallies/quiz/progress/m-1").body)["stamps"][0]["spot"] == spot);
    CHECK(stage.nobody.get("/rallies/quiz/progress/m-1").status == 401);
    CHECK(stage.app.get("/rallies/quiz/progress/a%2Fb").status == 400);
}

TEST_CASE("a made-up position is held, and who may review posts it, once") {
    Stage &stage = Stage::get();
    json mocked = json::parse(check_in_body("m-2"));
    mocked["fixes"][1]["mocked"] = true;
    const json held = json::parse(check_in(stage.app, "3", mocked.dump()).body);
    CHECK(held["verdict"] == "held");
    CHECK(held["awards"][0]["state"] == "pending");
    CHECK(json::parse(stage.app.get("/members/m-2/points").body)["pending"] == 10);
    const std::string id = held["id"];
    CHECK(stage.app.get("/reviews").status == 403);
    const json reviews = json::parse(stage.staff.get("/reviews").body)["reviews"];
    const auto review = std::find_if(reviews.begin(), reviews.end(), [&id](const json &one) { return one["check_in"] == id; });
    REQUIRE(review != reviews.end());
    CHECK((*review)["kind"] == "held");
    CHECK((*review)["reasons"] == json{"MOCK_FLAG", "ATTEST_MISSING"});
    CHECK(review->dump().find("139.5") == std::string::npos);
    CHECK(stage.app.post("/reviews/" + id, R"({"decision":"approve"})", as_json).status == 403);
    CHECK(stage.staff.post("/reviews/" + id, R"({"decision":"perhaps"})", as_json).status == 422);
    CHECK(stage.staff.post("/reviews/" + id, R"({"decision":"reject"})", as_json).status == 422); // a note says why
    CHECK(stage.staff.post("/reviews/01J", R"({"decision":"approve"})", as_json).status == 404);
    CHECK(stage.staff.post("/reviews/" + id, R"({"decision":"approve","note":"seen"})", as_json).status == 200);
    CHECK(stage.staff.post("/reviews/" + id, R"({"decision":"approve"})", as_json).status == 409);
    CHECK(json::parse(stage.app.get("/members/m-2/points").body)["points"] == 10);
    const json open = json::parse(test::run_keyaki({"review", "list", "--json", "--database", stage.database}).out);
    CHECK(std::none_of(open.begin(), open.end(), [&id](const json &one) { return one["check_in"] == id; }));
}

TEST_CASE("the staff stamps whom it sees without a phone, and an app may not say that it does") {
    Stage &stage = Stage::get();
    const json seen{{"member", "m-3"}, {"rally", "always"}, {"spot", spot}, {"evidence", {{"staff", true}}}};
    CHECK(check_in(stage.app, "4", seen.dump()).status == 403);
    CHECK(json::parse(check_in(stage.staff, "4", seen.dump()).body)["verdict"] == "accepted");
    CHECK(check_in(stage.staff, "5", check_in_body("m-4")).status == 403);
}

TEST_CASE("at the command line check-ins are decided again as they were, and as other rules and configurations would") {
    Stage &stage = Stage::get();
    json mocked = json::parse(check_in_body("m-5"));
    mocked["fixes"][0]["mocked"] = true;
    const std::string id = json::parse(check_in(stage.app, "6", mocked.dump()).body)["id"];
    const test::CommandResult replayed = test::run_keyaki({"checkin", "replay", id, "--database", stage.database});
    CAPTURE(replayed.out, replayed.error);
    CHECK(replayed.status == 0);
    CHECK(replayed.out.find("the same answer as then") != std::string::npos);
    const auto body = stage.city.folder.write("body.json", mocked.dump());
    CHECK(test::run_keyaki({"checkin", "replay", id, "--body", body.string(), "--database", stage.database}).status == 0);
    const auto other = stage.city.folder.write("other.json", check_in_body("m-5"));
    CHECK(test::run_keyaki({"checkin", "replay", id, "--body", other.string(), "--database", stage.database}).status == 74);
    CHECK(test::run_keyaki({"checkin", "replay", "01J", "--database", stage.database}).status == 66);
    const auto rules = stage.city.folder.write("rules.json", R"({"version":"strict","score.refuse_from":70})");
    const test::CommandResult shadow = test::run_keyaki({"checkin", "shadow", rules.string(), "--json", "--database", stage.database});
    REQUIRE(shadow.status == 0);
    CHECK(json::parse(shadow.out)["changes"].back()["check_in"] == id);
    json dear = quiz_rally();
    dear["spots"]["points"] = 50;
    const auto file = stage.city.folder.write("dear.json", dear.dump());
    const test::CommandResult preview = test::run_keyaki({"rally", "preview", file.string(), "--json", "--database", stage.database});
    CHECK(json::parse(preview.out)["points_now"] == 50);
    CHECK(json::parse(test::run_keyaki({"checkin", "rules"}).out)["presence.in_probability"] == 0.23);
    CHECK(test::run_keyaki({"review", "reject", id, "--note", "joystick", "--database", stage.database}).status == 0);
    CHECK(json::parse(stage.app.get("/members/m-5/points").body)["pending"] == 0);
    CHECK(test::run_keyaki({"ledger", "verify", "--database", stage.database}).status == 0);
}

TEST_CASE("codes, sheets and draws are for who runs the rally") {
    Stage &stage = Stage::get();
    const json code = json::parse(stage.staff.get("/rallies/quiz/code?spot=" + spot).body);
    CHECK(code["code"].get<std::string>().size() == 6);
    CHECK(stage.app.get("/rallies/quiz/code?spot=" + spot).status == 403);
    const json shown = json::parse(test::run_keyaki({"rally", "code", "quiz", spot, "--json", "--database", stage.database}).out);
    CHECK(shown["uri"].get<std::string>().rfind("otpauth://totp/", 0) == 0);
    const auto sheets = stage.city.folder / "sheets";
    CHECK(test::run_keyaki({"rally", "sheets", "quiz", sheets.string(), "--url", "https://map.example.jp/stamp", "--database", stage.database})
              .status == 0);
    CHECK(std::distance(std::filesystem::directory_iterator(sheets), {}) > 5);
    if (test::has_program("rsvg-convert") && test::has_program("pdftotext")) {
        const std::string pdf = (stage.city.folder / "sheets.pdf").string();
        CHECK(test::run_keyaki(
                  {"rally", "sheets", "quiz", sheets.string(), "--pdf", pdf, "--url", "https://map.example.jp/stamp", "--database", stage.database})
                  .status == 0);
        const std::string text = test::run({"pdftotext", pdf, "-"}).out;
        const auto pages = std::count(text.begin(), text.end(), '\f');
        CHECK(pages == std::distance(std::filesystem::directory_iterator(sheets), {}));
        CHECK(text.find("アプリでこのコードを読み取ってください") != std::string::npos);
        CHECK(text.find("クイズ") != std::string::npos); // the rally's title
        const std::string fonts = test::run({"pdffonts", pdf}).out;
        CHECK(fonts.find("CJK") != std::string::npos);
        CHECK(test::run({"pdfinfo", pdf}).out.find("(A4)") != std::string::npos);
        const std::string before = test::bytes_of(pdf);
        const std::string no_room = "ulimit -f 80; trap '' XFSZ; exec \"$@\""; // 80 blocks of 512 bytes, which the database's files keep to
        const test::CommandResult cut = test::run({"sh", "-c", no_room, "sh", KEYAKI_PROGRAM, "rally", "sheets", "quiz", sheets.string(), "--pdf",
                                                   pdf, "--url", "https://map.example.jp/stamp", "--database", stage.database});
        CHECK(before.size() > 80 * 512);
        CHECK(cut.status != 0);
        CHECK(cut.error.find("could not be written") != std::string::npos);
        CHECK(test::bytes_of(pdf) == before);
        CHECK_FALSE(std::filesystem::exists(pdf + ".partial"));
    } else {
        WARN("without rsvg-convert and pdftotext (librsvg2-bin, poppler-utils) no PDF is made and read");
    }
    CHECK(stage.app.get("/rallies/quiz/draw").status == 404);
    const test::CommandResult early =
        test::run_keyaki({"rally", "draw", "quiz", "--winners", "1", "--announce", "drand round 1", "--database", stage.database});
    CHECK(early.status == 64); // the rally is still on
    const auto key = stage.city.folder.write("tag.key", "00112233445566778899aabbccddeeff\n");
    CHECK(test::run_keyaki({"rally", "tag", "quiz", spot, "--uid", "04DE5F1EACC040", "--key-file", key.string(), "--database", stage.database})
              .status == 0);
    CHECK(test::run_keyaki({"rally", "tag", "quiz", spot, "--uid", "04", "--key-file", key.string(), "--database", stage.database}).status == 65);
}
