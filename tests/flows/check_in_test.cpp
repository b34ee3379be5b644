// Check-ins over a live server: from a request to a stamp, points and the books.
#include "tests/flows/sample_city.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <thread>
#include <vector>

using namespace keyaki;
using nlohmann::json;
using test::check_in_body;
using test::HttpAnswer;
using test::HttpClient;

namespace {

HttpAnswer check_in(HttpClient &client, const std::string &key, const std::string &body, const std::vector<std::string> &more = {}) {
    std::vector<std::string> headers{"Content-Type: application/json", "Idempotency-Key: " + key};
    headers.insert(headers.end(), more.begin(), more.end());
    return client.post("/checkins", body, headers);
}

std::int64_t points_of(HttpClient &client, const std::string &member) {
    return json::parse(client.get("/members/" + member + "/points").body)["points"].get<std::int64_t>();
}

} // namespace

TEST_CASE("two good fixes at a shelter give a stamp, and ten points that the ledger proves") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);

    const HttpAnswer answer = check_in(client, "k1", check_in_body("m-1"));
    CAPTURE(answer.body);
    REQUIRE(answer.status == 201);
    const json verdict = json::parse(answer.body);
    CHECK(verdict["verdict"] == "accepted");
    CHECK(verdict["reasons"].empty());
    CHECK(verdict["inside_probability"].get<double>() > 0.9);
    CHECK(verdict["revision"] == "shelters=1");
    CHECK(verdict["stamp"]["spot"] == "shelters/daisan-chugakko");
    CHECK(verdict["awards"][0]["transfer"] == "award/always/shelters/daisan-chugakko/m-1");
    CHECK(verdict["awards"][0]["points"] == 10);
    CHECK(answer.header("location") == "/checkins/" + verdict["id"].get<std::string>());
    CHECK(client.get(answer.header("location")).body == answer.body);

    SECTION("the same request again gets the same bytes and moves nothing") {
        const std::string body = check_in_body("m-2");
        const HttpAnswer first = check_in(client, "k2", body);
        const HttpAnswer again = check_in(client, "k2", body);
        CHECK(again.status == 201);
        CHECK(again.body == first.body);
        CHECK(again.header("location") == first.header("location"));
        CHECK(again.header("idempotent-replayed") == "true");
        CHECK(first.header("idempotent-replayed").empty());
        CHECK(points_of(client, "m-2") == 10);
    }
    SECTION("the same key with another body is refused and does nothing") {
        const HttpAnswer reused = check_in(client, "k1", check_in_body("m-3"));
        CHECK(reused.status == 422);
        CHECK(points_of(client, "m-3") == 0);
    }
    SECTION("another key for the same spot finds the stamp that is there") {
        const json second = json::parse(check_in(client, "k4", check_in_body("m-1")).body);
        CHECK(second["verdict"] == "refused");
        CHECK(second["reasons"] == json{"ALREADY_STAMPED"});
        CHECK(points_of(client, "m-1") == 10);
    }
    SECTION("the books show where the points came from") {
        CHECK(points_of(client, "m-1") == 10);
        const json stamps = json::parse(client.get("/members/m-1/stamps").body)["stamps"];
        REQUIRE(stamps.size() == 1);
        CHECK(stamps[0]["spot"] == "shelters/daisan-chugakko");
        const json budget = json::parse(client.get("/ledger/accounts/budget:always").body);
        CHECK(budget["credits_posted"] == 100'000'000);
        CHECK(budget["available"] == 99'999'990);
        const json transfers = json::parse(client.get("/ledger/accounts/member:m-1/transfers").body)["transfers"];
        REQUIRE(transfers.size() == 1);
        CHECK(transfers[0]["reference"] == verdict["id"]);
        const json head = json::parse(client.get("/ledger/head").body);
        CHECK(head["hash"] == transfers[0]["hash"]);
        const test::CommandResult verified = test::run_keyaki({"ledger", "verify", "--database", city.database.string()});
        CAPTURE(verified.out, verified.error);
        CHECK(verified.status == 0);
    }
}

