// The list of requirements and the tests are the same set, and the server claims no class that is not tested.
#include "tests/conformance/conformance.hpp"

#include "tests/support/shared_data.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace keyaki::test::conformance;

namespace {

struct Requirement {
    std::string part;
    std::string identifier;
    std::string conformance_class;
};

std::vector<Requirement> listed() {
    std::vector<Requirement> all;
    std::ifstream file(keyaki::test::project_file("tests/conformance/requirements.tsv"));
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        std::istringstream words(line);
        Requirement one;
        REQUIRE(static_cast<bool>(words >> one.part >> one.identifier >> one.conformance_class));
        all.push_back(std::move(one));
    }
    return all;
}

/// "features-1 /req/core/root-op" for each requirement that a test names. Catch wants tags to begin with a letter.
std::set<std::string> tested() {
    std::set<std::string> names;
    for (const Catch::TestCase &test : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
        for (const std::string &part : test.tags) {
            for (const std::string &tag : test.tags) {
                if (!part.starts_with("req/") && tag.starts_with("req/")) {
                    names.insert(part + " /" + tag);
                }
            }
        }
    }
    return names;
}

} // namespace

TEST_CASE("each requirement of the list has a test, and each test names requirements of the list") {
    const auto tests = tested();
    std::set<std::string> requirements;
    for (const Requirement &one : listed()) {
        INFO(one.part << " " << one.identifier);
        CHECK(requirements.insert(one.part + " " + one.identifier).second);
        CHECK(tests.contains(one.part + " " + one.identifier));
    }
    for (const std::string &test : tests) {
        INFO(test << " is not in requirements.tsv");
        CHECK(requirements.contains(test));
    }
    CHECK(requirements.size() > 80);
}

TEST_CASE("the server claims just the classes that have requirements in the list") {
    const std::map<std::string, std::string> parts{{"features-1", "ogcapi-features-1"}, {"features-2", "ogcapi-features-2"},
                                                   {"features-3", "ogcapi-features-3"}, {"features-4", "ogcapi-features-4"},
                                                   {"features-5", "ogcapi-features-5"}, {"cql2", "cql2"},
                                                   {"tiles-1", "ogcapi-tiles-1"}};
    std::set<std::string> expected;
    for (const Requirement &one : listed()) {
        REQUIRE(parts.contains(one.part));
        expected.insert("http://www.opengis.net/spec/" + parts.at(one.part) + "/1.0/conf/" + one.conformance_class);
    }
    CHECK(get_json("/conformance")["conformsTo"].get<std::set<std::string>>() == expected);
}
