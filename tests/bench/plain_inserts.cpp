// The least that a durable check-in can be: keyaki_plain_inserts FOLDER SECONDS delete|wal. One row a transaction into a table with one index,
// synchronous=FULL, one after the other, by SQLite alone, with its rollback journal (`delete`, as SQLite comes) or a write-ahead log. One line of
// JSON comes out. The other side of tests/bench/peers/festival.mjs.
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

/// Not counted: past SQLite's checkpoint at 1,000 pages the log is written over instead of growing, which costs a sync much less.
constexpr int warm_up_inserts = 3'000;

void require(int code, sqlite3 *database) {
    if (code != SQLITE_OK && code != SQLITE_DONE) {
        throw std::runtime_error(sqlite3_errmsg(database));
    }
}

void measure(const std::filesystem::path &folder, double seconds, const std::string &journal_mode) {
    std::filesystem::create_directories(folder);
    sqlite3 *database = nullptr;
    require(sqlite3_open((folder / "plain.sqlite").c_str(), &database), database);
    const std::string set_up =
        fmt::format("PRAGMA journal_mode = {}; PRAGMA synchronous = OFF;"
                    "CREATE TABLE stamp (id TEXT PRIMARY KEY, member TEXT, spot TEXT, points INTEGER, answer TEXT) WITHOUT ROWID",
                    journal_mode);
    require(sqlite3_exec(database, set_up.c_str(), nullptr, nullptr, nullptr), database);
    sqlite3_stmt *insert = nullptr;
    require(
        sqlite3_prepare_v2(database, "INSERT INTO stamp VALUES (?1, 'm-4711', 'spots/s17', 10, '{\"verdict\":\"accepted\"}')", -1, &insert, nullptr),
        database);
    std::uint64_t inserted = 0;
    const auto insert_one = [&] {
        const std::string id = fmt::format("attempt-{:012}", inserted++);
        require(sqlite3_bind_text(insert, 1, id.data(), static_cast<int>(id.size()), SQLITE_TRANSIENT), database);
        require(sqlite3_step(insert), database);
        require(sqlite3_reset(insert), database);
    };
    for (int i = 0; i < warm_up_inserts; ++i) {
        insert_one();
    }
    require(sqlite3_exec(database, "PRAGMA synchronous = FULL", nullptr, nullptr, nullptr), database);
    const Clock::time_point begin = Clock::now();
    const Clock::time_point end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    std::uint64_t count = 0;
    for (; Clock::now() < end; ++count) {
        insert_one();
    }
    const double took_s = std::chrono::duration<double>(Clock::now() - begin).count();
    sqlite3_finalize(insert);
    sqlite3_close(database);
    fmt::print("{{\"rows\":{},\"per_second\":{:.1f}}}\n", count, static_cast<double>(count) / took_s);
}

} // namespace

int main(int count, char **words) {
    try {
        const std::string journal_mode = count == 4 ? words[3] : "";
        if (journal_mode != "delete" && journal_mode != "wal") {
            throw std::runtime_error("usage: keyaki_plain_inserts FOLDER SECONDS delete|wal");
        }
        measure(words[1], std::stod(words[2]), journal_mode);
        return 0;
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki_plain_inserts: {}\n", error.what());
        return 1;
    }
}
