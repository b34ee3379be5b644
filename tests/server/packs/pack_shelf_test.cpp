#include "server/packs/pack_shelf.hpp"

#include "server/packs/limits.hpp"
#include "server/packs/pack_folder.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace keyaki;
using namespace keyaki::server::packs;
namespace fs = std::filesystem;

namespace {

/// Puts a pack on the shelf, whose one file is that text; its version.
std::string put(PackShelf &shelf, const std::string &text, bool is_new = true) {
    PackFolder made(shelf.place_for_new());
    made.add("index.html", text);
    Manifest manifest;
    manifest.id = "city";
    manifest.bounds = {139, 35, 140, 36};
    manifest.files = made.files();
    made.add_unlisted(manifest_name, to_json(manifest));
    made.add_unlisted(signature_name, "a signature");
    made.finish();
    CHECK(shelf.put_new() == is_new);
    return version_of(to_json(manifest));
}

std::set<std::string> names_in(const fs::path &folder) {
    std::set<std::string> names;
    for (const auto &entry : fs::directory_iterator(folder)) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

} // namespace

TEST_CASE("the newest packs are kept, found by their versions, and found again") {
    const test::TemporaryFolder folder;
    const fs::path place = folder / "packs";
    PackShelf shelf(place, "city");
    CHECK(shelf.find("city") == nullptr);
    std::vector<std::string> versions;
    for (const char *text : {"one", "two", "three", "four"}) {
        versions.push_back(put(shelf, text));
        CHECK(shelf.find("city")->version == versions.back());
    }
    CHECK(shelf.all().size() == packs_kept);
    CHECK(shelf.find("city@" + versions[0]) == nullptr);
    CHECK(shelf.find("city@" + versions[1])->version == versions[1]);
    CHECK(shelf.find("town") == nullptr);
    CHECK(shelf.find("city@") == nullptr);
    std::set<std::string> expected{"city"};
    for (const std::string &version : {versions[1], versions[2], versions[3]}) {
        expected.insert({"city-" + version, "city-" + version + ".zip"});
    }
    CHECK(names_in(place) == expected);
    CHECK(test::bytes_of(place / "city/index.html") == "four");

    const PackShelf again(place, "city");
    CHECK(again.find("city")->version == versions[3]);
    CHECK(again.all().size() == packs_kept);
}

TEST_CASE("a pack that is the newest already is no new one, and one that comes back is the newest again") {
    const test::TemporaryFolder folder;
    PackShelf shelf(folder / "packs", "city");
    const std::string one = put(shelf, "one");
    CHECK(put(shelf, "one", false) == one);
    const std::string two = put(shelf, "two");
    CHECK(put(shelf, "one") == one);
    CHECK(shelf.find("city")->version == one);
    CHECK(shelf.find("city@" + two) != nullptr);
    CHECK(shelf.all().size() == 2);
    CHECK(test::bytes_of(folder / "packs/city/index.html") == "one");
}

TEST_CASE("a pack that another server of the same folder has made is taken as it is") {
    const test::TemporaryFolder folder;
    PackShelf ours(folder / "packs", "city");
    PackShelf theirs(folder / "packs", "city");
    const std::string version = put(theirs, "one");
    const auto made_at = fs::last_write_time(folder / "packs" / ("city-" + version + ".zip"));
    CHECK(put(ours, "one") == version);
    CHECK(fs::last_write_time(folder / "packs" / ("city-" + version + ".zip")) == made_at);
    CHECK(ours.find("city")->version == version);
}

TEST_CASE("what a killed server left of packs goes, and the operator's own files stay") {
    const test::TemporaryFolder folder;
    const fs::path place = folder / "packs";
    std::string version;
    {
        PackShelf shelf(place, "city");
        version = put(shelf, "one");
    }
    fs::create_directories(place / "city-0123456789ab/viewer");
    fs::create_directories(place / "city.new");
    folder.write("packs/city-ffffffffffff.zip", "no folder");
    folder.write("packs/city-ffffffffffff.zip.partial-1", "half");
    folder.write("packs/city-notes.txt", "the operator's own");
    const PackShelf shelf(place, "city");
    CHECK(shelf.all().size() == 1);
    CHECK(names_in(place) == std::set<std::string>{"city", "city-" + version, "city-" + version + ".zip", "city-notes.txt"});
}
