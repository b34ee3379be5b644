// Every broken file there is goes through the program's own import, and becomes what the table says. See broken_files.tsv for how to renew it.
#include "tests/broken_files/expectations.hpp"
#include "tests/broken_files/made_files.hpp"
#include "tests/broken_files/outcome.hpp"

#include "geo/error.hpp"
#include "importers/child_limits.hpp"
#include "importers/osm_file.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <sys/resource.h>

using namespace keyaki;
using namespace keyaki::test;

namespace {

std::vector<std::filesystem::path> files_below(const std::filesystem::path &folder) {
    std::vector<std::filesystem::path> files;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// What is not a map among the files of osm/: descriptions, expected results, licences.
bool is_osm_companion(const std::filesystem::path &file) {
    static const std::set<std::string> companions{"", ".wkt", ".json", ".md"};
    return companions.contains(file.extension().string()) || file.filename() == "description.txt" || file.filename() == "nodes.txt";
}

void without(std::string &text, const std::string &part) {
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) {
        text.erase(at, part.size());
    }
}

void require_as_expected(Expectations &expectations, const std::vector<std::string> &folders) {
    const std::vector<std::string> differences = expectations.finish(folders);
    for (const std::string &difference : differences) {
        UNSCOPED_INFO(difference);
    }
    CHECK(differences.empty());
}

/// KiB of the largest child so far.
long peak_of_children() {
    rusage children{};
    getrusage(RUSAGE_CHILDREN, &children);
    return children.ru_maxrss;
}

void check_folder(Expectations &expectations, BrokenFileCity &city, FileKind kind, const std::filesystem::path &folder) {
    const std::filesystem::path root = *shared_data("");
    for (const std::filesystem::path &file : files_below(folder)) {
        if (kind == FileKind::osm && is_osm_companion(file)) {
            continue;
        }
        Outcome outcome = city.import(kind, file);
        without(outcome.said, file.parent_path().string() + "/");
        expectations.see(file.lexically_relative(root).string(), outcome);
    }
}

/// Imports each made file, and checks that nothing is left beside it.
void check_made_files(const std::string &folder_of_table, const std::vector<void (*)(const TakeMadeFile &)> &makers) {
    BrokenFileCity city;
    Expectations expectations;
    for (const auto make : makers) {
        make([&](const MadeFile &made) {
            const TemporaryFolder folder;
            const auto path = folder.write(made.name, made.bytes);
            Outcome outcome = city.import(made.kind, path, made.layer_in_file);
            without(outcome.said, folder.path().string() + "/");
            expectations.see(folder_of_table + "/" + made.name, outcome);
            if (made.kind == FileKind::osm) {
                Outcome tiles = build_tiles(path);
                without(tiles.said, folder.path().string() + "/");
                expectations.see("tiles " + folder_of_table + "/" + made.name, tiles);
            }
            CHECK(files_below(folder.path()).size() == 1);
        });
    }
    require_as_expected(expectations, {folder_of_table, "tiles " + folder_of_table});
    CHECK(city.check() == std::vector<std::string>());
    WARN("the largest child took " << peak_of_children() / 1024 << " MiB");
}

/// Imports the beginning of a file. Every twentieth goes all the way through a child and the database, the others are read here.
Outcome import_cut(BrokenFileCity &city, const std::filesystem::path &cut, int number) {
    if (number % 20 == 0) {
        Outcome outcome = city.import(FileKind::osm, cut);
        CHECK_THAT(outcome.said, !Catch::Contains("THE DATABASE WAS CHANGED"));
        return outcome;
    }
    try {
        std::uint64_t features = 0;
        static_cast<void>(importers::read_osm_file(cut, {}, [&](std::string_view, geo::Feature &&) { ++features; }));
        return {features == 0 ? "refused" : "imported", "", features == 0 ? "nothing on it" : ""};
    } catch (const geo::Error &error) {
        CHECK_THAT(error.what(), Catch::Contains(cut.filename().string()));
        return {"refused", "", error.what()};
    }
}

Outcome cut_everywhere(BrokenFileCity &city, const std::filesystem::path &file) {
    const std::string whole = bytes_of(file);
    const TemporaryFolder folder;
    std::mt19937 random(20261125);
    std::map<std::string, int> results;
    for (int i = 0; i < 200; ++i) {
        const auto cut = folder.write("cut.osm.pbf", std::string_view(whole).substr(0, random() % whole.size()));
        ++results[import_cut(city, cut, i).result];
    }
    return {"cut at 200 places", fmt::format("{} refused, {} imported", results["refused"], results["imported"]), ""};
}

} // namespace

TEST_CASE("texts, archives and databases that are made to break something become what the table says", "[made]") {
    check_made_files("made", {make_texts, make_archives, make_databases});
}

