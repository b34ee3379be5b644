#pragma once

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

/// A virtual clock, and people who live by it: what a person does is a coroutine that waits for times and for answers.
namespace keyaki::sim {

/// What a task without a result gives.
struct Done {};

/// Something that takes time of the virtual clock. It begins when somebody waits for it or an Agenda takes it.
template <typename Value>
class [[nodiscard]] Task {
  public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    /// At its end a task goes on with who waited for it.
    struct End {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        [[nodiscard]] std::coroutine_handle<> await_suspend(Handle ended) const noexcept {
            return ended.promise().waiting ? ended.promise().waiting : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };

    struct promise_type {
        std::optional<Value> value;
        std::exception_ptr error;
        std::coroutine_handle<> waiting;

        Task get_return_object() { return Task(Handle::from_promise(*this)); }
        [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
        [[nodiscard]] End final_suspend() const noexcept { return {}; }
        void return_value(Value result) { value = std::move(result); }
        void unhandled_exception() { error = std::current_exception(); }
    };

    struct Wait {
        Handle task;

        [[nodiscard]] bool await_ready() const noexcept { return false; }
        [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const noexcept {
            task.promise().waiting = waiting;
            return task;
        }
        Value await_resume() const { return result_of(task); }
    };

    explicit Task(Handle handle) noexcept : m_handle(handle) {}
    Task(Task &&other) noexcept : m_handle(std::exchange(other.m_handle, {})) {}
    Task &operator=(Task &&other) noexcept {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    Task(const Task &) = delete;
    Task &operator=(const Task &) = delete;
    ~Task() {
        if (m_handle) {
            m_handle.destroy();
        }
    }

    [[nodiscard]] Wait operator co_await() const noexcept { return Wait{m_handle}; }
    [[nodiscard]] Handle handle() const noexcept { return m_handle; }
    /// What it came to. \pre it has ended
    Value result() const { return result_of(m_handle); }

  private:
    static Value result_of(Handle handle) {
        if (handle.promise().error) {
            std::rethrow_exception(handle.promise().error);
        }
        return std::move(*handle.promise().value);
    }

    Handle m_handle;
};

/// Runs tasks by the virtual clock, one at a time: what is due first goes first, of equal times what was asked for first. One thread.
class Agenda {
  public:
    explicit Agenda(std::int64_t begins_us) : m_now_us(begins_us) {}

    [[nodiscard]] std::int64_t now_us() const noexcept { return m_now_us; }

    struct Pause {
        Agenda &agenda;
        std::int64_t until_us;

        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiting) const { agenda.plan(until_us, waiting); }
        void await_resume() const noexcept {}
    };
    [[nodiscard]] Pause until(std::int64_t time_us) { return {*this, std::max(time_us, m_now_us)}; }
    [[nodiscard]] Pause pass_s(double seconds) { return until(m_now_us + static_cast<std::int64_t>(seconds * 1e6)); }

    /// Lets a task begin at a time; it is kept until the agenda goes.
    void add(Task<Done> task, std::int64_t begins_us) {
        plan(std::max(begins_us, m_now_us), task.handle());
        m_tasks.push_back(std::move(task));
    }
    /// Until nothing is planned any more. Throws what a task threw.
    void run() {
        while (!m_events.empty()) {
            const Event event = m_events.top();
            m_events.pop();
            m_now_us = event.time_us;
            event.task.resume();
        }
        for (const Task<Done> &task : m_tasks) {
            (void)task.result();
        }
    }

  private:
    struct Event {
        std::int64_t time_us;
        std::uint64_t number;
        std::coroutine_handle<> task;

        [[nodiscard]] bool operator>(const Event &other) const noexcept {
            return time_us != other.time_us ? time_us > other.time_us : number > other.number;
        }
    };
    void plan(std::int64_t time_us, std::coroutine_handle<> task) { m_events.push({time_us, m_planned++, task}); }

    std::int64_t m_now_us;
    std::uint64_t m_planned = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> m_events;
    std::vector<Task<Done>> m_tasks;
};

} // namespace keyaki::sim
