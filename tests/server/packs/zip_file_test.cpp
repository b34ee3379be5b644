#include "server/packs/zip_file.hpp"

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace keyaki;
using namespace keyaki::server::packs;
using Catch::Contains;

namespace {

constexpr std::int64_t time_us = 1'775'955'603'000'000; // 2026-04-12T10:00:03 in Japan

std::string noise(std::size_t bytes) {
    std::mt19937_64 random(1);
    std::string text(bytes, '\0');
    std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
    return text;
}

} // namespace

TEST_CASE("unzip finds every file of an archive of ours as it was, and nothing wrong") {
    const test::TemporaryFolder folder;
    const auto script = folder.write("a.js", std::string(500'000, 'x'));
    const auto map = folder.write("map.pmtiles", noise(700'000));
    const auto empty = folder.write("empty.txt", "");
    const std::vector<ZipFile> files{{script, "city/viewer/a.js"}, {map, "city/map.pmtiles"}, {empty, "city/empty.txt"}};
    const auto zip = folder / "city.zip";
    write_zip(zip, files, time_us);
    CHECK(std::filesystem::file_size(zip) < 710'000);
    const test::CommandResult tested = test::run({"unzip", "-t", zip.string()});
    INFO(tested.out << tested.error);
    CHECK(tested.status == 0);
    CHECK_THAT(tested.out, Contains("No errors detected"));
    REQUIRE(test::run({"unzip", "-q", zip.string(), "-d", (folder / "out").string()}).status == 0);
    CHECK(test::bytes_of(folder / "out/city/viewer/a.js") == test::bytes_of(script));
    CHECK(test::bytes_of(folder / "out/city/map.pmtiles") == test::bytes_of(map));
    CHECK(std::filesystem::file_size(folder / "out/city/empty.txt") == 0);
    CHECK_THAT(test::run({"unzip", "-l", zip.string()}).out, Contains("2026-04-12 10:00"));

    write_zip(folder / "again.zip", files, time_us);
    CHECK(test::bytes_of(folder / "again.zip") == test::bytes_of(zip));
}

TEST_CASE("an archive of a file that is not there is not made, and the one before stays") {
    const test::TemporaryFolder folder;
    const auto zip = folder.write("city.zip", "before");
    CHECK_THROWS(write_zip(zip, {{folder / "none.js", "none.js"}}, time_us));
    CHECK(test::bytes_of(zip) == "before");
}
