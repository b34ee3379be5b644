// Whom an overloaded server turns away first: by what is asked for, through the routes as they are served.
#include "server/routes/shed_order.hpp"

#include "data/store.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using server::http::ShedPriority;

namespace {

constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

/// A city with public layers of these names, each published with one feature.
struct City {
    test::TemporaryFolder folder;
    server::Application application;
    server::http::Router router = server::make_router(application);

    explicit City(const std::vector<std::string> &layers, const server::Settings &settings = {})
        : application(settings, store_with(folder / "city.sqlite", layers)) {}

    [[nodiscard]] ShedPriority priority_of(const std::string &path) const {
        auto request = server::http::make_request(server::http::Method::get, path);
        const auto plan = router.plan(request);
        REQUIRE(plan.outcome == server::http::Router::Plan::Outcome::handler);
        return plan.shed_priority;
    }

  private:
    static std::unique_ptr<data::Store> store_with(const std::filesystem::path &file, const std::vector<std::string> &layers) {
        auto store = data::open_store({.file = file, .create = true});
        for (const std::string &id : layers) {
            data::LayerSpec spec;
            spec.id = id;
            store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "hanako", some_time_us); });
            const auto writer = store->write_draft(id, data::Store::DraftMode::merge, "hanako");
            writer->put({"1", geo::Geometry::point({139.5, 35.8}), {}});
            writer->commit();
            store->write([&](data::WriteTransaction &books) { (void)books.publish(id, "hanako", "", true, some_time_us); });
        }
        return store;
    }
};

} // namespace

TEST_CASE("what shows shelters or hazards is turned away after what shows neither, and before check-ins") {
    const City city({"buildings", "shelters", "hazard_zones"});
    for (const std::string path :
         {"/tiles/shelters/14/14545/6443.mvt", "/tiles/hazard_zones@3/14/14545/6443.mvt", "/tiles/buildings,shelters/14/14545/6443.mvt",
          "/tiles/shelters@draft/9/454/201.mvt", "/tiles/city/14/14545/6443.mvt", "/tiles/shelters.json", "/tiles/city.json",
          "/collections/shelters/items", "/collections/shelters/items/1", "/tiles/WebMercatorQuad/14/6443/14545",
          "/collections/shelters/tiles/WebMercatorQuad/14/6443/14545"}) {
        CAPTURE(path);
        CHECK(city.priority_of(path) == ShedPriority::shelters);
    }
    for (const std::string path : {"/tiles/buildings/14/14545/6443.mvt", "/tiles/buildings@2,buildings@1/14/14545/6443.mvt",
                                   "/tiles/shelters2/1/1/1.mvt", "/tiles/,/1/1/1.mvt", "/tiles/buildings.json", "/collections/buildings/items",
                                   "/collections", "/collections/buildings/tiles/WebMercatorQuad/14/6443/14545"}) {
        CAPTURE(path);
        CHECK(city.priority_of(path) == ShedPriority::sheddable);
    }
    CHECK(city.priority_of("/healthz") == ShedPriority::essential);
}

TEST_CASE("the page that shows shelters is kept with them: without its style and its letters nobody sees one") {
    const City city({"shelters"});
    for (const std::string path : {"/", "/styles/disaster.json", "/glyphs/Noto%20Sans%20CJK%20JP%20Regular/0-255.pbf"}) {
        CAPTURE(path);
        CHECK(city.priority_of(path) == ShedPriority::shelters);
    }
}

TEST_CASE("which layers are needed in a disaster is the city's to say") {
    server::Settings settings;
    settings.disaster_layers = {"wells"};
    const City city({"shelters", "wells"}, settings);
    CHECK(city.priority_of("/tiles/wells/14/14545/6443.mvt") == ShedPriority::shelters);
    CHECK(city.priority_of("/tiles/shelters/14/14545/6443.mvt") == ShedPriority::sheddable);
    CHECK(city.priority_of("/tiles/city/14/14545/6443.mvt") == ShedPriority::shelters);
    settings.disaster_layers.clear();
    CHECK(City({"shelters"}, settings).priority_of("/tiles/city/14/14545/6443.mvt") == ShedPriority::sheddable);
    settings.disaster_layers = {"wells"};
    CHECK(City({"shelters"}, settings).priority_of("/tiles/city/14/14545/6443.mvt") == ShedPriority::sheddable);
}
