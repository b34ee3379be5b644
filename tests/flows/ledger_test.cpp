// The ledger over a live server and from the command line: spending, holding, correcting, reading the books.
#include "data/books.hpp"
#include "data/store.hpp"
#include "tests/flows/ledger_books.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace keyaki;
using nlohmann::json;
using test::as_json;
using test::HttpAnswer;
using test::HttpClient;
using test::keyaki_must;
using test::transfer;

namespace {

HttpAnswer pay(HttpClient &client, const std::string &shop, const std::string &id, int amount, const json &more = json::object()) {
    json body{{"id", id}, {"member", "m-1"}, {"amount", amount}};
    body.update(more);
    return client.post("/ledger/shops/" + shop + "/payments", body.dump(), as_json);
}

json account(HttpClient &client, const std::string &id) { return json::parse(client.get("/ledger/accounts/" + id).body); }

std::string outcome_of(const HttpAnswer &answer) { return json::parse(answer.body).value("outcome", std::to_string(answer.status)); }

/// Those books, served, with a hundred points and forty tickets in the hands of m-1. At the end they verify.
struct OpenBooks {
    test::LedgerBooks books;
    test::LiveServer server{books.database, books.options()};
    HttpClient client{server.address(), books.key};
    HttpAnswer given = transfer(client, "a/1", "budget:walk", "member:m-1", 100, {{"expires_at", "2099-04-01T00:00:00+09:00"}});

    OpenBooks() {
        CAPTURE(given.body);
        REQUIRE(given.status == 201);
        REQUIRE(transfer(client, "a/3", "budget:kids", "member:m-1/childcare", 40).status == 201);
    }
    std::string file() const { return books.database.string(); }
    void verify() const { keyaki_must({"ledger", "verify", "--database", file()}); }
};

} // namespace

TEST_CASE("a transfer that is sent again is answered with the entry that was made, and one with another field refused") {
    OpenBooks open;
    HttpClient &client = open.client;
    CHECK(open.given.header("location") == "/ledger/transfers/a%2F1");
    CHECK(json::parse(open.given.body)["expires_at"] == "2099-04-01T00:00:00+09:00");
    const HttpAnswer again = transfer(client, "a/1", "budget:walk", "member:m-1", 100, {{"expires_at", "2099-04-01T00:00:00+09:00"}});
    CHECK(again.status == 200);
    CHECK(again.header("idempotent-replayed") == "true");
    CHECK(outcome_of(transfer(client, "a/1", "budget:walk", "member:m-1", 101)) == "exists_with_different_amount");
    open.verify();
}

TEST_CASE("I13: a shop takes points of its purposes alone, and nobody pays a member") {
    OpenBooks open;
    HttpClient &client = open.client;
    CHECK(pay(client, "bakery", "p/1", 30).status == 201);
    CHECK(outcome_of(pay(client, "bakery", "p/2", 5, {{"purpose", "childcare"}})) == "purpose_not_allowed");
    CHECK(pay(client, "nursery", "p/3", 5, {{"purpose", "childcare"}}).status == 201);
    CHECK(outcome_of(pay(client, "nursery", "p/4", 36, {{"purpose", "childcare"}})) == "exceeds_credits");
    CHECK(outcome_of(pay(client, "nursery", "p/4", 1, {{"purpose", "childcare"}})) == "id_already_failed");
    CHECK(outcome_of(transfer(client, "t/1", "member:m-1", "member:m-2", 1)) == "kind_pair_not_allowed");
    CHECK(outcome_of(pay(client, "unknown", "p/5", 1)) == "credit_account_not_found");
    CHECK(account(client, "member:m-1")["available"] == 70);
    CHECK(account(client, "shop:nursery%2Fchildcare")["available"] == 5);
    open.verify();
}

