#include "data/writer.hpp"

#include "data/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <utility>

namespace keyaki::data {

namespace {

/// What stopped a whole group, told to everybody in it.
std::exception_ptr as_unavailable(const geo::Error &error) {
    if (error.kind() == geo::ErrorKind::unavailable || error.kind() == geo::ErrorKind::corrupt) {
        return std::make_exception_ptr(geo::Error(error.kind(), fmt::format("nothing was written: {}", error.what())));
    }
    return std::make_exception_ptr(error);
}

bool is_io_failure(const std::exception_ptr &failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const DatabaseError &error) {
        return error.is_io_failure();
    } catch (...) {
        return false;
    }
}

} // namespace

Writer::Writer(Connection connection, std::size_t queue_length, IdleWork idle_work)
    : m_connection(std::move(connection)), m_queue_length(queue_length), m_idle_work(std::move(idle_work)), m_thread([this] { loop(); }) {}

Writer::~Writer() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_room.notify_all();
    m_thread.join();
}

void Writer::run(Command command) {
    assert(std::this_thread::get_id() != m_thread.get_id() && "a command cannot wait for another command");
    submit(std::move(command)).get();
}

std::future<void> Writer::submit(Command command, WhenFull when_full) {
    Waiting waiting{std::move(command), {}, {}};
    std::future<void> answer = waiting.answer.get_future();
    std::unique_lock lock(m_mutex);
    if (when_full == WhenFull::wait) {
        m_room.wait(lock, [this] { return m_queue.size() < m_queue_length || m_stopping; });
    }
    if (!m_broken.empty() || m_stopping || m_queue.size() >= m_queue_length) {
        ++m_statistics.refused;
        const std::string reason = !m_broken.empty() ? m_broken
                                   : m_stopping      ? "the database is being closed"
                                                : fmt::format("{} changes wait for the database already, which is as many as may", m_queue.size());
        waiting.answer.set_exception(std::make_exception_ptr(geo::Error(geo::ErrorKind::unavailable, reason)));
        return answer;
    }
    m_queue.push_back(std::move(waiting));
    m_wake.notify_one();
    return answer;
}

void Writer::wake() {
    {
        const std::lock_guard lock(m_mutex);
        m_idle_work_waits = true;
    }
    m_wake.notify_one();
}

WriterStatistics Writer::statistics() {
    const std::lock_guard lock(m_mutex);
    WriterStatistics statistics = m_statistics;
    statistics.queue_length = m_queue.size();
    statistics.is_stopped = !m_broken.empty();
    return statistics;
}

void Writer::loop() {
    Group group;
    while (take_group(group)) {
        if (!group.empty()) {
            commit_group(group);
            group.clear();
        }
        care();
    }
}

/// False when it is time to end. An empty group means that idle work waits, or that nobody came for so long that the log may be moved.
bool Writer::take_group(Group &group) {
    std::unique_lock lock(m_mutex);
    const auto has_something = [this] { return m_stopping || !m_queue.empty() || m_idle_work_waits; };
    if (m_connection.wal_pages() - m_pages_at_last_move >= wal_pages_idle) {
        m_is_resting = !m_wake.wait_for(lock, rest_before_log_moves, has_something);
    } else {
        m_wake.wait(lock, has_something);
    }
    const std::size_t count = std::min(m_queue.size(), group_commit_commands_max);
    std::move(m_queue.begin(), m_queue.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(group));
    m_queue.erase(m_queue.begin(), m_queue.begin() + static_cast<std::ptrdiff_t>(count));
    m_room.notify_all();
    return count > 0 || !m_stopping;
}

void Writer::commit_group(Group &group) {
    try {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_broken.empty()) {
                throw geo::Error(geo::ErrorKind::unavailable, m_broken);
            }
        }
        run_group(group);
    } catch (const DatabaseError &error) {
        if (error.is_io_failure()) {
            stop_writing(error.what());
        }
        answer(group, as_unavailable(error));
        return;
    } catch (const geo::Error &error) {
        answer(group, as_unavailable(error));
        return;
    }
    answer(group, nullptr);
}

