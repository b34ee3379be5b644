#include "data/audit_store.hpp"

#include "data/identifier.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace keyaki::data {

void insert_audit(Connection &connection, const AuditEntry &entry) {
    require_identifier("the actor of an audit entry", entry.actor);
    require_identifier("the action of an audit entry", entry.action);
    require_identifier("the subject of an audit entry", entry.subject);
    Statement insert = connection.prepare("INSERT INTO audit_entry (time_us, actor, action, subject, detail_json) VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind_int64(1, entry.time_us).bind_text(2, entry.actor).bind_text(3, entry.action);
    insert.bind_text(4, entry.subject).bind_text(5, entry.detail_json).run();
}

std::vector<AuditEntry> audit(Connection &connection, std::size_t limit) {
    std::vector<AuditEntry> found;
    Statement row = connection.prepare("SELECT time_us, actor, action, subject, detail_json FROM audit_entry ORDER BY sequence DESC LIMIT ?1");
    row.bind_int64(1, static_cast<std::int64_t>(std::min(limit, static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()))));
    while (row.step()) {
        found.push_back({row.column_int64(0), std::string(row.column_text(1)), std::string(row.column_text(2)), std::string(row.column_text(3)),
                         std::string(row.column_text(4))});
    }
    return found;
}

} // namespace keyaki::data
