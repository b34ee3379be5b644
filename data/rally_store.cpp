#include "data/rally_store.hpp"

#include "data/audit_store.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <cassert>
#include <string>

namespace keyaki::data {
namespace {

Rally read_rally(const Statement &row) {
    return {std::string(row.column_text(0)), static_cast<std::uint64_t>(row.column_int64(1)), std::string(row.column_text(2)),
            std::string(row.column_text(3)), row.column_int64(4)};
}

} // namespace

std::optional<Rally> find_rally(Connection &connection, std::string_view id) {
    Statement row = connection.prepare("SELECT id, version, json, author, put_at_us FROM rally_version WHERE id = ?1 ORDER BY version DESC LIMIT 1");
    row.bind_text(1, id);
    return row.step() ? std::optional(read_rally(row)) : std::nullopt;
}

std::vector<Rally> rallies(Connection &connection) {
    std::vector<Rally> found;
    Statement row = connection.prepare(R"(
        SELECT id, version, json, author, put_at_us FROM rally_version AS newest
        WHERE version = (SELECT max(version) FROM rally_version WHERE id = newest.id) ORDER BY id)");
    while (row.step()) {
        found.push_back(read_rally(row));
    }
    return found;
}

Rally put_rally(Connection &connection, std::string_view id, std::string_view json, std::string_view author, std::int64_t now_us) {
    assert(connection.in_transaction());
    require_identifier("the rally id", id);
    require_identifier("the author of a rally", author);
    if (json.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the configuration of the rally '" + std::string(id) + "' must be JSON, but is empty");
    }
    std::optional<Rally> newest = find_rally(connection, id);
    if (newest && newest->json == json) {
        return *std::move(newest);
    }
    Rally rally{std::string(id), newest ? newest->version + 1 : 1, std::string(json), std::string(author), now_us};
    Statement insert = connection.prepare("INSERT INTO rally_version (id, version, json, author, put_at_us) VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind_text(1, id).bind_int64(2, static_cast<std::int64_t>(rally.version)).bind_text(3, json).bind_text(4, author);
    insert.bind_int64(5, now_us).run();
    insert_audit(connection, {now_us, rally.author, "rally.put", rally.id, R"({"version":)" + std::to_string(rally.version) + "}"});
    return rally;
}

} // namespace keyaki::data