TEST_CASE("no account is made whose id says another unit than the points that are paid to it") {
    OpenBooks open;
    HttpClient &client = open.client;
    CHECK(outcome_of(transfer(client, "w/1", "member:m-1", "shop:nursery/childcare", 5)) == "credit_account_not_found");
    CHECK(client.get("/ledger/accounts/shop:nursery%2Fchildcare").status == 404);
    CHECK(pay(client, "nursery", "p/1", 5, {{"purpose", "childcare"}}).status == 201); // the account that it would have blocked for ever
    CHECK(outcome_of(transfer(client, "w/2", "shop:nursery/childcare", "redeemed", 5)) == "credit_account_not_found");
    CHECK(transfer(client, "w/3", "shop:nursery/childcare", "redeemed/childcare", 5).status == 201);
    CHECK(pay(client, "nursery", "p/2", 5).status == 201);
    CHECK(transfer(client, "w/4", "shop:nursery", "redeemed", 5).status == 201);
    open.verify();
}

TEST_CASE("a shop's own key spends there and nowhere else, and reads its own statement") {
    OpenBooks open;
    HttpClient bakery(open.server.address(), open.books.bakery_key);
    CHECK(pay(bakery, "bakery", "p/1", 30).status == 201);
    CHECK(pay(bakery, "nursery", "p/2", 30).status == 403);
    CHECK(transfer(bakery, "t/1", "budget:walk", "member:m-1", 1).status == 403);
    CHECK(bakery.get("/ledger/shops/bakery/statement?from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z").status == 200);
    CHECK(bakery.get("/ledger/shops/nursery/statement?from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z").status == 403);
    CHECK(bakery.get("/ledger/accounts/member:m-1").status == 403);
    open.verify();
}

TEST_CASE("a shop's own key redeems a member's coupon of that shop, once, and again with the same id for an answer that was lost") {
    test::LedgerBooks books;
    constexpr std::int64_t far_us = 4'000'000'000'000'000; // the year 2096
    data::open_store({books.database, false})->write([&](data::WriteTransaction &transaction) {
        data::Books of_rallies = transaction.books();
        of_rallies.prizes.grant({"FRESH", "walk", "m-1", "bakery", "焼き芋", "check-in-1", 1, far_us, std::nullopt, ""});
        of_rallies.prizes.grant({"STALE", "walk", "m-1", "bakery", "焼き芋", "check-in-2", 1, 2, std::nullopt, ""});
        of_rallies.prizes.grant({"OTHER", "walk", "m-1", "nursery", "焼き芋", "check-in-3", 1, far_us, std::nullopt, ""});
    });
    test::LiveServer server(books.database, books.options());
    HttpClient bakery(server.address(), books.bakery_key);
    const auto redeem = [&](HttpClient &client, const char *shop, const char *code, const char *id) {
        return client.post(std::string("/ledger/shops/") + shop + "/coupons", json{{"id", id}, {"code", code}}.dump(), as_json);
    };
    HttpClient nobody(server.address());
    CHECK(redeem(nobody, "bakery", "FRESH", "1").status == 401);
    CHECK(redeem(bakery, "nursery", "OTHER", "1").status == 403);
    const HttpAnswer of_another = redeem(bakery, "bakery", "OTHER", "1");
    CHECK(of_another.status == 409);
    CHECK_THAT(of_another.body, Catch::Contains("this coupon is of another shop"));
    const HttpAnswer too_late = redeem(bakery, "bakery", "STALE", "1");
    CHECK(too_late.status == 409);
    CHECK_THAT(too_late.body, Catch::Contains("this coupon was valid until 1970-01-01T09:00:00"));
    CHECK(redeem(bakery, "bakery", "NONE", "1").status == 404);
    const HttpAnswer redeemed = redeem(bakery, "bakery", "FRESH", "1");
    CHECK(redeemed.status == 201);
    CHECK(json::parse(redeemed.body)["title"] == "焼き芋");
    CHECK_THAT(redeemed.body, !Catch::Contains("m-1")); // the till need not know whose it is
    const HttpAnswer again = redeem(bakery, "bakery", "FRESH", "1");
    CHECK(again.status == 200);
    CHECK(again.header("idempotent-replayed") == "true");
    CHECK(again.body == redeemed.body);
    CHECK(redeem(bakery, "bakery", "STALE", "1").status == 422);
    CHECK(redeem(bakery, "bakery", "FRESH", "2").status == 409);
    CHECK(bakery.post("/ledger/shops/bakery/coupons", R"({"id":7,"more":1})", as_json).status == 422);
    CHECK(bakery.post("/ledger/shops/bakery/coupons", R"({"id":"3","code":"FRESH"})").status == 415);
    HttpClient staff(server.address(), books.key);
    CHECK(redeem(staff, "nursery", "OTHER", "1").status == 201);
}

