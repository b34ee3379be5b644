#include "data/writer.hpp"

#include "data/reader_pool.hpp"
#include "data/schema.hpp"
#include "tests/data/data_fixture.hpp"
#include "tests/support/comes_true.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <thread>

#include <csignal>
#include <sys/resource.h>

using namespace keyaki;
using namespace keyaki::test;
using data::Connection;
using data::Writer;
using geo::ErrorKind;

namespace {

class WriterFixture {
  public:
    explicit WriterFixture(
        std::size_t queue_length = 100, Writer::IdleWork idle_work = [](Connection &) { return false; }) {
        Connection connection(file(), data::Access::create);
        data::migrate(connection, true);
        connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY, y BLOB)");
        m_writer = std::make_unique<Writer>(std::move(connection), queue_length, std::move(idle_work));
    }
    [[nodiscard]] std::filesystem::path file() const { return m_folder / "a.sqlite"; }
    [[nodiscard]] Writer &writer() { return *m_writer; }
    [[nodiscard]] std::int64_t count() const {
        Connection reader(file(), data::Access::read);
        return reader.query_int64("SELECT count(*) FROM t");
    }
    void close() { m_writer.reset(); }

  private:
    TemporaryFolder m_folder;
    std::unique_ptr<Writer> m_writer;
};

Writer::Command insert(int number) {
    return [number](Connection &connection) { connection.prepare("INSERT INTO t (x) VALUES (?1)").bind_int64(1, number).run(); };
}

ErrorKind kind_of(std::future<void> &answer) {
    try {
        answer.get();
    } catch (const geo::Error &error) {
        INFO(error.what());
        return error.kind();
    }
    FAIL("nothing was thrown");
    return ErrorKind::internal;
}

/// Holds the writer in a command until it goes out of scope, so that others gather in the queue.
class Holding {
  public:
    explicit Holding(Writer &writer) {
        m_answer = writer.submit([this](Connection &) {
            m_begun.count_down();
            m_go_on.wait();
        });
        m_begun.wait();
    }
    ~Holding() {
        m_go_on.count_down();
        m_answer.get();
    }
    Holding(const Holding &) = delete;
    Holding &operator=(const Holding &) = delete;

  private:
    std::latch m_begun{1};
    std::latch m_go_on{1};
    std::future<void> m_answer;
};

/// No file of this process may grow past so many bytes: SQLite then meets what a full disk gives, a write that fails.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        m_old_handler = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_old_handler);
    }
    FileSizeLimit(const FileSizeLimit &) = delete;
    FileSizeLimit &operator=(const FileSizeLimit &) = delete;

  private:
    rlimit m_before{};
    void (*m_old_handler)(int) = nullptr;
};

} // namespace

TEST_CASE("what waits together is committed together, and a failure undoes only its own part") {
    WriterFixture fixture;
    std::vector<std::future<void>> answers;
    const auto before = fixture.writer().statistics();
    {
        const Holding holding(fixture.writer());
        for (int number = 0; number < 50; ++number) {
            answers.push_back(fixture.writer().submit([number](Connection &connection) {
                insert(number)(connection);
                if (number % 10 == 3) {
                    throw std::runtime_error("not this one");
                }
                if (number % 10 == 7) {
                    insert(number)(connection); // the key is there already
                }
            }));
        }
    }
    int failed = 0;
    for (int number = 0; number < 50; ++number) {
        try {
            answers[static_cast<std::size_t>(number)].get();
        } catch (const geo::Error &error) {
            CHECK(error.kind() == ErrorKind::conflict);
            CHECK(number % 10 == 7);
            ++failed;
        } catch (const std::runtime_error &error) {
            CHECK(std::string(error.what()) == "not this one");
            ++failed;
        }
    }
    CHECK(failed == 10);
    CHECK(fixture.count() == 40);
    const auto after = fixture.writer().statistics();
    CHECK(after.commits - before.commits == 2); // the one that held, and one for all the others
    CHECK(after.commands - before.commands == 51);
    CHECK(after.commit_seconds.sum() > before.commit_seconds.sum());
    // Ten of the fifty were undone, but all shared the commit: it counts between 32 and 64.
    CHECK(after.group_commands.counts().at(6) - before.group_commands.counts().at(6) == 1);
    CHECK(after.group_commands.sum() - before.group_commands.sum() == 51);
}

TEST_CASE("a change that comes alone is undone when it fails, and the next one finds nothing of it") {
    WriterFixture fixture;
    auto failed = fixture.writer().submit([](Connection &connection) {
        insert(1)(connection);
        throw geo::Error(ErrorKind::conflict, "not this one");
    });
    CHECK(kind_of(failed) == ErrorKind::conflict);
    CHECK(fixture.count() == 0);
    fixture.writer().run(insert(1));
    CHECK(fixture.count() == 1);
}

