#include "tests/support/schedules.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace keyaki::test {

namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

/// Whose turn it is.
class Turns {
  public:
    explicit Turns(std::size_t parties) : m_has_ended(parties) {}

    void give(std::size_t party) {
        std::unique_lock lock(m_mutex);
        m_turn = party;
        m_changed.notify_all();
        m_changed.wait(lock, [&] { return m_turn == nobody; });
    }
    void await(std::size_t party) {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_turn == party; });
    }
    void hand_back(std::size_t party, bool has_ended) {
        const std::lock_guard lock(m_mutex);
        m_has_ended[party] = has_ended;
        m_turn = nobody;
        m_changed.notify_all();
    }
    [[nodiscard]] std::vector<std::size_t> able() {
        const std::lock_guard lock(m_mutex);
        std::vector<std::size_t> parties;
        for (std::size_t party = 0; party < m_has_ended.size(); ++party) {
            if (!m_has_ended[party]) {
                parties.push_back(party);
            }
        }
        return parties;
    }

  private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<bool> m_has_ended;
    std::size_t m_turn = nobody;
};

struct Seat {
    Turns *turns = nullptr;
    std::size_t party = nobody;
};
thread_local Seat this_seat;

struct Choice {
    std::size_t taken = 0;
    std::size_t possible = 0;
};

/// Runs the parties along the choices, and the first one that can go where they end; what was possible at each place is written there.
std::string run(const std::vector<Schedules::Party> &parties, std::vector<Choice> &choices) {
    Turns turns(parties.size());
    std::vector<std::exception_ptr> failures(parties.size());
    std::vector<std::thread> threads;
    for (std::size_t party = 0; party < parties.size(); ++party) {
        threads.emplace_back([&, party] {
            this_seat = {&turns, party};
            turns.await(party);
            try {
                parties[party]();
            } catch (...) {
                failures[party] = std::current_exception();
            }
            turns.hand_back(party, true);
        });
    }
    std::string schedule;
    std::size_t place = 0;
    for (std::vector<std::size_t> able = turns.able(); !able.empty(); able = turns.able(), ++place) {
        if (place == choices.size()) {
            choices.emplace_back();
        }
        choices[place].possible = able.size();
        const std::size_t party = able.at(choices[place].taken);
        schedule += (schedule.empty() ? "" : " ") + std::to_string(party);
        turns.give(party);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    for (const std::exception_ptr &failure : failures) {
        if (failure != nullptr) {
            UNSCOPED_INFO("the schedule was " << schedule);
            std::rethrow_exception(failure);
        }
    }
    return schedule;
}

/// The next choices in order; false after the last.
bool go_on(std::vector<Choice> &choices) {
    while (!choices.empty() && choices.back().taken + 1 == choices.back().possible) {
        choices.pop_back();
    }
    if (choices.empty()) {
        return false;
    }
    ++choices.back().taken;
    return true;
}

} // namespace

std::size_t Schedules::explore(const std::function<Trial()> &begin) {
    std::vector<Choice> choices;
    std::size_t tried = 0;
    do {
        const Trial trial = begin();
        trial.judge(run(trial.parties, choices));
        ++tried;
    } while (go_on(choices));
    return tried;
}

void Schedules::give_way() {
    const Seat seat = this_seat;
    if (seat.turns != nullptr) {
        seat.turns->hand_back(seat.party, false);
        seat.turns->await(seat.party);
    }
}

} // namespace keyaki::test
