// What a restart finds, wherever the log ends: the ledger as it was after one of its entries, byte for byte.
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/sha256.hpp"
#include "tests/data/ledger_simulation.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace keyaki::data;
using namespace keyaki::test;

namespace {

constexpr std::size_t log_header_bytes = 32; // of SQLite's file format, section 4.1
constexpr std::size_t frame_header_bytes = 24;

/// SHA-256 of every row of every table of the ledger, whatever tables there are.
Hash digest_of(Connection &connection) {
    const SchemaPermission permission(connection); // for the names of columns
    std::vector<std::string> tables;
    {
        Statement row =
            connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ledger\\_%' ESCAPE '\\' ORDER BY name");
        while (row.step()) {
            tables.emplace_back(row.column_text(0));
        }
    }
    REQUIRE(tables.size() >= 9);
    std::string rows;
    for (const std::string &table : tables) {
        std::string columns;
        Statement column = connection.prepare("SELECT name FROM pragma_table_info('" + table + "') ORDER BY cid");
        while (column.step()) {
            columns += (columns.empty() ? "quote(" : " || ',' || quote(") + std::string(column.column_text(0)) + ")";
        }
        Statement row = connection.prepare("SELECT " + columns + " AS line FROM " + table + " ORDER BY line");
        while (row.step()) {
            rows += table + " " + std::string(row.column_text(0)) + "\n";
        }
    }
    return sha256(rows);
}

/// A state has a place: refused ids are kept without an entry, purposes change without either.
using Place = std::pair<std::uint64_t, std::int64_t>;

Place place_of(Connection &connection) { return {ledger_head(connection).sequence, connection.query_int64("SELECT count(*) FROM ledger_failed_id")}; }

std::size_t page_bytes_of(const std::string &database) {
    const auto byte = [&](std::size_t place) { return static_cast<std::size_t>(static_cast<unsigned char>(database.at(place))); };
    return byte(16) * 256 + byte(17);
}

std::filesystem::path log_of(const std::filesystem::path &file) { return file.string() + "-wal"; }

/// The file and the beginning of its log, as a cut leaves them.
class CutOff {
  public:
    CutOff(std::string database, std::string log) : m_database(std::move(database)), m_log(std::move(log)) {}

    [[nodiscard]] std::size_t log_bytes() const noexcept { return m_log.size(); }

    template <typename Look>
    void look_at(std::size_t log_bytes, Look look) {
        for (const char *end : {"", "-wal", "-shm"}) {
            std::filesystem::remove(m_file.string() + end);
        }
        std::ofstream(m_file, std::ios::binary) << m_database;
        std::ofstream(log_of(m_file), std::ios::binary) << m_log.substr(0, log_bytes);
        Connection connection(m_file, Access::write);
        look(connection);
    }

  private:
    TemporaryFolder m_folder;
    std::filesystem::path m_file = m_folder / "cut.sqlite";
    std::string m_database;
    std::string m_log;
};

} // namespace

TEST_CASE("I17: wherever its log is cut, a restart finds the ledger byte for byte as it was after an entry, and the entries alone give the same") {
    LedgerSimulation simulation(20261126);
    Connection &live = simulation.connection();
    live.checkpoint(Connection::Checkpoint::truncate);
    std::map<Place, Hash> digests{{place_of(live), digest_of(live)}};
    const std::string database = bytes_of(live.file()); // what follows is in the log alone
    while (ledger_head(live).sequence < 40) {
        Transaction transaction(live);
        simulation.step();
        transaction.commit();
        const auto [there, is_new] = digests.emplace(place_of(live), digest_of(live));
        REQUIRE((is_new || there->second == digest_of(live)));
    }
    REQUIRE(bytes_of(live.file()) == database);
    const TemporaryFolder folder;
    live.copy_to(folder / "copy.sqlite");
    Connection copy(folder / "copy.sqlite", Access::write);
    CHECK(digest_of(copy) == digest_of(live));

    CutOff cut(database, bytes_of(log_of(live.file())));
    const std::size_t frame_bytes = frame_header_bytes + page_bytes_of(database);
    std::set<Place> found;
    Place last{};
    const auto look = [&](Connection &connection) {
        const Place place = place_of(connection);
        REQUIRE(digests.contains(place));
        CHECK(digest_of(connection) == digests.at(place));
        CHECK(place >= last); // a longer log never takes anything away
        last = place;
        if (found.insert(place).second) { // the verifier replays up to here, and compares all that is stored with what it finds
            const LedgerReport report = verify_ledger(connection);
            CHECK(report.problems == std::vector<std::string>{});
            CHECK(report.head.sequence == place.first);
        }
    };
    int frames = 0;
    for (std::size_t end = log_header_bytes; end <= cut.log_bytes(); end += frame_bytes, ++frames) {
        CAPTURE(end, cut.log_bytes());
        cut.look_at(end, look);
        if (frames % 7 == 0) {
            cut.look_at(std::min(end + frame_bytes / 2, cut.log_bytes()), look); // a frame that is torn
        }
    }
    CHECK(frames > 60);
    CHECK(last == place_of(live));
    CHECK(found.size() == digests.size()); // every one of them
}
