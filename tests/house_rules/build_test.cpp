#include "tests/house_rules/source_file.hpp"

#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace keyaki::test::house;

namespace {

/// The words of a CMakeLists.txt: names of sources stand in it between white space and parentheses.
bool names(const std::string &cmake, const std::string &source) {
    for (std::size_t at = cmake.find(source); at != std::string::npos; at = cmake.find(source, at + 1)) {
        const auto ends_word = [](char letter) { return letter == ' ' || letter == '\n' || letter == '(' || letter == ')'; };
        const std::size_t end = at + source.size();
        if ((at == 0 || ends_word(cmake[at - 1])) && (end == cmake.size() || ends_word(cmake[end]))) {
            return true;
        }
    }
    return false;
}

std::string cmake_of(const std::filesystem::path &folder) {
    return keyaki::test::bytes_of(keyaki::test::project_file((folder / "CMakeLists.txt").generic_string()));
}

/// Is the source named by the CMakeLists.txt of its folder, of a folder above it, or, where tests share it, of one beside it?
bool is_built(const std::filesystem::path &source) {
    for (std::filesystem::path folder = source.parent_path(); !folder.empty(); folder = folder.parent_path()) {
        if (names(cmake_of(folder), source.lexically_relative(folder).generic_string())) {
            return true;
        }
    }
    for (const std::string test_room :
         {"flows", "http", "importers", "browser", "bench", "broken_files", "operations", "server", "server/check_ins"}) {
        if (names(cmake_of("tests/" + test_room), source.lexically_relative("tests/" + test_room).generic_string())) {
            return true;
        }
    }
    return false;
}

} // namespace

TEST_CASE("every source is part of the build: no test is there but switched off") {
    Violations found;
    for (const auto &source : project_sources()) {
        if (!source->is_header() && !is_built(source->path)) {
            found.push_back({source->path, 1, "named by no CMakeLists.txt of its folder or above: add it or remove it"});
        }
    }
    require_none(found);
    CHECK(is_built("geo/fence.cpp"));
    CHECK_FALSE(is_built("geo/not_there.cpp"));
}