void Writer::run_group(Group &group) {
    Transaction transaction(m_connection);
    for (Waiting &waiting : group) {
        run_one(waiting, group.size() == 1);
    }
    if (std::any_of(group.begin(), group.end(), [](const Waiting &waiting) { return waiting.failure == nullptr; })) {
        commit(transaction);
    }
}

/// A failure of the command undoes the command; a failure of the file ends the group. One that is alone needs no savepoint: without a commit the
/// transaction undoes it, and nobody keeps a copy of each page for that.
void Writer::run_one(Waiting &waiting, bool is_alone) {
    try {
        std::optional<Savepoint> savepoint;
        if (!is_alone) {
            savepoint.emplace(m_connection);
        }
        waiting.command(m_connection);
        if (savepoint) {
            savepoint->release();
        }
    } catch (...) {
        waiting.failure = std::current_exception();
    }
    // SQLite itself rolls everything back when the disk is full or broken: the others' changes are gone with it.
    if (waiting.failure != nullptr && (is_io_failure(waiting.failure) || !m_connection.in_transaction())) {
        std::rethrow_exception(std::exchange(waiting.failure, nullptr));
    }
}

void Writer::commit(Transaction &transaction) {
    const auto begin = std::chrono::steady_clock::now();
    transaction.commit();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const std::lock_guard lock(m_mutex);
    ++m_statistics.commits;
    m_statistics.fsync_seconds_total += took.count();
}

void Writer::answer(Group &group, const std::exception_ptr &failure) {
    {
        const std::lock_guard lock(m_mutex);
        m_statistics.commands += group.size();
    }
    for (Waiting &waiting : group) {
        waiting.command = nullptr; // what it holds is gone before the caller goes on
        if (const std::exception_ptr &reason = waiting.failure != nullptr ? waiting.failure : failure; reason != nullptr) {
            waiting.answer.set_exception(reason);
        } else {
            waiting.answer.set_value();
        }
    }
}

void Writer::care() {
    try {
        const std::int64_t grown = m_connection.wal_pages() - m_pages_at_last_move;
        bool idle = false;
        {
            const std::lock_guard lock(m_mutex);
            if (!m_broken.empty()) {
                m_idle_work_waits = false;
                return;
            }
            idle = m_queue.empty();
        }
        if (grown < 0) {
            m_pages_at_last_move = 0; // the log began anew
        } else if (grown >= (std::exchange(m_is_resting, false) ? wal_pages_idle : wal_pages_max)) {
            move_log();
        }
        if (idle && !do_idle_work()) {
            const std::lock_guard lock(m_mutex);
            m_idle_work_waits = false;
        }
    } catch (const DatabaseError &error) {
        if (error.is_io_failure()) {
            stop_writing(error.what());
        }
        const std::lock_guard lock(m_mutex);
        m_idle_work_waits = false; // a full disk or a lock: wake() or the next command asks again
    } catch (const geo::Error &error) {
        stop_writing(error.what());
    }
}

bool Writer::do_idle_work() {
    {
        const std::lock_guard lock(m_mutex);
        if (!m_idle_work_waits) {
            return false;
        }
    }
    Transaction transaction(m_connection);
    const bool more = m_idle_work(m_connection);
    transaction.commit();
    return more;
}

void Writer::move_log() {
    m_connection.checkpoint(Connection::Checkpoint::passive);
    m_pages_at_last_move = m_connection.wal_pages();
}

/// ledger.md, I16: after a failed write or fsync nobody knows what the file holds, and asking again may be answered with a lie.
void Writer::stop_writing(const std::string &reason) {
    const std::lock_guard lock(m_mutex);
    if (m_broken.empty()) {
        m_broken = fmt::format("the database takes no changes any more until keyaki is started again: {}", reason);
    }
}

} // namespace keyaki::data
