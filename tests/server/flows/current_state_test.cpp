#include "server/flows/current_state.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

using keyaki::server::CurrentState;

// Readers met a writer in std::atomic<std::shared_ptr> of libstdc++ 12; ThreadSanitizer sees it here, if it comes back.
TEST_CASE("who has taken a state keeps it whole while others come") {
    struct Pair {
        int left;
        int right;
    };
    CurrentState<Pair> current(std::make_shared<const Pair>(Pair{0, 0}));
    std::atomic<bool> ends{false};
    std::atomic<int> torn{0};
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 3; ++reader) {
        readers.emplace_back([&] {
            while (!ends) {
                const auto taken = current.load();
                torn += taken->left == taken->right ? 0 : 1;
            }
        });
    }
    for (int value = 1; value <= 20'000; ++value) {
        current.store(std::make_shared<const Pair>(Pair{value, value}));
    }
    ends = true;
    for (auto &reader : readers) {
        reader.join();
    }
    CHECK(torn == 0);
    CHECK(current.load()->left == 20'000);
}