TEST_CASE("what is held is posted in part or voided, once") {
    OpenBooks open;
    HttpClient &client = open.client;
    REQUIRE(pay(client, "bakery", "h/1", 30, {{"pending", true}, {"timeout_s", 600}}).status == 201);
    REQUIRE(pay(client, "bakery", "h/2", 20, {{"pending", true}}).status == 201);
    CHECK(account(client, "member:m-1")["available"] == 50);
    CHECK(json::parse(client.get("/ledger/waiting").body)["transfers"].size() == 2);
    CHECK(client.post("/ledger/transfers/h%2F1/post", R"({"amount":12,"reference":"till 4"})", as_json).status == 201);
    CHECK(client.post("/ledger/transfers/h%2F1/post", R"({"amount":12,"reference":"till 4"})", as_json).status == 200);
    CHECK(outcome_of(client.post("/ledger/transfers/h%2F1/post", R"({"amount":13,"reference":"till 4"})", as_json)) ==
          "exists_with_different_amount");
    CHECK(outcome_of(client.post("/ledger/transfers/h%2F1/void", "")) == "already_posted");
    CHECK(client.post("/ledger/transfers/h%2F2/void", "").status == 201);
    CHECK(client.post("/ledger/transfers/h%2F9/void", "").status == 404);
    CHECK(account(client, "member:m-1")["available"] == 88);
    CHECK(json::parse(client.get("/ledger/transfers/h%2F1").body)["end"]["amount"] == 12);
    open.verify();
}

TEST_CASE("I18: a payment is reversed once") {
    OpenBooks open;
    HttpClient &client = open.client;
    REQUIRE(pay(client, "bakery", "p/1", 30).status == 201);
    CHECK(client.post("/ledger/transfers/p%2F1/reverse", R"({"reference":"wrong till"})", as_json).status == 201);
    CHECK(client.post("/ledger/transfers/p%2F1/reverse", R"({"reference":"wrong till"})", as_json).status == 200);
    CHECK(account(client, "member:m-1")["available"] == 100);
    CHECK(account(client, "shop:bakery")["available"] == 0);
    open.verify();
}

TEST_CASE("I22: a statement is the sum of its postings, as JSON and CSV, and a balance of the past is what it was") {
    OpenBooks open;
    HttpClient &client = open.client;
    REQUIRE(pay(client, "bakery", "p/1", 30).status == 201);
    REQUIRE(pay(client, "bakery", "p/2", 12).status == 201);
    REQUIRE(transfer(client, "r/1", "shop:bakery", "redeemed", 40).status == 201);
    const std::string query = "from=2020-01-01T00:00:00Z&to=2020-12-31T00:00:00Z";
    const json empty = json::parse(client.get("/ledger/shops/bakery/statement?" + query).body);
    CHECK(empty["accounts"][0]["closing"] == 0);
    const test::CommandResult csv = test::run_keyaki(
        {"ledger", "statement", "bakery", "--from", "2020-01-01T00:00:00Z", "--to", "2098-01-01T00:00:00Z", "--database", open.file()});
    CHECK_THAT(csv.out, Catch::Contains(",p/1,member:m-1,spend,,30,30") && Catch::Contains(",p/2,member:m-1,spend,,12,42") &&
                            Catch::Contains(",r/1,redeemed,test,,-40,2") && Catch::Contains(",closing,,,,,2"));
    CHECK(client.get("/ledger/shops/bakery/statement?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z").status == 400);
    const json then = json::parse(client.get("/ledger/accounts/member:m-1?at=2000-01-01T00:00:00Z").body);
    CHECK(then["available"] == 0);
    CHECK(json::parse(client.get("/ledger/accounts/member:m-1?at=2098-01-01T00:00:00Z").body)["available"] == 58);
    CHECK(client.get("/ledger/accounts/member:m-1?at=yesterday").status == 400);
    open.verify();
}

