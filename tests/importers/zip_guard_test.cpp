#include "importers/zip_guard.hpp"

#include "geo/error.hpp"
#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <zlib.h>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

struct Member {
    std::string name;
    std::string bytes;
    std::uint32_t stated_bytes = 0; ///< 0: the truth
    std::uint16_t flags = 0;
    bool shares_bytes = false; ///< its header points at the first member's bytes
};

std::string number(std::uint64_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) {
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
    return out;
}

/// A stored (not deflated) archive, with what the members want to lie about.
std::string zip(const std::vector<Member> &members) {
    std::string files;
    std::string directory;
    for (const Member &member : members) {
        const std::size_t start = member.shares_bytes ? 0 : files.size();
        const std::uint64_t unpacked = member.stated_bytes == 0 ? member.bytes.size() : member.stated_bytes;
        const auto *data = reinterpret_cast<const Bytef *>(member.bytes.data());
        const std::string common = number(20, 2) + number(member.flags, 2) + number(0, 2) + number(0, 4) +
                                   number(crc32(0, data, static_cast<uInt>(member.bytes.size())), 4) + number(member.bytes.size(), 4) +
                                   number(unpacked, 4) + number(member.name.size(), 2) + number(0, 2);
        if (!member.shares_bytes) {
            files += "PK\x03\x04" + common + member.name + member.bytes;
        }
        directory +=
            "PK\x01\x02" + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(start, 4) + member.name;
    }
    return files + directory + "PK\x05\x06" + number(0, 4) + number(members.size(), 2) + number(members.size(), 2) + number(directory.size(), 4) +
           number(files.size(), 4) + number(0, 2);
}

constexpr const char *table = "lat,lon\n35.7,139.5\n";

} // namespace

TEST_CASE("an archive's contents are listed without what macOS adds") {
    const TemporaryFolder folder;
    const auto contents = check_zip(folder.write("a.zip", zip({{"x/spots.csv", table}, {"__MACOSX/x/._spots.csv", "junk"}, {"x/._y", "junk"}})));
    REQUIRE(contents.files.size() == 1);
    CHECK(contents.files[0].name == "x/spots.csv");
    CHECK(contents.files[0].unpacked_bytes == 19);
}

TEST_CASE("a table inside an archive with a CP932 name is read") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.zip", zip({{"\x94\xF0\x93\xEF\x8F\x8A.csv", table}}));
    const auto imported = import_file(path);
    CHECK(imported.features.size() == 1);
    CHECK(imported.report.layer_in_file == "避難所.csv");
}

TEST_CASE("archives that are traps are refused before anything is unpacked") {
    const TemporaryFolder folder;
    const auto refused = [&](const std::string &bytes) { return refusal_of(folder.write("trap.zip", bytes)); };
    CHECK(refused(zip({{"../../etc/spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip({{"/etc/spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip({{"x\\..\\..\\spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip({{"C:/spots.csv", table}})).find("leads out of it") != std::string::npos);
    CHECK(refused(zip({{"spots.csv", table, 4'000'000'000U}})).find("unpack to at most 500 times") != std::string::npos);
    CHECK(refused(zip({{"spots.csv", table, 0, 1}})).find("password") != std::string::npos);
    CHECK(refused(zip({{"inner.zip", zip({{"spots.csv", table}})}})).find("another archive in it (inner.zip)") != std::string::npos);
    CHECK(refused(zip({{"readme.txt", "hello"}})).find("found 1 other files such as readme.txt") != std::string::npos);
    CHECK(refused(zip({{"[Content_Types].xml", "<x/>"}, {"xl/workbook.xml", "<x/>"}})).find("save the table as CSV") != std::string::npos);
    CHECK(refused(zip({{"roads.dbf", "x"}, {"roads.prj", "x"}})).find("expected roads.shp") != std::string::npos);
}

TEST_CASE("entries that overlap each other's bytes are refused") {
    const TemporaryFolder folder;
    std::vector<Member> members = {{"0.csv", std::string(1000, 'x')}};
    for (int i = 1; i < 100; ++i) {
        members.push_back({std::to_string(i) + ".csv", std::string(1000, 'x'), 0, 0, true});
    }
    CHECK(refusal_of(folder.write("trap.zip", zip(members))).find("its entries overlap") != std::string::npos);
}

TEST_CASE("an archive cut anywhere, or with any byte changed, is refused or read, and nothing worse") {
    const TemporaryFolder folder;
    const std::string whole = zip({{"spots.csv", table}, {"other.txt", "text"}});
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
    const auto path = folder.write("a.zip", zip({{"b/spots.csv", table}, {"b/areas.csv", table}, {"readme.txt", "x"}}));
    CHECK(refusal_of(path) == "expected one file of city data in a.zip, found b/areas.csv, b/spots.csv: name one with --layer-in-file");
    for (const char *name : {"b/spots.csv", "spots.csv", "spots"}) {
        CHECK(import_file(path, with_layer(name)).features.size() == 1);
    }
    CHECK(refusal_of(path, with_layer("roads")).find("expected \"roads\" in a.zip") == 0);
}
