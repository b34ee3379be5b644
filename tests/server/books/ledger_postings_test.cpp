#include "server/flows/ledger_postings.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace keyaki;
using data::TransferOutcome;
using test::SmallCity;

namespace {

std::vector<std::string> account_ids(SmallCity &city) {
    std::vector<std::string> ids;
    for (const data::Account &account : city.store->accounts()) {
        ids.push_back(account.id);
    }
    return ids;
}

data::TransferRequest from_budget(const std::string &id, const std::string &credit, std::int64_t amount) {
    data::TransferRequest request;
    request.id = id;
    request.debit_account = "budget:r";
    request.credit_account = credit;
    request.amount = amount;
    request.code = "gift";
    return request;
}

} // namespace

TEST_CASE("a refused transfer leaves no empty account behind, and says of an account to come what it would say of one that is there") {
    SmallCity city;
    city.put({{"budget", 100}});
    const auto before = account_ids(city);
    CHECK(server::post_transfer(*city.store, from_budget("1", "member:new", 101), city.now_us).outcome == TransferOutcome::exceeds_budget);
    CHECK(server::post_transfer(*city.store, from_budget("2", "member:new", 0), city.now_us).outcome == TransferOutcome::amount_must_be_positive);
    CHECK(server::post_transfer(*city.store, from_budget("1", "member:new", 10), city.now_us).outcome == TransferOutcome::id_already_failed);
    CHECK(server::post_transfer(*city.store, from_budget("3", "redeemed", 10), city.now_us).outcome == TransferOutcome::kind_pair_not_allowed);
    CHECK(server::post_transfer(*city.store, from_budget("4", "member:new/childcare", 10), city.now_us).outcome ==
          TransferOutcome::credit_account_not_found);
    CHECK(account_ids(city) == before);
    CHECK(server::post_transfer(*city.store, from_budget("5", "member:new", 10), city.now_us).outcome == TransferOutcome::created);
    CHECK(city.points("new") == 10);
    CHECK(city.ledger_holds());
}

TEST_CASE("a refused sale leaves no empty account of the shop behind") {
    SmallCity city;
    city.put({{"budget", 100}});
    city.store->write([&](data::WriteTransaction &books) { books.put_shop("bakery", "general", "clerk", city.now_us); });
    REQUIRE(server::post_transfer(*city.store, from_budget("gift", "member:m", 10), city.now_us).outcome == TransferOutcome::created);
    const auto before = account_ids(city);
    server::Spending sale{"sale-1", "m", "bakery", "nin", 11, "", false, 0};
    CHECK(server::post_transfer(*city.store, server::transfer_of(sale), city.now_us).outcome == TransferOutcome::exceeds_credits);
    CHECK(account_ids(city) == before);
    sale.id = "sale-2";
    sale.amount = 10;
    CHECK(server::post_transfer(*city.store, server::transfer_of(sale), city.now_us).outcome == TransferOutcome::created);
    CHECK(city.ledger_holds());
}

TEST_CASE("a first sale of a purpose is refused by the shop's class before the shop has an account of it") {
    SmallCity city;
    city.put({{"budget", 100}});
    city.store->write([&](data::WriteTransaction &books) {
        books.put_shop("bakery", "general", "clerk", city.now_us);
        books.put_purpose("childcare", "childcare", true, "clerk", city.now_us);
    });
    REQUIRE(server::fund_budget(*city.store, "f", "budget:family", 50, "childcare", "", city.now_us).outcome == TransferOutcome::created);
    data::TransferRequest gift = from_budget("gift", "member:m/childcare", 10);
    gift.debit_account = "budget:family";
    REQUIRE(server::post_transfer(*city.store, gift, city.now_us).outcome == TransferOutcome::created);
    const auto before = account_ids(city);
    const server::Spending sale{"sale", "m", "bakery", "childcare", 5, "", false, 0};
    CHECK(server::post_transfer(*city.store, server::transfer_of(sale), city.now_us).outcome == TransferOutcome::purpose_not_allowed);
    CHECK(account_ids(city) == before);
}

TEST_CASE("points that are not issued make no account") {
    SmallCity city;
    const auto before = account_ids(city);
    CHECK(server::fund_budget(*city.store, "f", "budget:later", 0, "childcare", "", city.now_us).outcome == TransferOutcome::amount_must_be_positive);
    CHECK(account_ids(city) == before);
}
