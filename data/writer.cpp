#include "data/writer.hpp"

#include "data/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

namespace keyaki::data {

namespace {

/// What stopped a whole group before its commit, told to everybody in it.
std::exception_ptr as_unavailable(const geo::Error &error) {
    if (error.kind() == geo::ErrorKind::unavailable || error.kind() == geo::ErrorKind::corrupt) {
        return std::make_exception_ptr(geo::Error(error.kind(), fmt::format("nothing was written: {}", error.what())));
    }
    return std::make_exception_ptr(error);
}

/// The same when the commit's own fsync failed: all of it is in the log, as far as the system's memory goes.
std::exception_ptr as_unknown(const geo::Error &error) {
    return std::make_exception_ptr(geo::Error(
        geo::ErrorKind::unavailable, fmt::format("whether the change was kept shows when keyaki is started again, ask then: {}", error.what())));
}

/// Thrown by the commit alone.
struct CommitFailure {
    DatabaseError error;
};

bool ends_all_writing(const DatabaseError &error) { return error.is_io_failure() || error.is_damage(); }

bool ends_all_writing(const std::exception_ptr &failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const DatabaseError &error) {
        return ends_all_writing(error);
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
    statistics.queue_limit = m_queue_length;
    statistics.is_stopped = !m_broken.empty();
    statistics.is_disk_full = m_is_disk_full;
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

/// False when it is time to end. An empty group means that idle work waits, that it is time to ask for room on a full disk, or that nobody came for
/// so long that the log may be moved.
bool Writer::take_group(Group &group) {
    std::unique_lock lock(m_mutex);
    const auto has_something = [this] { return m_stopping || !m_queue.empty() || m_idle_work_waits; };
    if (m_is_disk_full && m_broken.empty()) {
        m_wake.wait_for(lock, full_disk_retry, has_something);
    } else if (m_connection.wal_pages() - m_pages_at_last_move >= wal_pages_idle) {
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
    std::exception_ptr failure;
    try {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_broken.empty()) {
                throw geo::Error(geo::ErrorKind::unavailable, m_broken);
            }
        }
        require_file();
        run_group(group);
        note_room();
    } catch (const CommitFailure &commit) {
        note_failure(commit.error);
        failure = as_unknown(commit.error);
    } catch (const DatabaseError &error) {
        note_failure(error);
        failure = as_unavailable(error);
    } catch (const geo::Error &error) {
        failure = as_unavailable(error);
    }
    answer(group, failure);
}

void Writer::run_group(Group &group) {
    Transaction transaction(m_connection);
    for (Waiting &waiting : group) {
        run_one(waiting, group.size() == 1);
    }
    if (std::any_of(group.begin(), group.end(), [](const Waiting &waiting) { return waiting.failure == nullptr; })) {
        commit(transaction, group.size());
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
    if (waiting.failure != nullptr && (ends_all_writing(waiting.failure) || !m_connection.in_transaction())) {
        std::rethrow_exception(std::exchange(waiting.failure, nullptr));
    }
}

void Writer::commit(Transaction &transaction, std::size_t commands) {
    const auto begin = std::chrono::steady_clock::now();
    try {
        transaction.commit();
    } catch (const DatabaseError &error) {
        if (error.is_io_failure()) {
            throw CommitFailure{error};
        }
        throw;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const std::lock_guard lock(m_mutex);
    ++m_statistics.commits;
    m_statistics.commit_seconds.add(took.count());
    m_statistics.group_commands.add(static_cast<double>(commands));
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
        bool is_full = false;
        {
            const std::lock_guard lock(m_mutex);
            if (!m_broken.empty()) {
                m_idle_work_waits = false;
                return;
            }
            idle = m_queue.empty();
            is_full = m_is_disk_full;
        }
        if (idle && is_full) {
            ask_for_room();
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
        note_failure(error);
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
    return m_idle_work(m_connection);
}

void Writer::move_log() {
    m_connection.checkpoint(Connection::Checkpoint::passive);
    m_pages_at_last_move = m_connection.wal_pages();
}

/// The smallest change there is, the first page again: nobody has to be refused to find out that there is room.
void Writer::ask_for_room() {
    std::error_code none; // where nobody can say how much is free, the change alone decides
    const std::filesystem::space_info space = std::filesystem::space(m_connection.file(), none);
    if (!none && space.available < full_disk_room_bytes) {
        return;
    }
    const SchemaPermission permission(m_connection);
    Transaction transaction(m_connection);
    m_connection.execute(fmt::format("PRAGMA user_version = {}", m_connection.query_int64("PRAGMA user_version")));
    transaction.commit();
    note_room();
    const std::lock_guard lock(m_mutex);
    m_idle_work_waits = true; // it may have been given up for want of room
}

void Writer::note_room() {
    const std::lock_guard lock(m_mutex);
    m_is_disk_full = false;
}

void Writer::note_failure(const DatabaseError &error) {
    if (ends_all_writing(error)) {
        m_connection.leave_file(); // moving the log when all is closed would sync again what failed, and then throw the log away
        stop_writing(error.what());
    }
    const std::lock_guard lock(m_mutex);
    m_is_disk_full = m_is_disk_full || error.is_disk_full();
}

/// SQLite would go on writing into a file that has no name any more, and all that was answered from then on would be gone at the end.
void Writer::require_file() {
    if (m_connection.has_lost_file()) {
        stop_writing(fmt::format("{} was moved, removed or replaced while it was open", m_connection.file().string()));
        const std::lock_guard lock(m_mutex);
        throw geo::Error(geo::ErrorKind::unavailable, m_broken);
    }
}

void Writer::stop_writing(const std::string &reason) {
    const std::lock_guard lock(m_mutex);
    if (m_broken.empty()) {
        m_broken = fmt::format("the database takes no changes any more until keyaki is started again: {}", reason);
    }
}

} // namespace keyaki::data