TEST_CASE("the whole ledger is exported as JSON, JSON lines and CSV, over HTTP and from the command line alike") {
    OpenBooks open;
    HttpClient &client = open.client;
    const json page = json::parse(client.get("/ledger/transfers?limit=2").body);
    CHECK(page["transfers"].size() == 2);
    CHECK(page["next_after"] == 2);
    CHECK(json::parse(client.get("/ledger/transfers?after=" + page["next_after"].dump()).body)["transfers"].size() == 2);
    const test::CommandResult lines = test::run_keyaki({"ledger", "export", "--format", "jsonl", "--database", open.file()});
    CHECK(lines.out == client.get("/ledger/transfers?f=jsonl").body);
    const test::CommandResult csv = test::run_keyaki({"ledger", "export", "--database", open.file()});
    CHECK(csv.out == client.get("/ledger/transfers?f=csv").body);
    CHECK(client.get("/ledger/transfers?f=xml").status == 400);
    // I22: whoever keeps an export finds out what was changed, and what is newer.
    const std::filesystem::path copy = open.books.folder / "copy.jsonl";
    std::ofstream(copy) << lines.out;
    REQUIRE(transfer(client, "a/9", "budget:walk", "member:m-1", 1).status == 201);
    const test::CommandResult same = test::run_keyaki({"ledger", "reconcile", copy.string(), "--database", open.file()});
    CHECK(same.status == 0);
    CHECK_THAT(same.out, Catch::Contains("4 entries of the copy are those of the ledger, which has 1 newer ones"));
    std::string changed = lines.out;
    changed.replace(changed.find("\"amount\":100,"), 13, "\"amount\":101,");
    std::ofstream(copy) << changed;
    const test::CommandResult other = test::run_keyaki({"ledger", "reconcile", copy.string(), "--database", open.file()});
    CHECK(other.status != 0);
    CHECK_THAT(other.out, Catch::Contains("entry 3: amount is 101 in the copy and 100 in the ledger"));
    open.verify();
}

TEST_CASE("points are not issued over HTTP, and every wrong field is named") {
    OpenBooks open;
    HttpClient &client = open.client;
    CHECK(transfer(client, "t/1", "issuer:chamber", "budget:walk", 5).status == 422);
    const HttpAnswer wrong = client.post("/ledger/transfers", R"({"id":7,"amount":0,"more":1})", as_json);
    CHECK(wrong.status == 422);
    CHECK(json::parse(wrong.body)["errors"].size() >= 5);
    CHECK(client.post("/ledger/transfers", "{}").status == 415);
    CHECK(HttpClient(open.server.address()).post("/ledger/transfers", "{}", as_json).status == 401);
    CHECK(transfer(client, "post/1", "budget:walk", "member:m-1", 1).status == 400);
    open.verify();
}

TEST_CASE("I15: a server refuses to start from a ledger that is behind the head that was published outside, or has another history") {
    const test::LedgerBooks books;
    const std::filesystem::path older = books.folder / "older.sqlite";
    keyaki_must({"backup", older.string(), "--database", books.database.string()});
    {
        test::LiveServer server(books.database, books.options());
        HttpClient client(server.address(), books.key);
        REQUIRE(transfer(client, "a/1", "budget:walk", "member:m-1", 100).status == 201);
        CHECK(server.terminate() == 0);
    }
    std::string line;
    std::getline(std::ifstream(books.head), line);
    CHECK_THAT(line, Catch::StartsWith("keyaki-ledger-head 3 "));
    keyaki_must({"ledger", "verify", "--head", books.head.string(), "--database", books.database.string()});
    const auto serving = [&](const std::filesystem::path &database) {
        std::vector<std::string> words{"serve", "--database", database.string(), "--listen", "127.0.0.1:0"};
        const auto more = books.options();
        words.insert(words.end(), more.begin(), more.end());
        return test::run_keyaki(words);
    };
    const test::CommandResult behind = serving(older);
    CHECK(behind.status != 0);
    CHECK_THAT(behind.error, Catch::Contains("the ledger ends at entry 2, but 3 was published"));
    keyaki_must({"ledger", "fund", "walk", "1", "--database", older.string()});
    const test::CommandResult other = serving(older);
    CHECK(other.status != 0);
    CHECK_THAT(other.error, Catch::Contains("this is another history"));
    CHECK(test::run_keyaki({"ledger", "verify", "--head", books.head.string(), "--database", older.string()}).status != 0);
    { test::LiveServer server(books.database, books.options()); }
}

