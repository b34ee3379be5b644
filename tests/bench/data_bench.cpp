#include "data/store.hpp"
#include "tests/support/temporary_folder.hpp"

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

// Durable writing, each against a database of its own in the temporary folder (run says on which file system), beside the plainest loop that
// SQLite has for it: one INSERT, one COMMIT, one fsync.

namespace keyaki::data {
namespace {

constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

/// A store of its own for one benchmark, shared by its threads.
struct OpenStore {
    test::TemporaryFolder folder;
    std::unique_ptr<Store> store = open_store({folder / "city.sqlite", true});
    std::atomic<std::uint64_t> next{0};
};
std::unique_ptr<OpenStore> open; ///< set up before a benchmark's threads start and taken down after they have ended

void open_empty(const benchmark::State &) { open = std::make_unique<OpenStore>(); }
void close(const benchmark::State &) { open.reset(); }

/// Accounts with points enough for every run.
void open_funded(const benchmark::State &state) {
    open_empty(state);
    open->store->write([](WriteTransaction &transaction) {
        for (const char *account : {"issuer:city", "budget:walk", "member:a"}) {
            transaction.ensure_account(account, "nin");
        }
        transaction.transfer({"fund", "issuer:city", "budget:walk", 1'000'000'000'000, "fund", {}, false, 0, std::nullopt}, some_time_us);
    });
}

CheckIn check_in_number(std::uint64_t number) {
    CheckIn check_in;
    check_in.id = "01K0000000000000000000" + std::to_string(number);
    check_in.member = "member-" + std::to_string(number % 1'000);
    check_in.rally = "walking-2026";
    check_in.spot = "spots/" + std::to_string(number % 40);
    check_in.verdict = "accepted";
    check_in.rules = "2026-04-01/3";
    check_in.layer_revision = 1;
    check_in.inside_probability = 0.93;
    check_in.evidence_json = R"({"cell":"xn76","sigma_m":12})";
    check_in.answer_json = R"({"verdict":"accepted","points":10})";
    check_in.received_at_us = some_time_us + static_cast<std::int64_t>(number);
    return check_in;
}

/// One check-in per call of write(), from so many threads: what the writer commits together needs one fsync.
void write_check_ins(benchmark::State &state) {
    for (auto _ : state) {
        const CheckIn check_in = check_in_number(open->next++);
        open->store->write([&](WriteTransaction &transaction) { transaction.insert_check_in(check_in); });
    }
    state.SetItemsProcessed(state.iterations());
    if (state.thread_index() == 0) {
        const WriterStatistics statistics = open->store->writer_statistics();
        state.counters["per_commit"] = static_cast<double>(statistics.commands) / static_cast<double>(statistics.commits);
    }
}
BENCHMARK(write_check_ins)->Setup(open_empty)->Teardown(close)->UseRealTime()->Threads(1)->Threads(4)->Threads(16)->Unit(benchmark::kMicrosecond);

TransferResult award(WriteTransaction &transaction, std::uint64_t number) {
    return transaction.transfer({"award-" + std::to_string(number), "budget:walk", "member:a", 10, "award", {}, false, 0, std::nullopt},
                                some_time_us);
}

void require_created(const TransferResult &result) {
    if (result.outcome != TransferOutcome::created) {
        throw std::runtime_error("expected the transfer to be created, found " + std::string(transfer_outcome_name(result.outcome)));
    }
}

/// One transfer per call of write().
void write_transfers(benchmark::State &state) {
    for (auto _ : state) {
        const std::uint64_t number = open->next++;
        open->store->write([&](WriteTransaction &transaction) { require_created(award(transaction, number)); });
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(write_transfers)->Setup(open_funded)->Teardown(close)->UseRealTime()->Threads(1)->Threads(4)->Threads(16)->Unit(benchmark::kMicrosecond);

/// A thousand transfers in one call of write(): the ledger's own work, almost without the fsync.
void transfers_in_one_write(benchmark::State &state) {
    constexpr std::int64_t batch = 1'000;
    for (auto _ : state) {
        open->store->write([&](WriteTransaction &transaction) {
            for (std::int64_t i = 0; i < batch; ++i) {
                require_created(award(transaction, open->next++));
            }
        });
    }
    state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(transfers_in_one_write)->Setup(open_funded)->Teardown(close)->UseRealTime()->Unit(benchmark::kMillisecond);

struct CloseConnection {
    void operator()(sqlite3 *connection) const { sqlite3_close(connection); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};

void require(bool is_well, sqlite3 *connection) {
    if (!is_well) {
        throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(connection));
    }
}

/// The same values by SQLite alone: a write-ahead log, synchronous=FULL, one table, one prepared INSERT with its own commit. `rows` in each.
void plain_sqlite_insert(benchmark::State &state) {
    const test::TemporaryFolder folder;
    sqlite3 *opened = nullptr;
    const int result = sqlite3_open((folder / "plain.sqlite").c_str(), &opened);
    const std::unique_ptr<sqlite3, CloseConnection> connection(opened);
    require(result == SQLITE_OK, opened);
    const auto run = [&](const char *sql) { require(sqlite3_exec(opened, sql, nullptr, nullptr, nullptr) == SQLITE_OK, opened); };
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE check_in (id TEXT PRIMARY KEY, member TEXT, rally TEXT, spot TEXT, evidence TEXT, answer TEXT, received_at_us INTEGER)");
    sqlite3_stmt *prepared = nullptr;
    require(sqlite3_prepare_v2(opened, "INSERT INTO check_in VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", -1, &prepared, nullptr) == SQLITE_OK, opened);
    const std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement(prepared);
    std::uint64_t number = 0;
    for (auto _ : state) {
        run("BEGIN IMMEDIATE");
        for (std::int64_t row = 0; row < state.range(0); ++row) {
            const CheckIn check_in = check_in_number(number++);
            int index = 0;
            for (const std::string *text :
                 {&check_in.id, &check_in.member, &check_in.rally, &check_in.spot, &check_in.evidence_json, &check_in.answer_json}) {
                sqlite3_bind_text(prepared, ++index, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
            }
            sqlite3_bind_int64(prepared, ++index, check_in.received_at_us);
            require(sqlite3_step(prepared) == SQLITE_DONE && sqlite3_reset(prepared) == SQLITE_OK, opened);
        }
        run("COMMIT");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(plain_sqlite_insert)->ArgName("rows")->Arg(1)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMicrosecond);

} // namespace
} // namespace keyaki::data