TEST_CASE("files that are made to take all memory and time become what the table says", "[large]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    WARN("left out: it is about limits of memory and time, and under a sanitizer the one is not set and the other too short");
    return;
#endif
    check_made_files("made large", {make_large_files});
    CHECK(static_cast<std::uint64_t>(peak_of_children()) * 1024 < importers::child_address_space_bytes);
}

TEST_CASE("every broken file of city data becomes what the table says", "[city]") {
    KEYAKI_SHARED_DATA_OR_SKIP(root, "geojson");
    const std::vector<std::string> folders{"geojson", "shp-edge", "jp/csv", "jp/ksj", "gps"};
    BrokenFileCity city;
    Expectations expectations;
    for (const std::string &folder : folders) {
        check_folder(expectations, city, FileKind::city, root.parent_path() / folder);
    }
    require_as_expected(expectations, folders);
    CHECK(city.check() == std::vector<std::string>());
    WARN("the largest child took " << peak_of_children() / 1024 << " MiB");
}

TEST_CASE("a child that is killed, stops or writes nonsense in the middle of its features leaves the database as it was", "[made]") {
    BrokenFileCity city;
    const TemporaryFolder folder;
    const std::string before = city.content();
    for (const FileKind kind : {FileKind::city, FileKind::osm}) {
        const auto said = [&](const char *name) { return city.import(kind, folder.write(name, "x")).said; };
        CHECK_THAT(said("kill me"),
                   Catch::StartsWith("expected kill me to be read to its end, found the reading process stopped from outside by signal 9"));
        CHECK_THAT(said("write nonsense"), Catch::StartsWith("expected a well-formed answer from the process that read the file, found "));
        CHECK_THAT(said("say nothing"), Catch::StartsWith("expected a report on say nothing, found the reading process ended with status 3"));
    }
    CHECK(city.content() == before);
    CHECK(city.check() == std::vector<std::string>());
}

TEST_CASE("a map that is cut at any of two hundred places is refused, or holds less and says so", "[cuts]") {
    KEYAKI_SHARED_DATA_OR_SKIP(root, "osm");
    BrokenFileCity city;
    Expectations expectations;
    for (const std::filesystem::path &file : files_below(root)) {
        if (file.extension() == ".pbf" && file.filename().string().find(".osh") == std::string::npos &&
            std::filesystem::file_size(file) < 2'000'000) {
            expectations.see("cut " + file.lexically_relative(root.parent_path()).string(), cut_everywhere(city, file));
        }
    }
    require_as_expected(expectations, {"cut osm"});
}

TEST_CASE("a base map of an extract that is cut at any of fifty places is refused and leaves nothing", "[cuts]") {
    KEYAKI_SHARED_DATA_OR_SKIP(root, "osm");
    Expectations expectations;
    for (const char *name : {"osm/edge/monaco-lz4.osm.pbf", "osm/edge/r5-missing-nodes.pbf", "osm/small/liechtenstein-2013.osm.bz2"}) {
        const std::string whole = bytes_of(root.parent_path() / name);
        const TemporaryFolder folder;
        std::mt19937 random(20261126);
        std::map<std::string, int> results;
        for (int i = 0; i < 50; ++i) {
            const Outcome outcome = build_tiles(folder.write("cut.osm", std::string_view(whole).substr(0, random() % whole.size())));
            ++results[outcome.result];
            CHECK_THAT(outcome.said, !Catch::Contains("SOMETHING WAS LEFT") && !Catch::Contains("VIOLATIONS"));
        }
        expectations.see(fmt::format("tiles cut {}", name),
                         {"cut at 50 places", fmt::format("{} refused, {} built", results["refused"], results["built"]), ""});
    }
    require_as_expected(expectations, {"tiles cut osm"});
}

TEST_CASE("tiles of every broken map are built or refused as the table says", "[osm]") {
    KEYAKI_SHARED_DATA_OR_SKIP(root, "osm");
    Expectations expectations;
    for (const std::filesystem::path &file : files_below(root / "edge")) {
        if (!is_osm_companion(file)) {
            Outcome outcome = build_tiles(file);
            without(outcome.said, file.parent_path().string() + "/");
            expectations.see("tiles " + file.lexically_relative(root.parent_path()).string(), outcome);
        }
    }
    require_as_expected(expectations, {"tiles osm/edge"});
}

TEST_CASE("every broken map becomes what the table says", "[osm]") {
    KEYAKI_SHARED_DATA_OR_SKIP(root, "osm");
    BrokenFileCity city;
    Expectations expectations;
    check_folder(expectations, city, FileKind::osm, root / "edge");
    require_as_expected(expectations, {"osm/edge"});
    CHECK(city.check() == std::vector<std::string>());
    WARN("the largest child took " << peak_of_children() / 1024 << " MiB");
}
