// Files that are not what they should be: every command says in one sentence what is wrong with which file, and changes nothing.
#include "tests/flows/sample_city.hpp"
#include "tests/support/small_disk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <random>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace keyaki;
using test::CommandResult;
using test::HttpClient;
using test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int status_conflict = 64;
constexpr int status_not_found = 66;
constexpr int status_corrupt = 74;
constexpr int status_unavailable = 75;

void write_bytes(const fs::path &file, const std::string &bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; }

/// What a folder holds, apart from the index of a log, which is memory.
std::map<std::string, std::string> content_of(const fs::path &folder) {
    std::map<std::string, std::string> files;
    for (const auto &entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_regular_file() && !name.ends_with("-shm") && !(name.ends_with("-wal") && entry.file_size() == 0)) {
            files[name] = test::bytes_of(entry.path());
        }
    }
    return files;
}

void run_sql(const fs::path &file, const char *sql) {
    sqlite3 *database = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
}

/// Made once: the sample city, closed.
const test::SampleCity &sample() {
    static const test::SampleCity city;
    return city;
}

fs::path copy_of_sample(const TemporaryFolder &folder) {
    const fs::path file = folder / "city.sqlite";
    fs::copy_file(sample().database, file, fs::copy_options::overwrite_existing);
    return file;
}

/// Each kind of command: what serves, what writes, what reads, what finds out.
std::vector<Words> commands_on(const fs::path &file, const TemporaryFolder &elsewhere) {
    const std::string table = elsewhere.write("towers.csv", "id,lon,lat\nt1,139.5,35.78\n").string();
    std::vector<Words> all{{"serve", "--listen", "127.0.0.1:0"},
                           {"import", "layer", "towers", table, "--key", "id", "--lon-column", "lon", "--lat-column", "lat"},
                           {"check"},
                           {"layers"},
                           {"ledger", "verify"},
                           {"backup", (elsewhere / "backup.sqlite").string()}};
    for (Words &words : all) {
        words.insert(words.end(), {"--database", file.string()});
    }
    return all;
}

/// A command that should end but serves is ended after a while, with 124.
CommandResult run_for_a_while(Words words) {
    words.insert(words.begin(), {"timeout", "-k", "10", "60", KEYAKI_PROGRAM});
    return test::run(words);
}

bool is_one_sentence(const std::string &text) {
    return text.starts_with("keyaki: ") && std::count(text.begin(), text.end(), '\n') == 1 && text.size() < 700;
}

/// Every command refuses the database of `folder` with that status and those words, and leaves the folder as it was.
void require_refused(const TemporaryFolder &folder, int status, const std::string &words) {
    const TemporaryFolder elsewhere;
    const fs::path file = folder / "city.sqlite";
    const auto before = content_of(folder.path());
    for (const Words &command : commands_on(file, elsewhere)) {
        const CommandResult result = run_for_a_while(command);
        CAPTURE(command.front(), result.status, result.out, result.error);
        CHECK(result.status == status);
        CHECK(is_one_sentence(result.error));
        CHECK(result.error.find(words) != std::string::npos);
        CHECK(result.error.find(file.string()) != std::string::npos);
        CHECK(content_of(folder.path()) == before);
        CHECK_FALSE(fs::exists(elsewhere / "backup.sqlite"));
    }
}

/// A database whose last user was killed: what was written last, so many check-ins, is in the log.
void leave_log(const fs::path &file, int check_ins = 3) {
    static int number = 0; // no two the same, or the second would write nothing
    test::LiveServer server(file);
    HttpClient client(server.address(), sample().key);
    for (const int end = number + check_ins; number < end; ++number) {
        const auto answer = client.post("/checkins", test::check_in_body("m-log-" + std::to_string(number)),
                                        {"Content-Type: application/json", "Idempotency-Key: log-" + std::to_string(number)});
        REQUIRE(answer.status == 201);
    }
    server.kill();
}

/// Where the pages in the log end; what follows is room for more, zeros (SQLite's file format, section 4.1: frames of 24 + 4096 bytes after 32, each
/// beginning with the number of its page, which is never 0).
std::size_t end_of_log(const fs::path &file) {
    const std::string log = test::bytes_of(file.string() + "-wal");
    std::size_t end = 32;
    while (end + 4 <= log.size() && log.compare(end, 4, std::string(4, '\0')) != 0) {
        end += 24 + 4096;
    }
    return end;
}

