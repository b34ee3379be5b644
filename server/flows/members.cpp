#include "server/flows/members.hpp"

#include "data/books.hpp"
#include "data/scrub.hpp"
#include "geo/error.hpp"
#include "server/flows/prizes.hpp"
#include "server/limits.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <vector>

namespace keyaki::server {

using nlohmann::ordered_json;

std::string export_member(data::Store &store, std::string_view member, std::int64_t now_us) {
    ordered_json tables = ordered_json::object();
    store.read_books([&](data::Books &books) {
        books.members.read(
            member, [&](std::string_view table, std::string &&row_json) { tables[std::string(table)].push_back(ordered_json::parse(row_json)); });
    });
    return ordered_json{{"member", member}, {"exported_at", format_rfc3339_jst(now_us)}, {"tables", std::move(tables)}}.dump();
}

namespace {

/// The erasure is durable by now and stands, whatever becomes of the log.
bool scrub_after_erasure(const std::filesystem::path &database) {
    try {
        return data::scrub_log(database);
    } catch (const geo::Error &error) {
        spdlog::error("a member is erased, but the older pages in the write-ahead log are not cut off yet: {}", error.what());
        return false;
    }
}

} // namespace

std::string erase_member(data::Store &store, const std::filesystem::path &database, std::string_view member, std::string_view author,
                         std::int64_t now_us) {
    std::vector<data::MemberBook::Removed> removed;
    store.write([&](data::WriteTransaction &transaction) {
        use_up_awards(transaction, member, now_us);
        removed = transaction.books().members.erase(member, now_us);
        if (!removed.empty()) { // who did it, and not to whom
            std::uint64_t rows = 0;
            for (const data::MemberBook::Removed &one : removed) {
                rows += one.rows;
            }
            transaction.insert_audit({now_us, std::string(author), "member.erase", "member", ordered_json{{"rows", rows}}.dump()});
        }
    });
    const bool is_scrubbed = scrub_after_erasure(database);
    ordered_json rows = ordered_json::object();
    for (const data::MemberBook::Removed &one : removed) {
        rows[one.table] = one.rows;
    }
    return ordered_json{{"member", member}, {"removed", std::move(rows)}, {"is_scrubbed", is_scrubbed}}.dump();
}

bool scrub_members(data::Store &store, const std::filesystem::path &database, std::string_view author, std::int64_t now_us, bool always) {
    std::int64_t last_erasure = 0;
    std::optional<data::MemberBook::Scrub> before;
    store.read_books([&](data::Books &books) {
        last_erasure = books.members.last_erasure();
        before = books.members.last_scrub();
    });
    const bool is_needed =
        !before || before->last_erasure < last_erasure || now_us - before->time_us >= std::chrono::microseconds(scrub_interval).count();
    if (!is_needed && !always) {
        return false;
    }
    if (!data::rebuild_file(database)) {
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("{} was written anew, but its log is in use and may hold older pages: ask again", database.string()));
    }
    store.write([&](data::WriteTransaction &transaction) {
        transaction.insert_audit({now_us, std::string(author), "member.scrub", "member", ordered_json{{"last_erasure", last_erasure}}.dump()});
    });
    return true;
}

} // namespace keyaki::server
