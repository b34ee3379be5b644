#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace keyaki::test {

/// Every order in which some parties can take their steps. Each party is a thread, and one of them runs at a time: from one give_way() to its next,
/// or to its end. So a schedule is a list of choices, and all of them are tried, each on parties made anew.
class Schedules {
  public:
    using Party = std::function<void()>;
    /// What is to be tried once: the parties, and what is checked when all of them have ended. It gets the schedule as text: "0 2 2 1 0 …".
    struct Trial {
        std::vector<Party> parties;
        std::function<void(const std::string &schedule)> judge;
    };

    /// Tries all schedules; returns how many they were. A party that throws ends it: its exception comes out of here, after the schedule went to the
    /// sentences of the test.
    static std::size_t explore(const std::function<Trial()> &begin);

    /// To be called by a party where another one may go on; by anybody else it does nothing.
    static void give_way();
};

} // namespace keyaki::test