bool has_first_page_in_log(const fs::path &file) {
    const std::string log = test::bytes_of(file.string() + "-wal");
    for (std::size_t at = 32; at < end_of_log(file); at += 24 + 4096) {
        if (log.compare(at, 4, std::string("\0\0\0\x01", 4)) == 0) {
            return true;
        }
    }
    return false;
}

std::size_t transfers_in(const fs::path &file) {
    const CommandResult result = test::run_keyaki({"ledger", "verify", "--json", "--database", file.string()});
    CAPTURE(result.error);
    REQUIRE(result.status == 0);
    return nlohmann::json::parse(result.out)["transfers"].get<std::size_t>();
}

} // namespace

TEST_CASE("what is no database of keyaki is refused by every command, with its name, and not touched") {
    const TemporaryFolder folder;
    const fs::path file = folder / "city.sqlite";
    SECTION("an empty file") {
        folder.write("city.sqlite", "");
        require_refused(folder, status_corrupt, "expected a database of keyaki, found the empty file");
    }
    SECTION("a text") {
        folder.write("city.sqlite", std::string(9000, 'x'));
        require_refused(folder, status_corrupt, "which is no SQLite database");
    }
    SECTION("a few bytes") {
        folder.write("city.sqlite", "SQLite for");
        require_refused(folder, status_corrupt, "which is no SQLite database");
    }
    SECTION("a folder") {
        fs::create_directory(file);
        require_refused(folder, status_corrupt, "found the folder");
    }
    SECTION("another program's SQLite") {
        run_sql(file, "CREATE TABLE customer (name TEXT); INSERT INTO customer VALUES ('a')");
        require_refused(folder, status_corrupt, "found an SQLite file of another program (application id 0x0)");
    }
    SECTION("another program's SQLite with a number of its own, and a log") {
        run_sql(file, "PRAGMA application_id = 77; PRAGMA journal_mode = WAL; CREATE TABLE customer (name TEXT)");
        folder.write("city.sqlite-wal", std::string(5000, 'w'));
        require_refused(folder, status_corrupt, "found an SQLite file of another program (application id 0x4d)");
    }
    SECTION("a log without its database") {
        folder.write("city.sqlite-wal", std::string(5000, 'w'));
        require_refused(folder, status_corrupt, "with a write-ahead log beside it");
    }
    SECTION("an empty file with a log") {
        folder.write("city.sqlite", "");
        folder.write("city.sqlite-wal", std::string(5000, 'w'));
        require_refused(folder, status_corrupt, "with a write-ahead log beside it");
    }
}

TEST_CASE("a database that is not there is made by an import alone") {
    const TemporaryFolder folder;
    const TemporaryFolder elsewhere;
    for (const Words &command : commands_on(folder / "city.sqlite", elsewhere)) {
        const bool imports = command.front() == "import";
        const CommandResult result = run_for_a_while(command);
        CAPTURE(command.front(), result.error);
        CHECK(result.status == (imports ? 0 : status_not_found));
        CHECK(fs::exists(folder / "city.sqlite") == imports);
        if (imports) {
            break;
        }
    }
}

TEST_CASE("a database of a newer keyaki is refused by every command, also with a log, and not touched") {
    const TemporaryFolder folder;
    const fs::path file = copy_of_sample(folder);
    if (GENERATE(false, true)) {
        // A log without the first page, in which the version stands: of a check-in that needed no new page.
        do {
            run_sql(file, "PRAGMA wal_checkpoint(TRUNCATE)");
            leave_log(file, 1);
        } while (has_first_page_in_log(file));
        std::string bytes = test::bytes_of(file);
        bytes.at(62) = '\x27'; // user_version, big endian, at 60
        bytes.at(63) = '\x0F';
        write_bytes(file, bytes);
    } else {
        run_sql(file, "PRAGMA user_version = 9999");
    }
    require_refused(folder, status_conflict, "found version 9999, made by a newer keyaki");
}

