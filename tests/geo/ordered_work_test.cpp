#include "geo/ordered_work.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace keyaki::geo;

namespace {

std::atomic<int> made{0};

/// The third of them finds no room.
class ScarceThread : public std::jthread {
  public:
    template <typename Run>
    explicit ScarceThread(Run run) : std::jthread(checked(std::move(run))) {}

  private:
    template <typename Run>
    static Run checked(Run run) {
        if (++made == 3) {
            throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
        }
        return run;
    }
};

} // namespace

TEST_CASE("results are taken in the order of the items, whatever the number of threads") {
    for (const unsigned threads : {0U, 1U, 4U}) {
        std::vector<int> taken;
        OrderedWork<int> work(
            threads, [](int &item, unsigned) { item *= 2; }, [&](const int &item) { taken.push_back(item); });
        for (int item = 0; item < 100; ++item) {
            work.add(item);
        }
        work.finish();
        REQUIRE(taken.size() == 100);
        for (int item = 0; item < 100; ++item) {
            CHECK(taken[static_cast<std::size_t>(item)] == 2 * item);
        }
    }
}

TEST_CASE("what work throws reaches the owner") {
    OrderedWork<int> work(
        2, [](const int &, unsigned) { throw std::runtime_error("the item is bad"); }, [](const int &) {});
    const auto all = [&] {
        work.add(1);
        work.finish();
    };
    CHECK_THROWS_WITH(all(), "the item is bad");
}

TEST_CASE("a thread that cannot be made is told, and those that could be end") {
    made = 0;
    using Work = OrderedWork<int, ScarceThread>;
    const auto nothing = [](const int &, unsigned) {};
    CHECK_THROWS_AS(Work(4, nothing, [](const int &) {}), std::system_error);
    CHECK(made == 3);
}
