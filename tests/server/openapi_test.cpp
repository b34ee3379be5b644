// The document at /api is made from what the routes say of themselves: what is said must be whole and right.
#include "server/openapi.hpp"

#include "server/application.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace keyaki;
using server::http::DescribedRoute;
using server::http::ParameterDescription;

namespace {

struct Program {
    test::TemporaryFolder folder;
    server::Application application{server::Settings(), data::open_store({.file = folder / "city.sqlite", .create = true})};
    std::vector<DescribedRoute> routes = server::make_router(application).described();
};

const std::vector<DescribedRoute> &routes() {
    static const Program program;
    return program.routes;
}

/// The names in braces of a pattern.
std::set<std::string> names_in(const std::string &pattern) {
    std::set<std::string> names;
    for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1)) {
        std::string name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
        names.insert(name.substr(0, name.find("...")));
    }
    return names;
}

std::string lower(std::string_view method) {
    std::string text(method);
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

} // namespace

TEST_CASE("every route describes itself: a summary, a heading, an answer, and each parameter of its path") {
    REQUIRE(routes().size() > 15);
    for (const DescribedRoute &route : routes()) {
        INFO(route.pattern << " (" << route.name << "): say in its RouteOptions what it is (server/http/route_description.hpp)");
        CHECK_FALSE(route.description.summary.empty());
        if (route.description.is_page_file) {
            continue;
        }
        CHECK_FALSE(route.description.tag.empty());
        CHECK_FALSE(route.description.answers.empty());
        std::set<std::string> in_path;
        for (const ParameterDescription &parameter : route.description.parameters) {
            CHECK_FALSE(parameter.text.empty());
            if (parameter.place == ParameterDescription::Place::path) {
                CHECK(parameter.is_required);
                in_path.insert(parameter.name);
            }
        }
        CHECK(in_path == names_in(route.pattern));
    }
}

TEST_CASE("every route of the interface stands in the document, with its method") {
    const auto document = server::openapi_document(routes(), {}, "https://map.example.jp");
    CHECK(document["openapi"] == "3.0.3");
    CHECK(document["servers"][0]["url"] == "https://map.example.jp");
    std::size_t described = 0;
    for (const DescribedRoute &route : routes()) {
        if (route.description.is_page_file) {
            continue;
        }
        INFO(route.pattern);
        std::string path = route.pattern; // "{rest...}" is a plain parameter to the document
        if (const std::size_t dots = path.find("...}"); dots != std::string::npos) {
            path.erase(dots, 3);
        }
        REQUIRE(document["paths"].contains(path));
        const auto &operation = document["paths"][path][lower(server::http::method_name(route.method))];
        CHECK(operation["summary"] == route.description.summary);
        CHECK(operation["responses"].contains("default"));
        CHECK(operation.contains("security") == !route.description.scopes.empty());
        ++described;
    }
    std::size_t operations = 0;
    for (const auto &path : document["paths"]) {
        operations += path.size();
    }
    CHECK(operations == described);
}

TEST_CASE("no two operations of the document have one name, and no two paths differ in their parameters' names alone") {
    std::set<std::string> ids;
    std::map<std::string, std::string> shapes;
    for (const DescribedRoute &route : routes()) {
        if (route.description.is_page_file) {
            continue;
        }
        INFO(route.pattern);
        CHECK(ids.insert(route.name).second);
        std::string shape = route.pattern;
        for (const std::string &name : names_in(route.pattern)) {
            shape.replace(shape.find(name), name.size(), "");
        }
        CHECK(shapes.emplace(shape, route.pattern).first->second == route.pattern);
    }
}

TEST_CASE("a parameter that routes share is the same in each of them") {
    std::map<std::string, const ParameterDescription *> shared;
    for (const DescribedRoute &route : routes()) {
        for (const ParameterDescription &parameter : route.description.parameters) {
            if (!parameter.is_shared) {
                continue;
            }
            const auto [place, is_new] = shared.emplace(parameter.name, &parameter);
            INFO(route.pattern << ": " << parameter.name);
            CHECK(place->second->schema == parameter.schema);
            CHECK(place->second->text == parameter.text);
            CHECK(place->second->place == parameter.place);
        }
    }
    CHECK(shared.contains("limit"));
}

TEST_CASE("the items of each layer have a path of their own, with the parameters of that layer, as QGIS looks for them") {
    const std::vector<server::DescribedLayer> layers{
        {"shelters", "指定緊急避難場所", {{.name = "name", .text = "名称", .schema = R"({"type":"string"})"}}}};
    const auto document = server::openapi_document(routes(), layers, "http://127.0.0.1");
    const auto &parameters = document["paths"]["/collections/shelters/items"]["get"]["parameters"];
    const auto name = std::find_if(parameters.begin(), parameters.end(), [](const auto &one) { return one.value("name", "") == "name"; });
    REQUIRE(name != parameters.end());
    CHECK((*name)["in"] == "query");
    CHECK((*name)["style"] == "form");
    CHECK((*name)["explode"] == false);
    CHECK((*name)["schema"]["type"] == "string");
    CHECK(std::none_of(parameters.begin(), parameters.end(), [](const auto &one) { return one.value("in", "") == "path"; }));
    const auto &limit = document["components"]["parameters"]["limit"];
    CHECK(limit["name"] == "limit");
    CHECK(limit["schema"]["minimum"] == 1);
    CHECK(limit["schema"]["maximum"] == 10'000);
    CHECK(limit["schema"]["default"] == 100);
}

TEST_CASE("a schema that is no JSON object is our own mistake, and said") {
    std::vector<DescribedRoute> wrong{{server::http::Method::get, "/a", "a", {.summary = "a", .answers = {{200, "a", {{"application/json", "{"}}}}}}};
    CHECK_THROWS_WITH(server::openapi_document(wrong, {}, ""), Catch::Contains("a: expected a schema as a JSON object"));
}
