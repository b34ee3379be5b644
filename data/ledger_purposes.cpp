#include "data/ledger_purposes.hpp"
#include "data/ledger_store.hpp"

#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <cassert>

namespace keyaki::data {
namespace {

constexpr std::string_view add_shop = R"(
    INSERT INTO ledger_shop_class (shop, after_sequence, class) SELECT ?1, sequence, ?2 FROM ledger_head
    WHERE true ON CONFLICT DO UPDATE SET class = excluded.class)";
constexpr std::string_view add_purpose = R"(
    INSERT INTO ledger_purpose_class (purpose, class, after_sequence, accepted) SELECT ?1, ?2, sequence, ?3 FROM ledger_head
    WHERE true ON CONFLICT DO UPDATE SET accepted = excluded.accepted)";
constexpr std::string_view class_of_shop = "SELECT class FROM ledger_shop_class WHERE shop = ?1 ORDER BY after_sequence DESC LIMIT 1";
constexpr std::string_view acceptance = R"(
    SELECT accepted FROM ledger_purpose_class WHERE purpose = ?1 AND class = ?2 ORDER BY after_sequence DESC LIMIT 1)";
constexpr std::string_view all_shops = R"(
    SELECT shop, class FROM ledger_shop_class AS line
    WHERE after_sequence = (SELECT max(after_sequence) FROM ledger_shop_class WHERE shop = line.shop) ORDER BY shop)";
constexpr std::string_view all_purposes = R"(
    SELECT purpose, class FROM ledger_purpose_class AS line
    WHERE accepted = 1 AND after_sequence = (SELECT max(after_sequence) FROM ledger_purpose_class
                                             WHERE purpose = line.purpose AND class = line.class)
    ORDER BY purpose, class)";

} // namespace

void put_shop(Connection &connection, std::string_view shop, std::string_view shop_class) {
    assert(connection.in_transaction());
    require_identifier("the shop", shop);
    require_identifier("the shop's class", shop_class);
    if (shop.find('/') != std::string_view::npos) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "a shop's name must not hold a '/', which stands before a purpose, but '" + std::string(shop) + "' does");
    }
    connection.prepare(add_shop).bind_text(1, shop).bind_text(2, shop_class).run();
}

void put_purpose(Connection &connection, std::string_view purpose, std::string_view shop_class, bool is_accepted) {
    assert(connection.in_transaction());
    require_identifier("the purpose", purpose);
    require_identifier("the class of shops", shop_class);
    refuse_money(purpose);
    if (purpose == "nin") {
        throw geo::Error(geo::ErrorKind::invalid_input, "points without a purpose ('nin') are taken by every shop: they have no classes");
    }
    connection.prepare(add_purpose).bind_text(1, purpose).bind_text(2, shop_class).bind_int64(3, is_accepted ? 1 : 0).run();
}

bool shop_takes(Connection &connection, std::string_view shop_account, std::string_view unit) {
    if (unit == "nin") {
        return true;
    }
    Statement shop = connection.prepare(class_of_shop);
    if (!shop.bind_text(1, owner_of(shop_account)).step()) {
        return false;
    }
    Statement row = connection.prepare(acceptance);
    row.bind_text(1, unit).bind_text(2, shop.column_text(0));
    return row.step() && row.column_int64(0) == 1;
}

std::vector<Shop> shops(Connection &connection) {
    std::vector<Shop> found;
    Statement row = connection.prepare(all_shops);
    while (row.step()) {
        found.push_back({std::string(row.column_text(0)), std::string(row.column_text(1))});
    }
    return found;
}

std::vector<PurposeClass> purpose_classes(Connection &connection) {
    std::vector<PurposeClass> found;
    Statement row = connection.prepare(all_purposes);
    while (row.step()) {
        found.push_back({std::string(row.column_text(0)), std::string(row.column_text(1))});
    }
    return found;
}

bool is_known_shop(Connection &connection, std::string_view shop) {
    Statement row = connection.prepare(class_of_shop);
    return row.bind_text(1, shop).step();
}

} // namespace keyaki::data
