#include "data/rally_store.hpp"

#include "data/audit_store.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace keyaki::data;
using namespace keyaki::test;

namespace {

Rally put(Connection &connection, std::string_view id, std::string_view json, std::int64_t now_us = 1'000) {
    Transaction transaction(connection);
    Rally rally = put_rally(connection, id, json, "taro", now_us);
    transaction.commit();
    return rally;
}

} // namespace

TEST_CASE("a rally gets a new version for each other text, and none for the same") {
    FreshDatabase database;
    CHECK_FALSE(find_rally(*database, "walk"));
    CHECK(put(*database, "walk", R"({"budget":1})", 10).version == 1);
    CHECK(put(*database, "walk", R"({"budget":2})", 20).version == 2);
    const Rally same = put(*database, "walk", R"({"budget":2})", 30);
    CHECK(same.version == 2);
    CHECK(same.put_at_us == 20);
    CHECK(put(*database, "walk", R"({"budget":1})", 40).version == 3); // back to an older text is a change too
    const auto newest = find_rally(*database, "walk");
    REQUIRE(newest);
    CHECK(newest->version == 3);
    CHECK(newest->json == R"({"budget":1})");
    CHECK(newest->author == "taro");
    CHECK(newest->put_at_us == 40);
    CHECK(database->query_int64("SELECT count(*) FROM rally_version") == 3);
    CHECK(audit(*database, 10).size() == 3);
    CHECK(audit(*database, 1)[0].detail_json == R"({"version":3})");
}

TEST_CASE("rallies are listed by id, the newest version of each") {
    FreshDatabase database;
    put(*database, "walk", "1");
    put(*database, "produce", "2");
    put(*database, "walk", "3");
    const auto found = rallies(*database);
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == "produce");
    CHECK(found[0].version == 1);
    CHECK(found[1].id == "walk");
    CHECK(found[1].json == "3");
    CHECK(found[1].version == 2);
}

TEST_CASE("a version of a rally can be neither changed, removed nor replaced") {
    FreshDatabase database;
    put(*database, "walk", "1");
    for (const char *sql :
         {"UPDATE rally_version SET json = '2'", "DELETE FROM rally_version", "INSERT OR REPLACE INTO rally_version VALUES ('walk', 1, '2', 'x', 1)",
          "INSERT INTO rally_version VALUES ('walk', 3, '2', 'x', 1)"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(database->execute(sql), DatabaseError);
    }
    CHECK(find_rally(*database, "walk")->json == "1");
}

TEST_CASE("a rally with a bad id or an empty text is refused") {
    FreshDatabase database;
    CHECK_THROWS_WITH(put(*database, "a\nb", "{}"), Catch::Contains("the rally id must be"));
    CHECK_THROWS_WITH(put(*database, "walk", ""), Catch::Contains("must be JSON, but is empty"));
    CHECK(rallies(*database).empty());
}
