#pragma once

#include "data/database.hpp"
#include "data/store.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace keyaki::data {

/// The one thread that writes. Commands wait in a bounded queue; all that wait are run in one transaction, each in a savepoint of its own where they
/// are several, and are answered together after one COMMIT, whose fsync makes them durable. When nobody comes for a while the thread moves the
/// write-ahead log into the file; when the queue is empty it does idle work.
///
/// When a write or an fsync fails, or the file turns out to be damaged or replaced, nothing is written any more: nobody knows what the file holds,
/// and an fsync that is asked again may say yes without having written anything (ledger.md, I16). A full disk is no such failure: what does not fit
/// is refused, and every second the thread tries whether there is room again.
class Writer {
  public:
    using Command = std::function<void(Connection &)>;
    /// One small piece of work for which nobody waits, in a transaction of its own, and none where there is nothing to do; false when nothing is
    /// left.
    using IdleWork = std::function<bool(Connection &)>;

    Writer(Connection connection, std::size_t queue_length, IdleWork idle_work);
    ~Writer(); ///< runs what waits, then stops

    Writer(const Writer &) = delete;
    Writer &operator=(const Writer &) = delete;

    /// Returns when the command is durable, or throws what it threw. Error unavailable at once when the queue is full. \pre not from a command
    void run(Command command);
    /// The same without waiting; also the refusal is in the future.
    enum class WhenFull : std::uint8_t { refuse, wait };
    [[nodiscard]] std::future<void> submit(Command command, WhenFull when_full = WhenFull::refuse);
    /// Wakes the thread for idle work that came up.
    void wake();
    [[nodiscard]] WriterStatistics statistics();

  private:
    struct Waiting {
        Command command;
        std::promise<void> answer;
        std::exception_ptr failure; ///< of the command itself
    };
    using Group = std::vector<Waiting>;

    void loop();
    [[nodiscard]] bool take_group(Group &group);
    void commit_group(Group &group);
    void run_group(Group &group);
    void commit(Transaction &transaction, std::size_t commands);
    void run_one(Waiting &waiting, bool is_alone);
    void answer(Group &group, const std::exception_ptr &failure);
    void care();
    [[nodiscard]] bool do_idle_work();
    void move_log();
    void note_failure(const DatabaseError &error);
    void note_room();
    void ask_for_room();
    void require_file();
    void stop_writing(const std::string &reason);

    Connection m_connection;
    std::size_t m_queue_length;
    IdleWork m_idle_work;
    std::int64_t m_pages_at_last_move = 0; ///< of the write-ahead log
    bool m_is_resting = false;             ///< nobody came for rest_before_log_moves

    std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    std::condition_variable m_room; ///< in the queue
    std::deque<Waiting> m_queue;
    bool m_stopping = false;
    bool m_idle_work_waits = true;
    std::string m_broken;        ///< why nothing is written any more; empty while all is well
    bool m_is_disk_full = false; ///< the last write found no room
    WriterStatistics m_statistics;

    std::thread m_thread; ///< last: everything else is there when it starts
};

} // namespace keyaki::data