TEST_CASE("who is not there is refused, who may be there is asked again") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);

    const json away = json::parse(check_in(client, "a", check_in_body("m-1", 300)).body);
    CHECK(away["verdict"] == "refused");
    CHECK(away["reasons"] == json{"OUTSIDE"});
    CHECK(away["stamp"].is_null());
    CHECK(away["awards"].empty());
    CHECK(away["message"].get<std::string>().find("スポットから離れています") == 0);
    const json english = json::parse(check_in(client, "b", check_in_body("m-1", 300), {"Accept-Language: en"}).body);
    CHECK(english["message"].get<std::string>().find("You are away from the spot") == 0);

    const json vague = json::parse(check_in(client, "c", check_in_body("m-1", 0, 1, 30)).body);
    CHECK(vague["verdict"] == "more_fixes");
    CHECK(vague["next"]["fixes"].get<int>() >= 1);
    CHECK(vague["next"]["seconds_apart"].get<int>() >= 3);
    CHECK(points_of(client, "m-1") == 0);
}

TEST_CASE("the sentence that a phone shows says what became of the attempt: held until it was looked at, or refused") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);
    json made_up = json::parse(check_in_body("m-1"));
    for (json &fix : made_up["fixes"]) {
        fix["mocked"] = true;
        fix["lon"] = fix["lon"].get<double>() + 1e-6; // a bundle that could be known again
    }
    made_up["fixes"][1]["lat"] = made_up["fixes"][1]["lat"].get<double>() + 4e-6;
    const json held = json::parse(check_in(client, "a", made_up.dump()).body);
    CAPTURE(held.dump());
    CHECK(held["verdict"] == "held");
    CHECK(held["message"] == "端末が、アプリの作った位置だと伝えています。確認のあとでポイントが付きます。");
    made_up["member"] = "m-2"; // the very same positions once more
    const json refused = json::parse(check_in(client, "b", made_up.dump(), {"Accept-Language: en"}).body);
    CAPTURE(refused.dump());
    CHECK(refused["verdict"] == "refused");
    CHECK(refused["message"] == "The phone says that an app made this position up.");
    CHECK(points_of(client, "m-1") == 0);
    CHECK(points_of(client, "m-2") == 0);
}

TEST_CASE("a check-in that is wrong in itself is refused with every wrong field named, and leaves nothing behind") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);
    const auto status_of = [&](const json &body) { return check_in(client, "k", body.dump()).status; };
    const json right = json::parse(check_in_body("m-1"));

    CHECK(client.post("/checkins", right.dump(), {"Content-Type: application/json"}).status == 400);
    CHECK(client.post("/checkins", right.dump(), {"Content-Type: text/plain", "Idempotency-Key: k"}).status == 415);
    CHECK(check_in(client, "k", "{").status == 400);
    CHECK(check_in(client, "k", std::string(17 * 1024, ' ')).status == 413);

    json wrong = right;
    wrong["fixes"][0]["lon"] = 181;
    wrong["member"] = "a/b";
    wrong["colour"] = "red";
    const HttpAnswer answer = check_in(client, "k", wrong.dump());
    CHECK(answer.status == 422);
    std::vector<std::string> pointers;
    const json problem = json::parse(answer.body);
    for (const json &error : problem["errors"]) {
        pointers.push_back(error["pointer"].get<std::string>());
    }
    CHECK(pointers == std::vector<std::string>{"/member", "/fixes/0/lon", "/colour"});

    for (const auto &[pointer, value] : std::vector<std::pair<const char *, json>>{{"/spot", "shelters/nobody"},
                                                                                   {"/spot", "farm_stands/1"},
                                                                                   {"/rally", "no-such-rally"},
                                                                                   {"/fixes", json::array()},
                                                                                   {"/fixes", "here"},
                                                                                   {"/fixes/0/lat", nullptr},
                                                                                   {"/fixes/0/taken_at", "yesterday"},
                                                                                   {"/platform", "toaster"},
                                                                                   {"/evidence", {{"quiz", 5}}},
                                                                                   {"/evidence", {{"song", "b"}}},
                                                                                   {"/evidence", {{"nfc", {{"uid", "04"}}}}},
                                                                                   {"/integrity", "perhaps"},
                                                                                   {"/run", "r1"}}) {
        json body = right;
        body[json::json_pointer(pointer)] = value;
        CAPTURE(pointer, value);
        CHECK(status_of(body) == 422);
    }
    // The key was never used for anything that counted: the right request still gets its verdict.
    CHECK(json::parse(check_in(client, "k", check_in_body("m-1")).body)["verdict"] == "accepted");
}

