// OGC API – Tiles Part 1: Core 1.0 (20-057), classes core, tileset, tilesets-list, dataset-tilesets, geodata-tilesets, mvt and oas30.
#include "tests/conformance/conformance.hpp"

#include "tiles/mvt_reader.hpp"

using namespace keyaki::test::conformance;

namespace {

constexpr const char *vector_tilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
constexpr const char *tiling_scheme = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// Lists of tilesets: of the whole dataset, and of each layer.
std::vector<std::string> lists() {
    std::vector<std::string> paths{path_of(link_of(get_json("/?f=json"), vector_tilesets)["href"])};
    for (const std::string &layer : layers()) {
        paths.push_back(path_of(link_of(get_json("/collections/" + layer), vector_tilesets)["href"]));
    }
    return paths;
}

std::string tile_path(const Json &tileset, const std::string &matrix, std::int64_t row, std::int64_t column) {
    const Json item = link_of(tileset, "item");
    CHECK(item["templated"] == true);
    std::string path = path_of(item["href"]);
    for (const auto &[name, value] : {std::pair{"{tileMatrix}", matrix}, {"{tileRow}", std::to_string(row)}, {"{tileCol}", std::to_string(column)}}) {
        const std::size_t at = path.find(name);
        REQUIRE(at != std::string::npos);
        path.replace(at, std::string_view(name).size(), value);
    }
    return path;
}

} // namespace

TEST_CASE("a tile is where the template leads, by matrix, row and column",
          "[tiles-1][req/core/tc-op][req/core/tc-tilematrix-definition][req/core/tc-tilerow-definition][req/core/tc-tilecol-definition]") {
    const Json tileset = get_json("/collections/shelters/tiles")["tilesets"][0];
    const auto tile = get(tile_path(tileset, "13", 3222, 7270));
    CHECK(tile.status == 200);
    CHECK(tile.body == get("/tiles/shelters/13/7270/3222.mvt").body); // x before y there
    CHECK(get("/tiles/WebMercatorQuad/13/3222/7270").body == get("/tiles/city/13/7270/3222.mvt").body);
    const Json parameters =
        get_json("/api")["paths"]["/collections/{layer}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"]["get"]["parameters"];
    for (const char *name : {"tileMatrix", "tileRow", "tileCol"}) {
        CHECK(std::count_if(parameters.begin(), parameters.end(),
                            [&](const Json &one) { return one.value("name", "") == name && one["required"] == true; }) == 1);
    }
}

TEST_CASE("a tile within the limits is 200, or 204 when it is empty", "[tiles-1][req/core/tc-success]") {
    for (const std::string &list : lists()) {
        for (const Json &tileset : member_of(list, "tilesets")) {
            for (const Json &limits : tileset["tileMatrixSetLimits"]) {
                const auto tile = get(tile_path(tileset, limits["tileMatrix"], limits["maxTileRow"], limits["minTileCol"]));
                CHECK((tile.status == 200 || tile.status == 204));
                CHECK((tile.status == 204) == tile.body.empty());
            }
        }
    }
}

TEST_CASE("a tile outside of the limits or the matrix set is 404", "[tiles-1][req/core/tc-error]") {
    for (const std::string &list : lists()) {
        for (const Json &tileset : member_of(list, "tilesets")) {
            const Json &limits = tileset["tileMatrixSetLimits"].back();
            const std::int64_t below = limits["maxTileRow"].get<std::int64_t>() + 1;
            CHECK(get(tile_path(tileset, limits["tileMatrix"], below, limits["minTileCol"])).status == 404);
            CHECK(get(tile_path(tileset, limits["tileMatrix"], limits["maxTileRow"], limits["maxTileCol"].get<std::int64_t>() + 1)).status == 404);
            CHECK(get(tile_path(tileset, "25", 0, 0)).status == 404);
            CHECK(get(tile_path(tileset, "x", 0, 0)).status == 404);
            CHECK(get(tile_path(tileset, limits["tileMatrix"], -1, 0)).status == 404);
        }
    }
}

TEST_CASE("the server says what it keeps of the standard", "[tiles-1][req/core/conformance-success]") {
    const auto classes = get_json("/conformance")["conformsTo"].get<std::vector<std::string>>();
    for (const char *one : {"core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt"}) {
        CHECK(std::count(classes.begin(), classes.end(), std::string("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/") + one) == 1);
    }
}

