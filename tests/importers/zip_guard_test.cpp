#include "importers/zip_guard.hpp"

#include "geo/error.hpp"
#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_archive.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;
using keyaki::test::zip_archive;
using keyaki::test::ZipMember;

namespace {

constexpr const char *table = "lat,lon\n35.7,139.5\n";

} // namespace

TEST_CASE("an archive's contents are listed without what macOS adds") {
    const TemporaryFolder folder;
    const auto contents =
        check_zip(folder.write("a.zip", zip_archive({{"x/spots.csv", table}, {"__MACOSX/x/._spots.csv", "junk"}, {"x/._y", "junk"}})));
    REQUIRE(contents.files.size() == 1);
    CHECK(contents.files[0].name == "x/spots.csv");
    CHECK(contents.files[0].unpacked_bytes == 19);
}

TEST_CASE("a table inside an archive with a CP932 name is read") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.zip", zip_archive({{"\x94\xF0\x93\xEF\x8F\x8A.csv", table}}));
    const auto imported = import_file(path);
    CHECK(imported.features.size() == 1);
    CHECK(imported.report.layer_in_file == "避難所.csv");
}

TEST_CASE("archives that are traps are refused before anything is unpacked") {
    const TemporaryFolder folder;
    const auto refused = [&](const std::string &bytes) { return refusal_of(folder.write("trap.zip", bytes)); };
    CHECK(refused(zip_archive({{"../../etc/spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip_archive({{"/etc/spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip_archive({{"x\\..\\..\\spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip_archive({{"C:/spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip_archive({{"spots.csv", table, 4'000'000'000U}})).find("unpack to at most 500 times") != std::string::npos);
    CHECK(refused(zip_archive({{"spots.csv", table, 0, 1}})).find("password") != std::string::npos);
    CHECK(refused(zip_archive({{"inner.zip", zip_archive({{"spots.csv", table}})}})).find("another archive in it (inner.zip)") != std::string::npos);
    CHECK(refused(zip_archive({{"readme.txt", "hello"}})).find("found 1 other files such as readme.txt") != std::string::npos);
    CHECK(refused(zip_archive({{"[Content_Types].xml", "<x/>"}, {"word/document.xml", "<x/>"}})).find("save the table as CSV") != std::string::npos);
    CHECK(refused(zip_archive({{"roads.dbf", "x"}, {"roads.prj", "x"}})).find("expected roads.shp") != std::string::npos);
}

TEST_CASE("entries that overlap each other's bytes are refused") {
    const TemporaryFolder folder;
    std::vector<ZipMember> members = {{"0.csv", std::string(1000, 'x')}};
    for (int i = 1; i < 100; ++i) {
        members.push_back({std::to_string(i) + ".csv", std::string(1000, 'x'), 0, 0, true});
    }
    CHECK(refusal_of(folder.write("trap.zip", zip_archive(members))).find("its entries overlap") != std::string::npos);
}

TEST_CASE("two entries that share a part of their bytes are refused although the archive is large enough for both") {
    const TemporaryFolder folder;
    const std::string bytes =
        zip_archive({{"a.csv", std::string(1000, 'x')}, {"b.csv", std::string(900, 'x'), 0, 0, true}, {"c.txt", std::string(5000, 'x')}});
    CHECK(refusal_of(folder.write("trap.zip", bytes)).find("its entries overlap") != std::string::npos);
}

TEST_CASE("a link in an archive is refused as one") {
    const TemporaryFolder folder;
    const std::string bytes = zip_archive({{"spots.csv", "/etc/passwd", 0, 0, false, false, 0xA1FF}});
    CHECK(refusal_of(folder.write("link.zip", bytes)) == "expected files in the archive, found \"spots.csv\", which is a link to another place");
}

TEST_CASE("an archive cut anywhere, or with any byte changed, is refused or read, and nothing worse") {
    const TemporaryFolder folder;
    const std::string whole = zip_archive({{"spots.csv", table}, {"other.txt", "text"}});
    for (std::size_t length = 4; length < whole.size(); ++length) {
        CHECK_FALSE(refusal_of(folder.write("cut.zip", whole.substr(0, length))).empty());
    }
    for (std::size_t place = 0; place < whole.size(); ++place) {
        std::string changed = whole;
        changed[place] = static_cast<char>(changed[place] ^ 0xFF);
        (void)refusal_of(folder.write("changed.zip", changed)); // must return
    }
}

TEST_CASE("with several files in an archive one has to be named") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.zip", zip_archive({{"b/spots.csv", table}, {"b/areas.csv", table}, {"readme.txt", "x"}}));
    CHECK(refusal_of(path) == "expected one file of city data in a.zip, found b/areas.csv, b/spots.csv: name one with --layer-in-file");
    for (const char *name : {"b/spots.csv", "spots.csv", "spots"}) {
        CHECK(import_file(path, with_layer(name)).features.size() == 1);
    }
    CHECK(refusal_of(path, with_layer("roads")).find("expected \"roads\" in a.zip") == 0);
}