TEST_CASE("keys open what they were made for and nothing else") {
    const test::SampleCity city;
    const test::CommandResult made =
        test::run_keyaki({"key", "create", "--name", "reader", "--scopes", "members:read", "--json", "--database", city.database.string()});
    const json reader = json::parse(made.out);
    test::LiveServer server(city.database);
    HttpClient nobody(server.address());
    HttpClient stranger(server.address(), "keyaki_wrong");
    HttpClient member_reader(server.address(), reader["key"].get<std::string>());
    for (const char *path : {"/members/m-1/points", "/members/m-1/stamps", "/checkins/01J", "/ledger/accounts/issuer:chamber"}) {
        CAPTURE(path);
        CHECK(nobody.get(path).status == 401);
        CHECK(nobody.get(path).header("www-authenticate").rfind("Bearer", 0) == 0);
        CHECK(stranger.get(path).status == 401);
    }
    CHECK(member_reader.get("/members/m-1/points").status == 200);
    CHECK(member_reader.get("/ledger/accounts/issuer:chamber").status == 403);
    CHECK(check_in(member_reader, "k", check_in_body("m-1")).status == 403);
    CHECK(test::run_keyaki({"key", "revoke", reader["id"].get<std::string>(), "--database", city.database.string()}).status == 0);
    CHECK(member_reader.get("/members/m-1/points").status == 401);
}

TEST_CASE("a shop's key and the chamber's cannot spoil the award of a check-in that is to come, by a transfer that is refused") {
    const test::SampleCity city;
    const std::string file = city.database.string();
    const auto made = [&](const std::string &scopes) {
        const test::CommandResult key = test::run_keyaki({"key", "create", "--name", "t", "--scopes", scopes, "--json", "--database", file});
        return json::parse(key.out).at("key").get<std::string>();
    };
    REQUIRE(test::run_keyaki({"ledger", "shop", "bakery", "general", "--database", file}).status == 0);
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);
    HttpClient bakery(server.address(), made("ledger:spend:bakery"));
    HttpClient chamber(server.address(), made("ledger:write"));
    const std::vector<std::string> as_json{"Content-Type: application/json"};
    const std::string award = "award/always/shelters/daisan-chugakko/m-1";

    // m-1 has no points yet, so the ledger itself would refuse either of these and with it its id for ever.
    const HttpAnswer payment = bakery.post("/ledger/shops/bakery/payments", json{{"id", award}, {"member", "m-1"}, {"amount", 1}}.dump(), as_json);
    CHECK(payment.status == 422);
    CHECK_THAT(payment.body, Catch::Contains(R"("/id")") && Catch::Contains("award/"));
    for (const std::string &id :
         {award, std::string("steps/always/m-1/2026-04-12/5"), std::string("fund/always/2"), std::string("return/always/2")}) {
        CAPTURE(id);
        const json body{{"id", id}, {"debit", "member:m-1"}, {"credit", "shop:bakery"}, {"amount", 1}, {"code", "t"}};
        CHECK(chamber.post("/ledger/transfers", body.dump(), as_json).status == 422);
    }
    const json verdict = json::parse(check_in(client, "k", check_in_body("m-1")).body);
    CHECK(verdict["verdict"] == "accepted");
    CHECK(points_of(client, "m-1") == 10);
    CHECK(test::run_keyaki({"ledger", "fund", "always", "1", "--id", "fund/always/2", "--database", file}).status != 0);
}

TEST_CASE("I6, I8: sixteen phones with one key and sixteen with different keys get one award for one spot") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    const std::string body = check_in_body("m-1");
    std::vector<std::string> bodies(32);
    std::vector<std::thread> phones;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        phones.emplace_back([&, i] {
            HttpClient client(server.address(), city.key);
            bodies[i] = check_in(client, i < 16 ? "same" : "k" + std::to_string(i), body).body;
        });
    }
    for (std::thread &phone : phones) {
        phone.join();
    }
    int accepted = 0;
    for (std::size_t i = 16; i < bodies.size(); ++i) {
        accepted += json::parse(bodies[i])["verdict"] == "accepted" ? 1 : 0;
    }
    for (std::size_t i = 1; i < 16; ++i) {
        CHECK(bodies[i] == bodies[0]);
    }
    CHECK(accepted + (json::parse(bodies[0])["verdict"] == "accepted" ? 1 : 0) == 1);
    HttpClient client(server.address(), city.key);
    CHECK(points_of(client, "m-1") == 10);
}