TEST_CASE("I22: the nightly audit keeps a copy elsewhere, finds an entry that was changed behind it, and adds up every account by the copy alone") {
    OpenBooks open;
    const std::string copy = (open.books.folder / "ledger.jsonl").string();
    const auto audit = [&](std::vector<std::string> more = {}) {
        std::vector<std::string> words{"ledger", "audit", copy, "--database", open.file()};
        words.insert(words.end(), more.begin(), more.end());
        return test::run_keyaki(std::move(words));
    };
    const test::CommandResult first = audit({"--head", open.books.head.string()});
    CAPTURE(first.out, first.error);
    CHECK(first.status == 0);
    CHECK_THAT(first.out, Catch::StartsWith("4 entries, 4 of them new in the copy"));
    CHECK(pay(open.client, "bakery", "p/1", 30).status == 201);
    std::ofstream(copy, std::ios::app) << R"({"sequence":5,"id":"p/)"; // an audit that was killed while it wrote
    const test::CommandResult second = audit();
    CHECK(second.status == 0);
    CHECK_THAT(second.out, Catch::StartsWith("5 entries, 1 of them new in the copy"));
    CHECK_THAT(audit().out, Catch::StartsWith("5 entries, 0 of them new in the copy"));
    std::ifstream in(copy);
    CHECK(std::string{std::istreambuf_iterator<char>(in), {}} ==
          keyaki_must({"ledger", "export", "--format", "jsonl", "--database", open.file()}).out);

    // Somebody has paid himself less in the copy, or more in the ledger: it is not for the audit to say which.
    std::ifstream again(copy);
    std::string text{std::istreambuf_iterator<char>(again), {}};
    const std::size_t place = text.find(R"("amount":30)");
    REQUIRE(place != std::string::npos);
    text.replace(place, 11, R"("amount":29)");
    std::ofstream(copy) << text;
    CHECK(pay(open.client, "bakery", "p/2", 5).status == 201);
    const test::CommandResult found = audit();
    CHECK(found.status != 0);
    CHECK_THAT(found.out, Catch::Contains("entry 5: amount is 29 in the copy and 30 in the ledger"));
    std::ifstream unchanged(copy);
    CHECK(std::string{std::istreambuf_iterator<char>(unchanged), {}} == text); // nothing is copied over a difference
    CHECK(test::run_keyaki({"ledger", "audit", "/nowhere/ledger.jsonl", "--database", open.file()}).status != 0);
}

