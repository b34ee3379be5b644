// OGC API – Features Part 1: Core 1.0.1 (17-069r4), class oas30.
#include "tests/conformance/conformance.hpp"

#include <set>

using namespace keyaki::test::conformance;

namespace {

Json description() { return get_json("/api"); }

} // namespace

TEST_CASE("the description is OpenAPI 3.0 in JSON, and in HTML", "[features-1][req/oas30/oas-definition-1]") {
    const auto json = get("/api", {"Accept: application/vnd.oai.openapi+json;version=3.0"});
    CHECK(json.header("content-type") == "application/vnd.oai.openapi+json;version=3.0");
    CHECK(get("/api", {"Accept: text/html"}).header("content-type") == "text/html; charset=utf-8");
}

TEST_CASE("the description is valid by the OpenAPI Initiative's own schema", "[features-1][req/oas30/oas-definition-2]") {
    const auto file = served().city.folder.write("api.json", get("/api").body);
    const auto judged =
        keyaki::test::run({"sh", "-c", std::string(KEYAKI_NODE) + " " + KEYAKI_BROWSER_SCRIPTS + "/openapi_judge.mjs < " + file.string()});
    INFO(judged.out << judged.error);
    REQUIRE(judged.status == 0);
    const Json verdict = Json::parse(judged.out);
    CHECK(verdict["valid"] == true);
    CHECK(verdict["version"] == "3.0");
    const Json broken = [] {
        Json document = description();
        document["paths"]["/collections"]["get"].erase("responses");
        return document;
    }();
    const auto wrong = served().city.folder.write("broken.json", broken.dump());
    const auto refused =
        keyaki::test::run({"sh", "-c", std::string(KEYAKI_NODE) + " " + KEYAKI_BROWSER_SCRIPTS + "/openapi_judge.mjs < " + wrong.string()});
    CHECK(Json::parse(refused.out)["valid"] == false); // the judge does judge
}

TEST_CASE("the server does what its description says", "[features-1][req/oas30/oas-impl]") {
    const Json document = description();
    std::size_t asked = 0;
    for (const auto &[path, item] : document["paths"].items()) {
        if (!item.contains("get") || path.find('{') != std::string::npos) {
            continue;
        }
        const Json &answers = item["get"]["responses"];
        const Json ok = answers.value("200", Json::object());
        if (ok.contains("content") && ok["content"].contains("text/event-stream")) {
            continue; // an answer without an end
        }
        const auto answer = get(path);
        INFO(path << " " << answer.status);
        ++asked;
        REQUIRE(answers.contains(std::to_string(answer.status)));
        const std::string_view type = answer.header("content-type");
        if (answers[std::to_string(answer.status)].contains("$ref")) { // what needs a key, asked without one
            CHECK(answer.status == 401);
            CHECK(type == "application/problem+json");
            continue;
        }
        const Json &content = answers[std::to_string(answer.status)]["content"];
        CHECK((content.contains(std::string(type)) || content.contains(std::string(type.substr(0, type.find(';'))))));
    }
    CHECK(asked > 15);
}

TEST_CASE("every path of the standard is described, with its parameters and media types", "[features-1][req/oas30/completeness]") {
    const Json paths = description()["paths"];
    for (const char *path :
         {"/", "/conformance", "/collections", "/collections/{layer}", "/collections/{layer}/items", "/collections/{layer}/items/{id}"}) {
        INFO(path);
        CHECK(paths[path]["get"]["responses"]["200"]["content"].contains("text/html"));
    }
    for (const std::string &layer : layers()) {
        const Json items = paths["/collections/" + layer + "/items"]["get"];
        INFO(layer);
        std::set<std::string> names;
        for (const Json &parameter : items["parameters"]) {
            if (parameter.contains("$ref")) {
                names.insert(parameter["$ref"].get<std::string>());
            }
        }
        for (const char *name : {"limit", "bbox", "datetime", "crs", "bbox-crs"}) {
            CHECK(names.contains(std::string("#/components/parameters/") + name));
        }
        CHECK(items["responses"]["200"]["content"].contains("application/geo+json"));
    }
}

TEST_CASE("errors are described for every operation", "[features-1][req/oas30/exception-codes]") {
    const Json document = description();
    for (const auto &[path, item] : document["paths"].items()) {
        for (const auto &[method, operation] : item.items()) {
            INFO(method << " " << path);
            CHECK(operation["responses"]["default"]["$ref"] == "#/components/responses/Problem");
        }
    }
    CHECK(document["components"]["responses"]["Problem"]["content"].contains("application/problem+json"));
    CHECK(get("/collections?x=1").header("content-type") == "application/problem+json");
}

TEST_CASE("what needs a key says so, and which", "[features-1][req/oas30/security]") {
    const Json document = description();
    CHECK(document["components"]["securitySchemes"]["key"]["scheme"] == "bearer");
    CHECK(document["paths"]["/checkins"]["post"]["security"][0].contains("key"));
    CHECK_FALSE(document["paths"]["/collections"]["get"].contains("security"));
}
