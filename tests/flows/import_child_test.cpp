// The process that reads a file is killed, or runs out of what it may have: the program says so in one sentence, and nothing has changed.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace keyaki;
using test::CommandResult;

namespace {

const std::string &program() {
    static const std::string path = KEYAKI_PROGRAM;
    return path;
}

/// A table of so many rows.
std::filesystem::path long_table(const test::TemporaryFolder &folder, int rows) {
    auto path = folder / "long.csv";
    std::ofstream file(path);
    file << "name,lat,lon\n";
    for (int i = 0; i < rows; ++i) {
        file << "hydrant " << i << ",35." << 1'000'000 + i << ",139.5\n";
    }
    return path;
}

/// The child of a running import, as soon as there is one; 0 when the import has ended without.
pid_t wait_for_child(pid_t parent) {
    for (;;) {
        std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", parent));
        pid_t child = 0;
        if (children >> child) {
            return child;
        }
        if (std::ifstream state(fmt::format("/proc/{}/stat", parent));
            !state || std::string(std::istreambuf_iterator<char>(state), {}).find(") Z") != std::string::npos) {
            return 0;
        }
        std::this_thread::yield();
    }
}

/// Runs an import and disturbs the process that reads, at once or when it has told of progress.
CommandResult import_and_disturb(const test::TemporaryFolder &folder, std::vector<std::string> words, bool after_progress,
                                 const std::function<void(pid_t)> &disturb) {
    words.insert(words.begin(), program());
    words.insert(words.end(), {"--database", (folder / "city.sqlite").string(), "--progress", "json"});
    const test::Pipe output;
    const std::string errors = (folder / "errors").string();
    const int error = open(errors.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    const pid_t parent = test::start_process(words, output.write_end, error);
    close(output.write_end);
    const pid_t child = wait_for_child(parent);
    const auto told = [&] { return std::filesystem::file_size(errors) > 0; };
    while (after_progress && child != 0 && !told() && std::filesystem::exists(fmt::format("/proc/{}", child))) {
        std::this_thread::yield();
    }
    REQUIRE(child > 0);
    disturb(child);
    CommandResult result;
    result.status = test::wait_for_process(parent);
    close(error);
    close(output.read_end);
    std::ifstream file(errors);
    for (std::string line; std::getline(file, line);) {
        result.error += line.starts_with("keyaki:") ? line + "\n" : "";
    }
    return result;
}

CommandResult import_and_kill(const test::TemporaryFolder &folder, std::vector<std::string> words, bool after_progress) {
    return import_and_disturb(folder, std::move(words), after_progress, [](pid_t child) { kill(child, SIGKILL); });
}

/// Takes from the process that reads, and from it alone, all memory beyond so much as soon as it has set its own limit.
void leave_memory(pid_t child, rlim_t bytes) {
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    while (prlimit(child, RLIMIT_AS, nullptr, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) {
        std::this_thread::yield();
    }
    limit.rlim_cur = limit.rlim_max = bytes;
    (void)prlimit(child, RLIMIT_AS, &limit, nullptr);
}

std::string layers_of(const test::TemporaryFolder &folder) {
    return test::run({program(), "layers", "--json", "--database", (folder / "city.sqlite").string()}).out;
}

void check_unchanged(const test::TemporaryFolder &folder, const std::string &before) {
    CHECK(layers_of(folder) == before);
    const CommandResult checked = test::run({program(), "check", "--database", (folder / "city.sqlite").string()});
    CAPTURE(checked.out, checked.error);
    CHECK(checked.status == 0);
}

/// A database with one published layer.
std::string begin(const test::TemporaryFolder &folder) {
    const auto file = folder.write("first.csv", "name,lat,lon\nstation,35.77,139.52\n");
    const CommandResult made =
        test::run({program(), "import", "layer", "spots", file.string(), "--publish", "--database", (folder / "city.sqlite").string()});
    CAPTURE(made.error);
    REQUIRE(made.status == 0);
    return layers_of(folder);
}

/// One line, as an operator wants it.
void check_sentence(const CommandResult &result, int status, const std::string &part) {
    CAPTURE(result.error);
    CHECK(result.status == status);
    CHECK(std::count(result.error.begin(), result.error.end(), '\n') == 1);
    CHECK_THAT(result.error, Catch::StartsWith("keyaki: ") && Catch::Contains(part));
}

CommandResult import_within(const std::string &limit, const test::TemporaryFolder &folder, std::vector<std::string> words) {
    words.insert(words.begin(), {"prlimit", limit, program()});
    words.insert(words.end(), {"--database", (folder / "city.sqlite").string(), "--progress", "none"});
    return test::run(words);
}

} // namespace

TEST_CASE("an import whose reading process is killed ends with one sentence and leaves the layer as it was") {
    const test::TemporaryFolder folder;
    const std::string before = begin(folder);
    const auto file = long_table(folder, 600'000);
    for (const bool after_progress : {false, true}) {
        const CommandResult result = import_and_kill(folder, {"import", "layer", "spots", file.string()}, after_progress);
        check_sentence(result, 75, "expected long.csv to be read to its end, found the reading process stopped from outside by signal 9");
        check_unchanged(folder, before);
    }
}

TEST_CASE("a map whose reading process is killed leaves no layers behind") {
    KEYAKI_SHARED_DATA_OR_SKIP(file, "osm/derived/merged-13-real-extracts-21MB.osm.pbf");
    const test::TemporaryFolder folder;
    const std::string before = begin(folder);
    for (const bool after_progress : {false, true}) {
        const CommandResult result = import_and_kill(folder, {"import", "osm", file.string()}, after_progress);
        check_sentence(result, 75, "found the reading process stopped from outside by signal 9");
    }
    check_unchanged(folder, before);
}

TEST_CASE("a file whose reading never ends is stopped at its processor time") {
    const test::TemporaryFolder folder;
    const std::string before = begin(folder);
    const auto file = folder / "endless.gpkg";
    const CommandResult made = test::run(
        {"sqlite3", file.string(),
         "PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;"
         "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, "
         "definition "
         "TEXT, description TEXT);"
         "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS "
         "84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433],AUTHORITY[\"EPSG\",\"4326\"]]', '');"
         "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, description TEXT, last_change DATETIME, min_x "
         "DOUBLE, "
         "min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);"
         "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);"
         "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, NULL AS geom FROM n WHERE i < 0;"
         "INSERT INTO gpkg_contents VALUES ('endless', 'features', 'endless', '', '', 139, 35, 140, 36, 4326);"
         "INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POINT', 4326, 0, 0);"});
    REQUIRE(made.status == 0);
    check_sentence(import_within("--cpu=2", folder, {"import", "layer", "spots", file.string()}), 65,
                   "expected endless.gpkg to be read within 2 s of processor time, found it longer: the reading was stopped");
    check_unchanged(folder, before);
}

TEST_CASE("a file that needs more memory than it may have is refused, city data and maps") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    WARN("left out: a sanitizer's shadow memory is larger than any bound on the address space");
    return;
#endif
    const test::TemporaryFolder folder;
    const std::string before = begin(folder);
    std::string ring = R"({"type":"LineString","coordinates":[)";
    for (int i = 0; i < 900'000; ++i) {
        fmt::format_to(std::back_inserter(ring), "{}[139.{:07},35.7]", i == 0 ? "" : ",", i);
    }
    const auto file = folder.write("line.geojson", ring + "]}");
    check_sentence(import_within("--as=400000000", folder, {"import", "layer", "spots", file.string()}), 65, "memory");
    check_unchanged(folder, before);
    KEYAKI_SHARED_DATA_OR_SKIP(map, "osm/derived/merged-13-real-extracts-21MB.osm.pbf");
    // Less than its libraries take already: the next piece of memory that it asks for is refused.
    const CommandResult result =
        import_and_disturb(folder, {"import", "osm", map.string()}, false, [](pid_t child) { leave_memory(child, 50'000'000); });
    check_sentence(result, 65, "MiB of memory");
    check_unchanged(folder, before);
}