TEST_CASE("an audit that is given a file that is no copy refuses it, and no byte of it changes: a note, a database, the books themselves") {
    OpenBooks open;
    const auto bytes_of = [](const std::filesystem::path &file) {
        std::ifstream in(file, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    const std::filesystem::path folder = open.books.folder / "other";
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "note.txt") << "a line\nand one without an end";
    std::ofstream(folder / "one.txt") << "{"; // as a copy begins; what a night that was killed may have left
    std::ofstream(folder / "entries.json") << R"([{"sequence":1}])";
    keyaki_must({"backup", (folder / "town.sqlite").string(), "--database", open.file()});
    for (const char *name : {"note.txt", "entries.json", "town.sqlite"}) {
        CAPTURE(name);
        const std::string before = bytes_of(folder / name);
        REQUIRE(before.size() > 10);
        const test::CommandResult refused = test::run_keyaki({"ledger", "audit", (folder / name).string(), "--database", open.file()});
        CHECK(refused.status != 0);
        CHECK_THAT(refused.error, Catch::Contains("line 1 of the copy " + (folder / name).string() + ": expected an entry with a sequence"));
        CHECK(bytes_of(folder / name) == before);
    }
    CHECK(test::run_keyaki({"ledger", "audit", open.file(), "--database", open.file()}).status != 0);
    CHECK(test::run_keyaki({"ledger", "audit", folder.string(), "--database", open.file()}).status != 0);
    CHECK(test::run_keyaki({"ledger", "audit", "/dev/null", "--database", open.file()}).status != 0);
    const std::filesystem::directory_iterator files(folder);
    CHECK(std::distance(begin(files), end(files)) == 4); // none was made
    CHECK_THAT(keyaki_must({"ledger", "audit", (folder / "one.txt").string(), "--database", open.file()}).out,
               Catch::StartsWith("4 entries, 4 of them new"));
    CHECK(bytes_of(folder / "one.txt") == keyaki_must({"ledger", "export", "--format", "jsonl", "--database", open.file()}).out);
    open.verify();
}

TEST_CASE("figures of rallies are everybody's, and empty where fewer than ten took part") {
    OpenBooks open;
    HttpClient nobody(open.server.address());
    const HttpAnswer answer = nobody.get("/statistics");
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body)["figures"].empty());
    CHECK(json::parse(answer.body)["members_min"] == 10);
    CHECK_THAT(nobody.get("/statistics?f=csv").body, Catch::EndsWith("rally,month,figure,of,number,is_final\r\n"));
    CHECK(nobody.get("/statistics?f=xml").status == 400);
}

TEST_CASE("a member is shown and erased by who may, and the books verify as before") {
    test::LedgerBooks books;
    const std::string eraser_key = test::make_key(books.database, "members:erase");
    data::open_store({books.database, false})->write([&](data::WriteTransaction &transaction) {
        data::CheckIn check_in;
        check_in.id = "check-in-1";
        check_in.member = "m-1";
        check_in.rally = "walk";
        check_in.spot = "spots/1";
        check_in.verdict = "accepted";
        check_in.rules = "1";
        check_in.evidence_json = "{}";
        check_in.answer_json = "{}";
        check_in.received_at_us = 1;
        transaction.insert_check_in(check_in);
    });
    test::LiveServer server(books.database, books.options());
    HttpClient staff(server.address(), books.key);
    HttpClient eraser(server.address(), eraser_key);
    REQUIRE(transfer(staff, "a/1", "budget:walk", "member:m-1", 100).status == 201);
    CHECK(HttpClient(server.address()).get("/members/m-1").status == 401);
    CHECK(eraser.get("/members/m-1").status == 403);
    CHECK(staff.delete_("/members/m-1").status == 403);
    CHECK(eraser.delete_("/members/m%20x").status == 400);
    const json before = json::parse(staff.get("/members/m-1").body);
    CHECK(before["tables"]["check_in"][0]["spot"] == "spots/1");
    CHECK(before["tables"]["ledger_entry"][0]["amount"] == 100);
    const HttpAnswer erased = eraser.delete_("/members/m-1");
    CHECK(erased.status == 200);
    CHECK(json::parse(erased.body)["removed"] == json{{"check_in", 1}});
    CHECK(json::parse(eraser.delete_("/members/m-1").body)["removed"].empty());
    const json after = json::parse(keyaki_must({"member", "export", "m-1", "--database", books.database.string()}).out);
    CHECK_FALSE(after["tables"].contains("check_in"));
    CHECK(after["tables"]["ledger_entry"] == before["tables"]["ledger_entry"]);
    CHECK(after["tables"]["outbox_event"][0]["type"] == "member.erased");
    CHECK_THAT(keyaki_must({"member", "scrub", "--database", books.database.string()}).out, Catch::Contains("holds what is there and nothing else"));
    CHECK_THAT(keyaki_must({"member", "retention", "--database", books.database.string()}).out, Catch::StartsWith("0 rows"));
    CHECK(transfer(staff, "a/2", "budget:walk", "member:m-1", 1).status == 201); // the server goes on over the file that was written anew
    keyaki_must({"ledger", "verify", "--database", books.database.string()});
}
