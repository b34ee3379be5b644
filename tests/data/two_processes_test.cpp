#include "data/database.hpp"
#include "geo/error.hpp"
#include "tests/data/data_fixture.hpp"
#include "tests/support/comes_true.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>

#include <csignal>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;

namespace {

/// A run of store_process.cpp; killed when it is still there at the end.
class OtherProcess {
  public:
    OtherProcess(const char *what, const std::filesystem::path &file, int count) {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        ::posix_spawn_file_actions_addclose(&actions, ends[0]);
        ::posix_spawn_file_actions_addclose(&actions, ends[1]);
        std::string program = KEYAKI_STORE_PROCESS;
        std::string first = what;
        std::string second = file.string();
        std::string third = std::to_string(count);
        std::array<char *, 5> arguments{program.data(), first.data(), second.data(), third.data(), nullptr};
        REQUIRE(::posix_spawn(&m_process, program.c_str(), &actions, nullptr, arguments.data(), environ) == 0);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        m_output = ends[0];
    }
    ~OtherProcess() {
        if (m_process > 0) {
            kill_and_wait();
        }
        ::close(m_output);
    }
    OtherProcess(const OtherProcess &) = delete;
    OtherProcess &operator=(const OtherProcess &) = delete;

    /// Until it says something; false when it ended without a word.
    bool wait_for_word() {
        char letter = 0;
        return ::read(m_output, &letter, 1) == 1;
    }
    void kill_and_wait() {
        ::kill(m_process, SIGKILL);
        (void)wait();
    }
    [[nodiscard]] bool is_running() {
        int status = 0;
        const bool ended = ::waitpid(m_process, &status, WNOHANG) == m_process;
        if (ended) {
            m_process = -1;
            m_status = status;
        }
        return !ended;
    }
    /// Its exit status, 0 for success.
    int wait() {
        if (m_process > 0) {
            ::waitpid(m_process, &m_status, 0);
            m_process = -1;
        }
        return WIFEXITED(m_status) ? WEXITSTATUS(m_status) : 128;
    }

  private:
    pid_t m_process = -1;
    int m_status = 0;
    int m_output = -1;
};

void write_entry(Store &store, const std::string &subject) {
    store.write([&](data::WriteTransaction &change) { change.insert_audit({some_time_us, "staff:hanako", "test", subject, "{}"}); });
}

} // namespace

TEST_CASE("a server goes on writing beside an importing process, and sees what that publishes") {
    StoreFixture fixture;
    fixture.import({point_feature("a", 139, 35)});
    fixture.publish();
    const std::uint64_t counter = fixture.store().change_counter();
    OtherProcess other("import", fixture.file(), 50'000);
    int writes = 0;
    double longest_ms = 0;
    while (other.is_running()) {
        const auto begin = std::chrono::steady_clock::now();
        write_entry(fixture.store(), "entry " + std::to_string(++writes));
        longest_ms = std::max(longest_ms, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    CHECK(other.wait() == 0);
    std::printf("beside an import: %d writes, the longest %.1f ms\n", writes, longest_ms);
    CHECK(fixture.store().change_counter() != counter);
    CHECK(fixture.store().find_layer("shelters")->revision == 2);
    CHECK(fixture.store().find_layer("shelters")->feature_count == 50'001);
    CHECK(fixture.store().audit(1'000'000).size() >= static_cast<std::size_t>(writes));
    CHECK(fixture.store().check().empty());
}

TEST_CASE("two processes that write at the same time lose nothing") {
    StoreFixture fixture;
    OtherProcess other("write", fixture.file(), 300);
    for (int number = 0; number < 300; ++number) {
        write_entry(fixture.store(), "mine " + std::to_string(number));
    }
    CHECK(other.wait() == 0);
    CHECK(fixture.store().audit(10'000).size() == 601); // and the making of the layer
}

TEST_CASE("an import that is killed leaves no trace, and the running server can begin another at once") {
    for (const bool is_first_import : {true, false}) {
        StoreFixture fixture;
        if (!is_first_import) {
            fixture.import({point_feature("a", 139, 35), point_feature("other/5", 1, 1)});
            fixture.publish();
        }
        OtherProcess other("hang", fixture.file(), 9'000);
        REQUIRE(other.wait_for_word());
        CHECK_THROWS_AS(fixture.store().write_draft("shelters", Store::DraftMode::merge, "staff:hanako"), geo::Error); // it lives
        CHECK_FALSE(fixture.store().find_layer("shelters")->has_draft);
        other.kill_and_wait();
        CHECK(draft(fixture.store()) == published(fixture.store()));
        CHECK(fixture.import({point_feature("b", 139, 35)}, Store::DraftMode::merge).added == 1);
        fixture.publish();
        CHECK(published(fixture.store()).size() == (is_first_import ? 1 : 3));
        CHECK(fixture.store().check().empty());
        fixture.close();
        data::Connection connection(fixture.file(), data::Access::read);
        CHECK(connection.query_int64("SELECT count(*) FROM layer_shelters") == (is_first_import ? 1 : 3));
        CHECK(connection.query_int64("SELECT count(*) FROM keyaki_unseen_changes") == 0);
    }
}

TEST_CASE("what a killed import left is swept when the database is opened next") {
    StoreFixture fixture;
    fixture.close();
    {
        OtherProcess other("hang", fixture.file(), 9'000);
        REQUIRE(other.wait_for_word());
    }
    fixture.reopen();
    data::Connection connection(fixture.file(), data::Access::read);
    CHECK(comes_true([&] { return connection.query_int64("SELECT count(*) FROM keyaki_unseen_changes") == 0; }, std::chrono::seconds(60)));
    CHECK(connection.query_int64("SELECT count(*) FROM layer_shelters") == 0);
    CHECK(fixture.store().check().empty());
}
