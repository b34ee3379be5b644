#include "data/city_store.hpp"

#include "data/audit_store.hpp"
#include "data/identifier.hpp"

#include <cassert>
#include <string>

namespace keyaki::data {

std::optional<CityName> find_city(Connection &connection) {
    Statement row = connection.prepare("SELECT name_ja, name_en FROM city");
    return row.step() ? std::optional(CityName{std::string(row.column_text(0)), std::string(row.column_text(1))}) : std::nullopt;
}

void put_city(Connection &connection, const CityName &name, std::string_view author, std::int64_t now_us) {
    assert(connection.in_transaction());
    require_identifier("the city's name in Japanese", name.ja);
    require_identifier("the city's name in English", name.en);
    if (find_city(connection) == name) {
        return;
    }
    Statement put = connection.prepare(R"(
        INSERT INTO city (only_row, name_ja, name_en) VALUES (1, ?1, ?2)
        ON CONFLICT (only_row) DO UPDATE SET name_ja = excluded.name_ja, name_en = excluded.name_en)");
    put.bind_text(1, name.ja).bind_text(2, name.en).run();
    insert_audit(connection, {now_us, std::string(author), "city.put", name.en, "{}"});
}

} // namespace keyaki::data