TEST_CASE("a tileset describes itself: data, matrix set, limits and where its tiles are", "[tiles-1][req/tileset/description]") {
    for (const std::string &list : lists()) {
        for (const Json &listed : member_of(list, "tilesets")) {
            const Json tileset = get_json(path_of(link_of(listed, "self")["href"]));
            INFO(list);
            CHECK(tileset["dataType"] == "vector");
            CHECK(tileset["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857");
            CHECK(tileset["tileMatrixSetURI"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad");
            CHECK(link_of(tileset, "item")["type"] == "application/vnd.mapbox-vector-tile");
            CHECK(link_of(tileset, "item")["templated"] == true);
            CHECK(link_of(tileset, "self")["type"] == "application/json");
            const Json scheme = get_json(path_of(link_of(tileset, tiling_scheme)["href"]));
            CHECK(scheme["id"] == "WebMercatorQuad");
            CHECK(scheme["tileMatrices"][0]["scaleDenominator"].get<double>() == Approx(559082264.0287178).epsilon(1e-12));
            CHECK(scheme["tileMatrices"][13]["matrixWidth"] == 8192);
        }
    }
}

TEST_CASE("a list of tilesets has each with what is needed to choose", "[tiles-1][req/tilesets-list/tileset-links]") {
    for (const std::string &list : lists()) {
        const Json document = get_json(list);
        CHECK(link_of(document, "self")["type"] == "application/json");
        REQUIRE(document["tilesets"].size() == 1);
        const Json &tileset = document["tilesets"][0];
        CHECK(tileset["dataType"] == "vector");
        CHECK(tileset["crs"].is_string());
        CHECK(tileset["tileMatrixSetId"] == "WebMercatorQuad");
        CHECK(tileset["tileMatrixSetURI"].is_string());
        CHECK(link_of(tileset, tiling_scheme).is_object());
        CHECK(path_of(link_of(tileset, "self")["href"]) == list + "/WebMercatorQuad");
        CHECK(tileset["tileMatrixSetLimits"].size() > 3);
    }
}

TEST_CASE("the landing page leads to tiles of the dataset", "[tiles-1][req/dataset-tilesets/landingpage][req/dataset-tilesets/operation]") {
    const Json link = link_of(get_json("/?f=json"), vector_tilesets);
    REQUIRE(link.is_object());
    CHECK(get_json(path_of(link["href"]))["tilesets"][0]["layers"].size() == 10);
}

TEST_CASE("every collection leads to tiles of it", "[tiles-1][req/geodata-tilesets/desc-links][req/geodata-tilesets/operation]") {
    for (const std::string &layer : layers()) {
        const Json link = link_of(get_json("/collections/" + layer), vector_tilesets);
        REQUIRE(link.is_object());
        CHECK(get_json(path_of(link["href"]))["tilesets"][0]["layers"][0]["id"] == layer);
    }
    CHECK(get("/collections/nothing/tiles").status == 404);
    CHECK(get("/collections/nothing/tiles/WebMercatorQuad").status == 404);
    CHECK(get("/collections/nothing/tiles/WebMercatorQuad/0/0/0").status == 404);
    CHECK(get("/collections/shelters,stations/tiles").status == 404);
}

TEST_CASE("tiles are vector tiles", "[tiles-1][req/mvt/content]") {
    const auto tile = get("/collections/shelters/tiles/WebMercatorQuad/13/3222/7270");
    CHECK(tile.header("content-type") == "application/vnd.mapbox-vector-tile");
    const auto read = keyaki::tiles::read_mvt(tile.body);
    REQUIRE(read.layers.size() == 1);
    CHECK(read.layers[0].name == "shelters");
}

TEST_CASE("operations are found by the ends of their names", "[tiles-1][req/oas30/completeness][req/oas30/operation-id]") {
    const Json paths = get_json("/api")["paths"];
    for (const char *end : {".dataset.vector.getTileSetsList", ".dataset.vector.getTileSet", ".dataset.vector.getTile",
                            ".collection.vector.getTileSetsList", ".collection.vector.getTileSet", ".collection.vector.getTile"}) {
        CHECK(std::any_of(paths.begin(), paths.end(),
                          [&](const Json &path) { return path.contains("get") && path["get"]["operationId"].get<std::string>().ends_with(end); }));
    }
}
