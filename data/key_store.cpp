#include "data/key_store.hpp"

#include "data/audit_store.hpp"
#include "data/columns.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <cassert>
#include <string>

namespace keyaki::data {
namespace {

constexpr std::string_view all_keys = R"(
    SELECT id, name, scopes, secret_hash, created_at_us, revoked_at_us FROM api_key ORDER BY created_at_us, id)";
constexpr std::string_view key_by_hash = R"(
    SELECT id, name, scopes, secret_hash, created_at_us, revoked_at_us FROM api_key WHERE secret_hash = ?1)";

std::string join_scopes(const std::vector<std::string> &scopes) {
    std::string joined;
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        require_identifier("a scope of a key", scopes[i]);
        if (scopes[i].find(' ') != std::string::npos) {
            throw geo::Error(geo::ErrorKind::invalid_input, "a scope of a key must have no spaces, but one is '" + scopes[i] + "'");
        }
        if (std::find(scopes.begin(), scopes.begin() + static_cast<std::ptrdiff_t>(i), scopes[i]) !=
            scopes.begin() + static_cast<std::ptrdiff_t>(i)) {
            throw geo::Error(geo::ErrorKind::invalid_input, "the scopes of a key must differ, but '" + scopes[i] + "' is there twice");
        }
        joined += (i == 0 ? "" : " ") + scopes[i];
    }
    return joined;
}

std::vector<std::string> split_scopes(std::string_view joined) {
    std::vector<std::string> scopes;
    while (!joined.empty()) {
        const std::size_t end = std::min(joined.find(' '), joined.size());
        scopes.emplace_back(joined.substr(0, end));
        joined.remove_prefix(std::min(end + 1, joined.size()));
    }
    return scopes;
}

ApiKey read_key(const Statement &row) {
    ApiKey key{std::string(row.column_text(0)), std::string(row.column_text(1)), split_scopes(row.column_text(2)), {}, row.column_int64(4), {}};
    key.secret_hash = bytes_of<32>(row, 3, "the hash of key '" + key.id + "'");
    key.revoked_at_us = optional_of(row, 5);
    return key;
}

bool is_taken(Connection &connection, std::string_view id, const Hash &secret_hash) {
    Statement row = connection.prepare("SELECT 1 FROM api_key WHERE id = ?1 OR secret_hash = ?2");
    return row.bind_text(1, id).bind_blob(2, secret_hash).step();
}

} // namespace

void create_key(Connection &connection, const ApiKey &key, std::string_view author) {
    assert(connection.in_transaction());
    require_identifier("the key id", key.id);
    require_identifier("the name of a key", key.name);
    require_identifier("the author of a key", author);
    const std::string scopes = join_scopes(key.scopes);
    if (key.secret_hash == Hash{}) {
        throw geo::Error(geo::ErrorKind::invalid_input, "the key '" + key.id + "' must have the hash of its secret, but has 32 zero bytes");
    }
    if (is_taken(connection, key.id, key.secret_hash)) {
        throw geo::Error(geo::ErrorKind::conflict, "a key must have an id and a secret of its own, but that of '" + key.id + "' is taken");
    }
    Statement insert =
        connection.prepare("INSERT INTO api_key (id, name, scopes, secret_hash, created_at_us, revoked_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    insert.bind_text(1, key.id).bind_text(2, key.name).bind_text(3, scopes).bind_blob(4, key.secret_hash).bind_int64(5, key.created_at_us);
    if (key.revoked_at_us) {
        insert.bind_int64(6, *key.revoked_at_us);
    } else {
        insert.bind_null(6);
    }
    insert.run();
    insert_audit(connection, {key.created_at_us, std::string(author), "key.create", key.id, "{}"});
}

void revoke_key(Connection &connection, std::string_view id, std::string_view author, std::int64_t now_us) {
    assert(connection.in_transaction());
    require_identifier("the author of a revocation", author);
    {
        Statement row = connection.prepare("SELECT revoked_at_us FROM api_key WHERE id = ?1");
        if (!row.bind_text(1, id).step()) {
            throw geo::Error(geo::ErrorKind::not_found, "there is no key '" + std::string(id) + "'");
        }
        if (!row.is_null(0)) {
            return;
        }
    }
    connection.prepare("UPDATE api_key SET revoked_at_us = ?2 WHERE id = ?1").bind_text(1, id).bind_int64(2, now_us).run();
    insert_audit(connection, {now_us, std::string(author), "key.revoke", std::string(id), "{}"});
}

std::vector<ApiKey> keys(Connection &connection) {
    std::vector<ApiKey> found;
    Statement row = connection.prepare(all_keys);
    while (row.step()) {
        found.push_back(read_key(row));
    }
    return found;
}

std::optional<ApiKey> find_key(Connection &connection, const Hash &secret_hash) {
    Statement row = connection.prepare(key_by_hash);
    row.bind_blob(1, secret_hash);
    return row.step() ? std::optional(read_key(row)) : std::nullopt;
}

} // namespace keyaki::data
