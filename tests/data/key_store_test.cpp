#include "data/key_store.hpp"

#include "data/audit_store.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;
using keyaki::geo::Error;
using keyaki::geo::ErrorKind;

namespace {

ApiKey some_key(const std::string &id = "k-1", const std::string &secret = "secret-1") {
    return {id, "app back end", {"checkins:write", "ledger:write"}, sha256(secret), 1'000, {}};
}

void create(Connection &connection, const ApiKey &key) {
    Transaction transaction(connection);
    create_key(connection, key, "keyaki");
    transaction.commit();
}

void revoke(Connection &connection, std::string_view id, std::int64_t now_us) {
    Transaction transaction(connection);
    revoke_key(connection, id, "taro", now_us);
    transaction.commit();
}

} // namespace

TEST_CASE("a key is found by the hash of its secret, with its scopes in order") {
    FreshDatabase database;
    create(*database, some_key());
    const auto found = find_key(*database, sha256("secret-1"));
    REQUIRE(found);
    CHECK(found->id == "k-1");
    CHECK(found->name == "app back end");
    CHECK(found->scopes == std::vector<std::string>{"checkins:write", "ledger:write"});
    CHECK(found->secret_hash == sha256("secret-1"));
    CHECK(found->created_at_us == 1'000);
    CHECK_FALSE(found->revoked_at_us);
    CHECK_FALSE(find_key(*database, sha256("secret-2")));
    CHECK_FALSE(find_key(*database, Hash{}));
}

TEST_CASE("a key may have no scope or one") {
    FreshDatabase database;
    for (const std::vector<std::string> &scopes : {std::vector<std::string>{}, std::vector<std::string>{"layers:write"}}) {
        ApiKey key = some_key("k-" + std::to_string(scopes.size()), "secret-" + std::to_string(scopes.size()));
        key.scopes = scopes;
        create(*database, key);
        CHECK(find_key(*database, key.secret_hash)->scopes == scopes);
    }
}

TEST_CASE("the id and the secret of a key are its own") {
    FreshDatabase database;
    create(*database, some_key());
    CHECK(kind_of_error([&] { create(*database, some_key("k-1", "secret-2")); }) == ErrorKind::conflict);
    CHECK(kind_of_error([&] { create(*database, some_key("k-2", "secret-1")); }) == ErrorKind::conflict);
    CHECK(keys(*database).size() == 1);
}

TEST_CASE("a key with a bad id, name, scope or hash is refused") {
    FreshDatabase database;
    const std::vector<std::function<void(ApiKey &)>> faults = {
        [](ApiKey &k) { k.id.clear(); },
        [](ApiKey &k) { k.name = "a\nb"; },
        [](ApiKey &k) { k.scopes = {"layers:write checkins:write"}; },
        [](ApiKey &k) { k.scopes = {""}; },
        [](ApiKey &k) {
            k.scopes = {"a", "b", "a"};
        },
        [](ApiKey &k) { k.secret_hash = {}; },
    };
    for (std::size_t i = 0; i < faults.size(); ++i) {
        CAPTURE(i);
        ApiKey key = some_key();
        faults[i](key);
        CHECK(kind_of_error([&] { create(*database, key); }) == ErrorKind::invalid_input);
    }
    CHECK(keys(*database).empty());
    CHECK(audit(*database, 10).empty());
}

TEST_CASE("a revoked key is still found, with the time at which it was revoked first") {
    FreshDatabase database;
    create(*database, some_key());
    revoke(*database, "k-1", 2'000);
    revoke(*database, "k-1", 3'000);
    CHECK(find_key(*database, sha256("secret-1"))->revoked_at_us == 2'000);
    CHECK(kind_of_error([&] { revoke(*database, "k-2", 2'000); }) == ErrorKind::not_found);
    CHECK_THROWS_AS(database->execute("UPDATE api_key SET revoked_at_us = NULL"), DatabaseError);
    CHECK_THROWS_AS(database->execute("DELETE FROM api_key"), DatabaseError);
}

TEST_CASE("a key cannot get other scopes later") {
    FreshDatabase database;
    create(*database, some_key());
    CHECK_THROWS_AS(database->execute("UPDATE api_key SET scopes = 'ledger:write', revoked_at_us = 5"), DatabaseError);
}

TEST_CASE("making and revoking a key is in the audit, revoking again is not") {
    FreshDatabase database;
    create(*database, some_key());
    revoke(*database, "k-1", 2'000);
    revoke(*database, "k-1", 3'000);
    const auto entries = audit(*database, 10);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].action == "key.revoke");
    CHECK(entries[0].actor == "taro");
    CHECK(entries[0].subject == "k-1");
    CHECK(entries[0].time_us == 2'000);
    CHECK(entries[1].action == "key.create");
    CHECK(entries[1].actor == "keyaki");
    CHECK(entries[1].time_us == 1'000);
}

TEST_CASE("keys come oldest first, also revoked ones") {
    FreshDatabase database;
    for (const auto &[id, created_at_us] : {std::pair("k-3", 30), std::pair("k-1", 10), std::pair("k-2", 20)}) {
        ApiKey key = some_key(id, id);
        key.created_at_us = created_at_us;
        create(*database, key);
    }
    revoke(*database, "k-2", 50);
    std::string order;
    for (const ApiKey &key : keys(*database)) {
        order += key.id + " ";
    }
    CHECK(order == "k-1 k-2 k-3 ");
}

TEST_CASE("audit entries come newest first and can be neither changed nor removed") {
    FreshDatabase database;
    {
        Transaction transaction(*database);
        for (int i = 1; i <= 5; ++i) {
            insert_audit(*database, {i, "taro", "layer.publish", "shelters", R"({"revision":)" + std::to_string(i) + "}"});
        }
        transaction.commit();
    }
    const auto entries = audit(*database, 2);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].time_us == 5);
    CHECK(entries[0].detail_json == R"({"revision":5})");
    CHECK(entries[1].time_us == 4);
    CHECK(audit(*database, 0).empty());
    CHECK(audit(*database, static_cast<std::size_t>(-1)).size() == 5);
    CHECK_THROWS_AS(database->execute("UPDATE audit_entry SET actor = 'jiro'"), DatabaseError);
    CHECK_THROWS_AS(database->execute("DELETE FROM audit_entry"), DatabaseError);
    CHECK_THROWS_AS(database->execute("INSERT OR REPLACE INTO audit_entry VALUES (1, 1, 'jiro', 'x', 'x', '')"), DatabaseError);
    CHECK_THROWS_AS(insert_audit(*database, {1, "", "x", "x", ""}), Error);
}
