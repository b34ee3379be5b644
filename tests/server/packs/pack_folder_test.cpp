#include "server/packs/pack_folder.hpp"

#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace keyaki;
using namespace keyaki::server::packs;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

auto count_in(const fs::path &folder) { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); }

} // namespace

TEST_CASE("a pack's folder has its name when it is whole, and before that nothing has") {
    const test::TemporaryFolder folder;
    const fs::path wanted = folder / "pack";
    {
        PackFolder made(wanted);
        made.add("viewer/b.js", "b");
        made.add("a.txt", "abc");
        std::ofstream(made.place_for("map.pmtiles")) << "tiles";
        made.take("map.pmtiles");
        CHECK_FALSE(fs::exists(wanted));
        const auto files = made.files();
        REQUIRE(files.size() == 3);
        CHECK(files[0] == PackFile{"a.txt", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"});
        CHECK(files[1].path == "map.pmtiles");
        CHECK(files[1].bytes == 5);
        made.finish();
    }
    CHECK(test::bytes_of(wanted / "viewer/b.js") == "b");
    CHECK(count_in(folder.path()) == 1);
    CHECK_THROWS_WITH(PackFolder(wanted), Contains("is there already"));
}

TEST_CASE("a pack that is given up leaves nothing, and what a killed maker left goes with the next") {
    const test::TemporaryFolder folder;
    const fs::path wanted = folder / "pack";
    {
        PackFolder made(wanted);
        made.add("a.txt", "abc");
    }
    CHECK(count_in(folder.path()) == 0);
    fs::create_directories(folder / "pack.unfinished" / "viewer");
    folder.write("pack.unfinished/viewer/old.js", "old");
    PackFolder made(wanted);
    made.add("a.txt", "abc");
    made.finish();
    CHECK(count_in(wanted) == 1);
}

TEST_CASE("two do not make one pack at a time") {
    const test::TemporaryFolder folder;
    const PackFolder first(folder / "pack");
    CHECK_THROWS_WITH(PackFolder(folder / "pack"), Contains("is being made by another process"));
}

TEST_CASE("a folder that appears meanwhile stays as it is") {
    const test::TemporaryFolder folder;
    PackFolder made(folder / "pack");
    made.add("a.txt", "ours");
    fs::create_directory(folder / "pack");
    folder.write("pack/a.txt", "theirs");
    CHECK_THROWS_WITH(made.finish(), Contains("is there already"));
    CHECK(test::bytes_of(folder / "pack/a.txt") == "theirs");
}

TEST_CASE("a full disk ends a pack with a sentence and leaves nothing") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(1'000'000);
    {
        PackFolder made(disk.path() / "pack");
        CHECK_THROWS_WITH(made.add("large.js", std::string(2'000'000, 'x')), Contains("large.js cannot be written: No space left"));
    }
    CHECK(count_in(disk.path()) == 0);
}