TEST_CASE("a database that was cut off is refused wherever it was cut") {
    const TemporaryFolder folder;
    const fs::path file = copy_of_sample(folder);
    const std::string whole = test::bytes_of(file);
    constexpr std::size_t page_bytes = 4096;
    for (const std::size_t size : {std::size_t{100}, std::size_t{511}, page_bytes, page_bytes + 1, 10 * page_bytes,
                                   whole.size() / 2 / page_bytes * page_bytes, whole.size() - page_bytes, whole.size() - page_bytes - 1}) {
        CAPTURE(size);
        write_bytes(file, whole.substr(0, size));
        require_refused(folder, status_corrupt, "the database file is damaged");
    }
}

TEST_CASE("the log of another database is found out before it is written into this one") {
    const TemporaryFolder folder;
    const TemporaryFolder others;
    const fs::path file = copy_of_sample(folder);
    const fs::path other = copy_of_sample(others);
    const bool has_same_past = GENERATE(true, false); // a backup put back beside the log of what it replaces, or quite another city
    std::string key = sample().key;
    if (!has_same_past) {
        const test::SampleCity city;
        fs::copy_file(city.database, other, fs::copy_options::overwrite_existing);
        key = city.key;
    }
    // The first half of its past is in the file, the second in the log: played back over a file without the first half, it makes nothing whole.
    for (const bool is_last : {false, true}) {
        test::LiveServer server(other);
        HttpClient client(server.address(), key);
        for (int number = 0; number < 50; ++number) {
            const std::string name = (is_last ? "m-" : "n-") + std::to_string(number);
            const auto answer = client.post("/checkins", test::check_in_body(name), {"Content-Type: application/json", "Idempotency-Key: " + name});
            REQUIRE(answer.status == 201);
        }
        is_last ? server.kill() : void(server.terminate());
    }
    leave_log(file); // this one has a past of its own, too
    fs::copy_file(other.string() + "-wal", file.string() + "-wal", fs::copy_options::overwrite_existing);
    fs::remove(file.string() + "-shm");
    CAPTURE(has_same_past, fs::file_size(file.string() + "-wal"));
    require_refused(folder, status_corrupt, "was not closed, and with what its write-ahead log");
}