TEST_CASE("a full queue refuses at once, and takes again when there is room") {
    WriterFixture fixture(10);
    std::vector<std::future<void>> answers;
    {
        const Holding holding(fixture.writer());
        for (int number = 0; number < 10; ++number) {
            answers.push_back(fixture.writer().submit(insert(number)));
        }
        auto refused = fixture.writer().submit(insert(10));
        CHECK(refused.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
        CHECK(kind_of(refused) == ErrorKind::unavailable);
        CHECK(fixture.writer().statistics().refused == 1);
        CHECK(fixture.writer().statistics().queue_length == 10);
        CHECK(fixture.writer().statistics().queue_limit == 10);
    }
    for (auto &answer : answers) { // the writer has let go, but may not have taken the ten yet
        answer.get();
    }
    fixture.writer().run(insert(11));
    CHECK(fixture.count() == 11);
}

TEST_CASE("what was answered is in the file, and closing runs what waits") {
    WriterFixture fixture;
    std::vector<std::future<void>> answers;
    for (int number = 0; number < 100; ++number) {
        answers.push_back(fixture.writer().submit(insert(number)));
    }
    fixture.close();
    for (auto &answer : answers) {
        CHECK_NOTHROW(answer.get());
    }
    CHECK(fixture.count() == 100);
}

TEST_CASE("a database locked by somebody else for too long is unavailable, and works when it is let go") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    Connection connection(file, data::Access::create);
    data::migrate(connection, true);
    connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    connection.set_busy_timeout_ms(50);
    Writer writer(std::move(connection), 10, [](Connection &) { return false; });
    Connection other(file, data::Access::write);
    {
        const data::Transaction transaction(other);
        auto answer = writer.submit(insert(1));
        CHECK(kind_of(answer) == ErrorKind::unavailable);
    }
    CHECK_NOTHROW(writer.run(insert(2)));
}

TEST_CASE("idle work is done in pieces when nobody waits") {
    std::atomic<int> pieces = 0;
    std::promise<void> done;
    WriterFixture fixture(100, [&](Connection &) {
        if (++pieces == 5) {
            done.set_value();
        }
        return pieces < 5;
    });
    done.get_future().wait();
    fixture.writer().run(insert(1));
    CHECK(pieces == 5);
}

TEST_CASE("the write-ahead log stays bounded while a reader comes and goes") {
    WriterFixture fixture;
    data::ReaderPool readers(fixture.file(), 2);
    const std::vector<std::uint8_t> block(100'000, 7);
    for (int number = 0; number < 3000; ++number) {
        fixture.writer().run([&](Connection &connection) {
            connection.prepare("INSERT OR REPLACE INTO t (x, y) VALUES (?1, ?2)").bind_int64(1, number % 20).bind_blob(2, block).run();
        });
        if (number % 10 == 0) {
            CHECK(readers.borrow()->query_int64("SELECT count(*) FROM t") > 0);
        }
    }
    // 300 MB went through it.
    CHECK(std::filesystem::file_size(fixture.file().string() + "-wal") < 100'000'000);
}

TEST_CASE("the write-ahead log is moved into the file when nobody comes any more") {
    WriterFixture fixture;
    const auto size_before = std::filesystem::file_size(fixture.file());
    const std::vector<std::uint8_t> block(100'000, 7);
    for (int number = 0; number < 60; ++number) {
        fixture.writer().run([&](Connection &connection) {
            connection.prepare("INSERT INTO t (x, y) VALUES (?1, ?2)").bind_int64(1, number).bind_blob(2, block).run();
        });
    }
    const auto is_moved = [&] { return std::filesystem::file_size(fixture.file()) >= size_before + 60 * block.size(); };
    CHECK(comes_true(is_moved, std::chrono::seconds(30)));
}

TEST_CASE("a write that the system refuses ends the taking of writes, while reading goes on") {
    WriterFixture fixture;
    fixture.writer().run(insert(1));
    const std::vector<std::uint8_t> block(3'000'000, 7);
    {
        const FileSizeLimit limit(2'000'000);
        auto answer = fixture.writer().submit(
            [&](Connection &connection) { connection.prepare("INSERT INTO t (x, y) VALUES (2, ?1)").bind_blob(1, block).run(); });
        CHECK(kind_of(answer) == ErrorKind::unavailable);
    }
    auto refused = fixture.writer().submit(insert(3));
    const ErrorKind kind = kind_of(refused);
    CHECK(kind == ErrorKind::unavailable);
    CHECK(fixture.count() == 1);
    fixture.close();
    CHECK(fixture.count() == 1);
}
