#include "server/packs/patch.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>

using namespace keyaki;
using namespace keyaki::server::packs;
using Catch::Contains;

namespace {

std::string noise(std::size_t bytes, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string text(bytes, '\0');
    std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
    return text;
}

} // namespace

TEST_CASE("a patch makes the new bytes of the old ones, whatever they are") {
    const std::string large = noise(3'000'000, 1);
    for (const auto &[before, after] : {std::pair<std::string, std::string>{"", ""},
                                        {"", "abc"},
                                        {"abc", ""},
                                        {large, large.substr(1'000)},
                                        {large, noise(10, 2) + large},
                                        {noise(100, 3), large}}) {
        const std::string patch = make_patch(before, after);
        CHECK(apply_patch(before, patch, after.size()) == after);
        CHECK(make_patch(before, after) == patch);
    }
}

TEST_CASE("a patch holds what differs and nothing of what both have, wherever it stands") {
    const std::string before = noise(4'000'000, 1);
    std::string after = before.substr(2'000'000) + before.substr(0, 2'000'000);
    after.insert(1'234'567, noise(5'000, 2));
    CHECK(make_patch(before, after).size() < 8'000);
}

TEST_CASE("a patch of other bytes, a cut one and one of another length are refused") {
    const std::string before = noise(100'000, 1);
    const std::string after = before + "x";
    const std::string patch = make_patch(before, after);
    CHECK_THROWS_AS(apply_patch(before, patch.substr(0, patch.size() / 2), after.size()), geo::Error);
    CHECK_THROWS_WITH(apply_patch(before, patch, after.size() + 1), Contains("expected a patch that makes 100002 bytes"));
    CHECK_THROWS_AS(apply_patch(before, "no patch", 8), geo::Error);
    CHECK_THROWS_AS(apply_patch("", patch, after.size()), geo::Error);
}