TEST_CASE("a log and its index may be missing: what was moved into the file is there") {
    const TemporaryFolder folder;
    const fs::path file = copy_of_sample(folder);
    const std::size_t before = transfers_in(file);
    leave_log(file);
    SECTION("the index is made anew") {
        fs::remove(file.string() + "-shm");
        CHECK(transfers_in(file) == before + 3);
    }
    SECTION("an index of rubbish is made anew") {
        write_bytes(file.string() + "-shm", std::string(32'768, 'r'));
        CHECK(transfers_in(file) == before + 3);
    }
    SECTION("without its log the database is whole as of the last time it was closed") {
        fs::remove(file.string() + "-wal");
        fs::remove(file.string() + "-shm");
        CHECK(transfers_in(file) == before);
    }
    SECTION("a log that was cut off ends before what is not whole") {
        fs::resize_file(file.string() + "-wal", end_of_log(file) - 3);
        CHECK(transfers_in(file) == before + 2);
    }
    CHECK(test::run_keyaki({"check", "--database", file.string()}).status == 0);
}

TEST_CASE("a database that another process holds for writing is read and refused to what writes; one held for itself alone is refused") {
    const TemporaryFolder folder;
    const TemporaryFolder elsewhere;
    const fs::path file = copy_of_sample(folder);
    const std::string words = "stayed locked by another process for too long: ";
    // Both wait ten seconds: at the same time.
    auto alone = std::async(std::launch::async, [] {
        const TemporaryFolder own;
        const fs::path other = copy_of_sample(own);
        sqlite3 *holder = nullptr;
        sqlite3_open(other.c_str(), &holder);
        sqlite3_exec(holder, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
        CommandResult result = run_for_a_while({"layers", "--database", other.string()});
        sqlite3_close(holder);
        return result;
    });
    sqlite3 *holder = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &holder) == SQLITE_OK);
    REQUIRE(sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    for (const Words &command : commands_on(file, elsewhere)) {
        if (command.front() == "serve") {
            continue; // it serves: the test below
        }
        const bool writes = command.front() == "import";
        const CommandResult result = run_for_a_while(command);
        CAPTURE(command.front(), result.error);
        CHECK(result.status == (writes ? status_unavailable : 0));
        CHECK((result.error.find(words + file.string()) != std::string::npos) == writes);
    }
    test::LiveServer server(file);
    HttpClient client(server.address(), sample().key);
    CHECK(client.get("/collections/shelters/items").status == 200);
    sqlite3_close(holder);
    const CommandResult refused = alone.get();
    CAPTURE(refused.error);
    CHECK(refused.status == status_unavailable);
    CHECK(is_one_sentence(refused.error));
    CHECK(refused.error.find(words) != std::string::npos);
}

namespace {

/// A city that has lost the right to write: the map, what was decided and the books are there; whoever wants to change something is told.
void require_served_for_reading(const fs::path &file) {
    test::LiveServer server(file);
    HttpClient client(server.address(), sample().key);
    CHECK(client.get("/collections/shelters/items").status == 200);
    CHECK(client.get("/tiles/shelters/14/14542/6445.mvt").status == 200);
    CHECK(client.get("/ledger/head").status == 200);
    CHECK(client.get("/ledger/accounts/budget:always").status == 200);
    CHECK(client.get("/healthz").status == 200);
    const test::HttpAnswer ready = client.get("/readyz");
    CHECK(ready.status == 503);
    CHECK(ready.body.find("The database can only be read") != std::string::npos);
    const test::HttpAnswer refused =
        client.post("/checkins", test::check_in_body("m-read-only"), {"Content-Type: application/json", "Idempotency-Key: ro-1"});
    CHECK(refused.status == 503);
    CHECK(refused.header("content-type") == "application/problem+json");
    CHECK(refused.body.find("The database can only be read") != std::string::npos);
    CHECK(server.terminate() == 0);
}

/// The commands that read work, those that write refuse.
void require_read_and_not_written(const fs::path &file) {
    const TemporaryFolder elsewhere;
    for (const Words &command : commands_on(file, elsewhere)) {
        if (command.front() == "serve") {
            continue; // as above
        }
        const bool writes = command.front() == "import";
        const CommandResult result = run_for_a_while(command);
        CAPTURE(command.front(), result.error);
        CHECK(result.status == (writes ? status_unavailable : 0));
        CHECK((result.error.find(file.string() + ", which can only be read") != std::string::npos) == writes);
    }
    const CommandResult published = test::run_keyaki({"layer", "rollback", "shelters", "1", "--database", file.string()});
    CAPTURE(published.error);
    CHECK(published.status == status_unavailable);
    CHECK(is_one_sentence(published.error));
    CHECK(test::run_keyaki({"check", "--database", (elsewhere / "backup.sqlite").string()}).status == 0);
}

} // namespace

TEST_CASE("a database on a disk that is mounted read-only is served and read, and nothing writes to it") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(64 << 20);
    const fs::path file = disk.path() / "city.sqlite";
    fs::copy_file(sample().database, file);
    const bool was_killed = GENERATE(false, true);
    if (was_killed) {
        leave_log(file); // with its index beside it, as after a disk that the system made read-only
    }
    const auto before = content_of(disk.path());
    disk.make_read_only();
    require_served_for_reading(file);
    require_read_and_not_written(file);
    CHECK(content_of(disk.path()) == before);
}

TEST_CASE("a log that cannot be played back on a read-only disk is not passed over") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(64 << 20);
    const fs::path file = disk.path() / "city.sqlite";
    fs::copy_file(sample().database, file);
    leave_log(file);
    fs::remove(file.string() + "-shm");
    disk.make_read_only();
    const CommandResult result = run_for_a_while({"serve", "--listen", "127.0.0.1:0", "--database", file.string()});
    CAPTURE(result.error);
    CHECK(result.status == status_unavailable);
    CHECK(is_one_sentence(result.error));
    CHECK(result.error.find("copy both into a folder that can be written") != std::string::npos);
}

