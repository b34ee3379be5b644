#include "tiles/gzip.hpp"

#include "geo/error.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;

TEST_CASE("gzip gives back what went in, at every level and the same each time") {
    std::string text;
    for (int line = 0; line < 5000; ++line) {
        text += "line " + std::to_string(line * 7919) + "\n";
    }
    for (int level = 1; level <= 12; ++level) {
        const std::string packed = tiles::gzip(text, level);
        CHECK(packed == tiles::gzip(text, level));
        CHECK(packed.size() < text.size() / 2);
        CHECK(tiles::gunzip(packed, text.size()) == text);
    }
    CHECK(tiles::gunzip(tiles::gzip(""), 0).empty());
}

TEST_CASE("the gzip program reads it") {
    if (!test::has_program("gzip")) {
        WARN("skipped: gzip is not installed");
        return;
    }
    const test::TemporaryFolder folder;
    const auto path = folder.write("tile.gz", tiles::gzip("tile tile tile"));
    CHECK(test::run({"gzip", "-t", path.string()}).status == 0);
}

TEST_CASE("more than allowed, damage and leftovers are refused") {
    const std::string packed = tiles::gzip(std::string(100'000, 'x'));
    CHECK_THROWS_AS(tiles::gunzip(packed, 99'999), geo::Error);
    CHECK_THROWS_AS(tiles::gunzip(packed.substr(0, packed.size() - 1), 200'000), geo::Error);
    CHECK_THROWS_AS(tiles::gunzip(packed + "x", std::size_t{1} << 32), geo::Error);
    CHECK_THROWS_AS(tiles::gunzip("", 100), geo::Error);
    CHECK_THROWS_AS(tiles::gunzip("no gzip here", std::size_t{1} << 32), geo::Error);
    CHECK_THROWS_WITH(tiles::gunzip("no gzip here", 100), Catch::Contains("one whole gzip member")); // its end is no size
    std::string liar = packed;                                                                       // claims a smaller size than it has
    liar[liar.size() - 4] = 1;
    liar[liar.size() - 3] = liar[liar.size() - 2] = liar[liar.size() - 1] = 0;
    CHECK_THROWS_AS(tiles::gunzip(liar, 200'000), geo::Error);
}
