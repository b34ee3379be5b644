#include "importers/child_reader.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"
#include "tests/importers/import_support.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool built_with_sanitizer = true;
#else
constexpr bool built_with_sanitizer = false;
#endif

constexpr const char *program = KEYAKI_READ_FILE_PROGRAM;

Imported import_in_child(const std::filesystem::path &path, const ImportOptions &options = {}) {
    Imported imported;
    imported.report =
        read_in_child(program, path, options, [&](geo::Feature &&feature, std::uint64_t) { imported.features.push_back(std::move(feature)); });
    return imported;
}

std::string child_refusal_of(const std::filesystem::path &path) {
    try {
        (void)import_in_child(path);
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

TEST_CASE("what could be read of refused rows comes out of the child too") {
    const TemporaryFolder folder;
    const auto path =
        folder.write("a.csv", "id,name,lat,lon\n1,good,35.7,139.5\n2,without a place,,\n3,too wide,35.7,139.5,x\n1,twice,35.7,139.5\n1,copied,,\n");
    ImportOptions options;
    options.key_column = "id";
    std::vector<LostRow> lost;
    const FeatureSink sink([](const geo::Feature &, std::uint64_t) {}, [&](LostRow &&row) { lost.push_back(std::move(row)); });
    const ImportReport report = read_in_child(program, path, options, sink);
    CHECK(report.refused == 4);
    REQUIRE(lost.size() == 3); // the one that came twice has its feature: that of row 2
    CHECK(lost[0].id == "2");
    CHECK(lost[0].row == 3);
    CHECK(*lost[0].properties.find("name") == geo::Value(std::string("without a place")));
    CHECK(lost[1].id == "3");
    CHECK(lost[2].id.empty()); // a good row has that id: this one is known by its name alone
    CHECK(*lost[2].properties.find("name") == geo::Value(std::string("copied")));
}

TEST_CASE("a child reads the same features and report as the process itself") {
    const TemporaryFolder folder;
    ImportOptions options;
    options.key_column = "名称";
    options.encoding = "utf-8";
    const auto path = folder.write("a table.csv", "名称,lat,lon\n清瀬,35.7,139.5\n駅,95,139.5\n");
    const Imported here = import_file(path, options);
    const Imported there = import_in_child(path, options);
    CHECK(there.report == here.report);
    CHECK(there.features == here.features);
    CHECK(there.features.size() == 1);
}

TEST_CASE("a child's refusal is the sentence of the process itself") {
    const TemporaryFolder folder;
    const auto path = folder.write("names.csv", "name,address\na,b\n");
    CHECK(child_refusal_of(path) == refusal_of(path));
    CHECK_FALSE(child_refusal_of(path).empty());
}

TEST_CASE("a child that is killed, ends early or writes nonsense gives one sentence") {
    const TemporaryFolder folder;
    CHECK(child_refusal_of(folder / "kill-me").find("stopped from outside by signal 9") != std::string::npos);
    CHECK(child_refusal_of(folder / "say-nothing").find("ended with status 3 without one") != std::string::npos);
    CHECK(child_refusal_of(folder / "write-nonsense").find("a length beyond the end of its frame") != std::string::npos);
    CHECK_THROWS_WITH(read_in_child(folder / "no-such-program", folder.path(), {}, [](const geo::Feature &, std::uint64_t) {}),
                      Catch::Contains("expected to start a process"));
}

TEST_CASE("a child that is out of processor time is told apart from one that was killed") {
    const TemporaryFolder folder;
    CHECK_THAT(child_refusal_of(folder / "never-end"), Catch::Contains("s of processor time, found it longer: the reading was stopped"));
    try {
        (void)import_in_child(folder / "never-end");
    } catch (const geo::Error &error) {
        CHECK(error.kind() == geo::ErrorKind::too_large);
    }
}

TEST_CASE("a map read in a child is the map read here, whole and within a box, and so is its refusal") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/small/monaco-planetiler.osm.pbf");
    for (const auto &box : {std::optional<geo::LonLatBox>(), std::optional(geo::LonLatBox{7.42, 43.73, 7.43, 43.74})}) {
        std::vector<std::pair<std::string, geo::Feature>> here;
        std::vector<std::pair<std::string, geo::Feature>> there;
        const auto into = [](auto &list) {
            return [&list](std::string_view layer, geo::Feature &&feature) { list.emplace_back(layer, std::move(feature)); };
        };
        std::uint64_t last = 0;
        const OsmReport report =
            read_osm_in_child(program, path, {box}, into(there), [&](std::uint64_t done, std::uint64_t, std::string_view) { last = done; });
        CHECK(report == read_osm_file(path, {box}, into(here)));
        CHECK((there == here));
        CHECK(here.size() > 100);
        CHECK(last == (box ? 4 : 2) * std::filesystem::file_size(path));
    }
    const TemporaryFolder folder;
    const auto broken = folder.write("broken.osm.pbf", "not a map");
    CHECK_THROWS_WITH(read_osm_in_child(program, broken, {}, [](std::string_view, geo::Feature &&) {}),
                      Catch::Contains("is not an OpenStreetMap file"));
    CHECK_THROWS_WITH(read_osm_in_child(program, folder / "write-nonsense", {}, [](std::string_view, geo::Feature &&) {}),
                      Catch::Contains("a length beyond the end of its frame"));
    CHECK_THROWS_WITH(read_osm_in_child(program, folder / "kill-me", {}, [](std::string_view, geo::Feature &&) {}),
                      Catch::Contains("stopped from outside by signal 9"));
}

TEST_CASE("what the sink throws ends the child and reaches the caller") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.csv", "lat,lon\n35.7,139.5\n");
    CHECK_THROWS_AS(read_in_child(program, path, {}, [](const geo::Feature &, std::uint64_t) { throw std::runtime_error("full"); }),
                    std::runtime_error);
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1); // nobody is left behind
}

