#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace keyaki::geo {

/// Work on items by several threads whose results are taken in the order in which the items came. One thread owns it and calls add() and finish();
/// what work or take throws comes out of one of them, and no more work is begun. The number of items under way is bounded. With no threads the owner
/// works. The constructor throws where a thread cannot be made, and leaves none behind. `Thread` is another kind of them for tests alone.
template <typename Item, typename Thread = std::jthread>
class OrderedWork {
  public:
    /// \param work called with the item and the number of the thread, below max(threads, 1); by several at once
    /// \param take called by the owner for each item when its turn has come
    OrderedWork(unsigned threads, std::function<void(Item &, unsigned thread)> work, std::function<void(Item &)> take)
        : m_work(std::move(work)), m_take(std::move(take)), m_most_under_way(2 * std::size_t{threads} + 2) {
        try {
            for (unsigned thread = 0; thread < threads; ++thread) {
                m_threads.emplace_back([this, thread] { run(thread); });
            }
        } catch (...) {
            end(); // those that are there wait for work, and m_threads for them
            throw;
        }
    }
    ~OrderedWork() { end(); }
    OrderedWork(const OrderedWork &) = delete;
    OrderedWork &operator=(const OrderedWork &) = delete;

    void add(Item item) {
        if (m_threads.empty()) {
            m_work(item, 0);
            m_take(item);
            return;
        }
        take_ready(m_most_under_way - 1);
        {
            const std::lock_guard lock(m_mutex);
            m_slots.push_back({std::move(item), State::waiting});
        }
        m_changed.notify_all();
    }
    /// Waits for all and takes them.
    void finish() { take_ready(0); }

  private:
    enum class State { waiting, under_way, done };
    struct Slot {
        Item item;
        State state;
    };

    void end() {
        {
            const std::lock_guard lock(m_mutex);
            m_is_ended = true;
        }
        m_changed.notify_all();
    }

    /// Takes what is done, in order, until at most so many are left.
    void take_ready(std::size_t left) {
        for (;;) {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [&] { return m_failure || m_slots.size() <= left || m_slots.front().state == State::done; });
            if (m_failure) {
                std::rethrow_exception(m_failure);
            }
            if (m_slots.empty() || m_slots.front().state != State::done) {
                return;
            }
            Item item = std::move(m_slots.front().item);
            m_slots.pop_front();
            --m_next;
            lock.unlock();
            m_take(item);
        }
    }

    void run(unsigned thread) {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_changed.wait(lock, [&] { return m_is_ended || m_failure || m_next < m_slots.size(); });
            if (m_is_ended || m_failure) {
                return;
            }
            Slot &slot = m_slots[m_next++]; // a deque: stays where it is while others come and go at its ends
            slot.state = State::under_way;
            lock.unlock();
            std::exception_ptr failure;
            try {
                m_work(slot.item, thread);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            slot.state = State::done;
            m_failure = m_failure ? m_failure : failure;
            m_changed.notify_all();
        }
    }

    std::function<void(Item &, unsigned)> m_work;
    std::function<void(Item &)> m_take;
    std::size_t m_most_under_way;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Slot> m_slots;      ///< guarded by m_mutex, but for the item of one under way
    std::size_t m_next = 0;        ///< the first that waits; guarded by m_mutex
    bool m_is_ended = false;       ///< guarded by m_mutex
    std::exception_ptr m_failure;  ///< guarded by m_mutex
    std::vector<Thread> m_threads; ///< the last member: gone before what they use
};

} // namespace keyaki::geo