TEST_CASE("a database of which this user may only read file and folder is refused with what is needed, the file alone is served") {
    if (::geteuid() == 0 && !test::has_program("setpriv")) {
        WARN("skipped: root may write everywhere, and there is no setpriv to become somebody else");
        return;
    }
    const TemporaryFolder folder;
    const fs::path file = copy_of_sample(folder);
    const auto run_as_somebody = [&](Words words) {
        Words all{"timeout", "-k", "10", "60"};
        if (::geteuid() == 0) {
            all.insert(all.end(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
        }
        all.push_back(KEYAKI_PROGRAM);
        all.insert(all.end(), words.begin(), words.end());
        all.insert(all.end(), {"--database", file.string()});
        return test::run(all);
    };
    fs::permissions(file, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    SECTION("the folder too") {
        fs::permissions(folder.path(), fs::perms(0555));
        for (const Words &words : {Words{"layers"}, Words{"check"}, Words{"serve", "--listen", "127.0.0.1:0"}}) {
            const CommandResult result = run_as_somebody(words);
            CAPTURE(words.front(), result.error);
            CHECK(result.status == status_unavailable);
            CHECK(is_one_sentence(result.error));
            CHECK(result.error.find("the folder of " + file.string() + " must be one that this user can write") != std::string::npos);
        }
    }
    SECTION("the file alone") {
        fs::permissions(folder.path(), fs::perms(0777));
        for (const Words &words : {Words{"layers"}, Words{"check"}, Words{"ledger", "verify"}}) {
            const CommandResult result = run_as_somebody(words);
            CAPTURE(words.front(), result.error);
            CHECK(result.status == 0);
        }
        const CommandResult result = run_as_somebody({"layer", "rollback", "shelters", "1"});
        CAPTURE(result.error);
        CHECK(result.status == status_unavailable);
        CHECK(result.error.find(file.string() + ", which can only be read") != std::string::npos);
    }
    fs::permissions(folder.path(), fs::perms(0755)); // so that it can be removed
}

TEST_CASE("a database that is cut off, overwritten or removed under a running server does not end it") {
    const TemporaryFolder folder;
    const fs::path file = copy_of_sample(folder);
    test::LiveServer server(file);
    HttpClient client(server.address(), sample().key);
    REQUIRE(client.get("/ledger/accounts/budget:always").status == 200);
    SECTION("cut off") { fs::resize_file(file, 4096); }
    SECTION("emptied") { fs::resize_file(file, 0); }
    SECTION("overwritten") { write_bytes(file, std::string(100'000, 'x')); }
    SECTION("removed") { fs::remove(file); }
    for (int turn = 0; turn < 20; ++turn) {
        for (const char *path : {"/ledger/accounts/budget:always", "/members/m-1/stamps", "/checkins/01M8A0VZQWETA2H0ZN60G9HN83", "/readyz"}) {
            CHECK(client.get(path).status != 0); // an answer, whichever
        }
        const auto answer =
            client.post("/checkins", test::check_in_body("m-1"), {"Content-Type: application/json", "Idempotency-Key: t-" + std::to_string(turn)});
        CHECK(answer.status >= 400); // and never a yes
    }
    CHECK(client.get("/collections/shelters/items").status == 200);
    CHECK(client.get("/tiles/shelters/14/14542/6445.mvt").status == 200);
    CHECK(client.get("/healthz").status == 200);
    CHECK(server.terminate() == 0);
}

TEST_CASE("whatever byte of a database is changed, nothing crashes, and what the check finds it says") {
    const auto seed = static_cast<std::uint64_t>(20260412);
    std::mt19937_64 random(seed);
    const TemporaryFolder folder;
    const fs::path file = copy_of_sample(folder);
    const std::string whole = test::bytes_of(file);
    int found = 0;
    constexpr int turns = 60;
    for (int turn = 0; turn < turns; ++turn) {
        std::string bytes = whole;
        const std::size_t flips = 1 + random() % 40;
        for (std::size_t flip = 0; flip < flips; ++flip) {
            bytes.at(100 + random() % (bytes.size() - 100)) ^= static_cast<char>(1U << random() % 8);
        }
        write_bytes(file, bytes);
        fs::remove(file.string() + "-wal");
        const CommandResult result = run_for_a_while({"check", "--database", file.string()});
        CAPTURE(seed, turn, result.status, result.out, result.error);
        CHECK((result.status == 0 || result.status == status_corrupt));
        CHECK((result.status == 0) == result.error.empty());
        found += result.status == 0 ? 0 : 1;
    }
    std::printf("%d of %d damaged databases were found out\n", found, turns);
    CHECK(found > turns / 2);
}