TEST_CASE("a reading process can do nothing but read") {
    if (built_with_sanitizer) {
        WARN("skipped: a sanitizer's own memory needs the address space that the sandbox takes away");
        return;
    }
    const TemporaryFolder folder;
    const auto path = folder.write("file", "x");
    const int status = std::system(fmt::format("'{}' '{}'", KEYAKI_SANDBOX_PROGRAM, path.string()).c_str());
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0); // else the number of the attempt that succeeded
}

TEST_CASE("a GeoJSON file that is VRT in disguise is refused, in a child without network") {
    const TemporaryFolder folder;
    const auto path =
        folder.write("trap.geojson", "<OGRVRTDataSource><OGRVRTLayer name=\"x\"><SrcDataSource>/vsicurl/http://127.0.0.1:9/x</SrcDataSource>"
                                     "</OGRVRTLayer></OGRVRTDataSource>");
    CHECK(child_refusal_of(path).find("found XML that is neither KML nor GPX") != std::string::npos);
}

TEST_CASE("a child reads shapefiles, archives and folders too") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp");
    for (const char *name : {"ksj/W05-08_13_rivers/W05-08_13-g_Stream.shp", "ksj/A26-10_13_sediment_hazard", "gisoer/shinobazu.zip",
                             "gisoer/track.zip", "kiyose/13221_boundary_geolonia_n03.geojson"}) {
        INFO(name);
        const Imported here = import_file(path / name);
        const Imported there = import_in_child(path / name);
        CHECK(there.report == here.report);
        CHECK(there.features == here.features);
        CHECK_FALSE(there.features.empty());
    }
}

TEST_CASE("memory does not grow with the file") {
    const TemporaryFolder folder;
    const auto path = folder / "long.csv";
    {
        std::ofstream file(path);
        file << "name,lat,lon\n";
        for (int i = 0; i < 1'000'000; ++i) {
            file << "消火栓第" << i << "号,35." << 1'000'000 + i << ",139.5\n";
        }
    }
    std::uint64_t features = 0;
    const auto start = std::chrono::steady_clock::now();
    (void)read_in_child(program, path, {}, [&](const geo::Feature &, std::uint64_t) { ++features; });
    rusage children{};
    getrusage(RUSAGE_CHILDREN, &children);
    CHECK(features == 1'000'000);
    if (!built_with_sanitizer) {             // which keeps what is freed for a while
        CHECK(children.ru_maxrss < 120'000); // KiB: GDAL alone is 35,000
    }
    WARN("a million rows (" << std::filesystem::file_size(path) / 1'000'000 << " MB) in a child: " << seconds_since(start) << " s, "
                            << children.ru_maxrss / 1024 << " MiB");
}

TEST_CASE("the fire hydrants of Tokyo through a child") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/tokyo/tokyo_fire_hydrants.csv");
    const Imported here = import_file(path);
    const auto start = std::chrono::steady_clock::now();
    const Imported there = import_in_child(path);
    WARN("134,734 rows through a child: " << seconds_since(start) << " s");
    CHECK(there.features == here.features);
    CHECK(there.report == here.report);
    CHECK(there.features.size() == 134'734);
}
