#include "server/flows/layer_importer.hpp"

#include "geo/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

using namespace keyaki;
using server::LayerImporter;

namespace {

constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

geo::Feature bench(const std::string &id, double lon_deg, std::int64_t seats) {
    geo::Feature feature{id, geo::Geometry::point({lon_deg, 35.78}), {}};
    feature.properties.set("seats", seats);
    return feature;
}

/// A layer of benches, which have no names, and imports into it.
struct Benches {
    test::TemporaryFolder folder;
    std::unique_ptr<data::Store> store = data::open_store({.file = folder / "city.sqlite", .create = true});
    server::LayerImport import;

    Benches() {
        import.layer.id = "benches";
        import.file = "benches.csv";
        import.author = "hanako";
        store->write([&](data::WriteTransaction &books) { books.create_layer(import.layer, "hanako", some_time_us); });
    }
    /// Takes the rows in, without publishing.
    server::ImportOutcome take(const std::vector<geo::Feature> &rows) {
        LayerImporter importer(*store, import, store->find_layer("benches")->spec);
        std::uint64_t row = 1;
        for (geo::Feature feature : rows) {
            importer.take(std::move(feature), ++row);
        }
        return importer.conclude({});
    }
    void publish() {
        store->write([](data::WriteTransaction &books) { (void)books.publish("benches", "hanako", "", true, some_time_us); });
    }
    data::EditOutcome edit_draft(geo::Feature feature) {
        data::LayerEdit edit;
        edit.layer = "benches";
        edit.edits.push_back({data::EditKind::replace, std::move(feature), std::nullopt});
        edit.author = "taro";
        edit.now_us = some_time_us;
        return store->edit_features(edit);
    }
};

} // namespace

// Once, an import began with its first row, but had looked at the draft's edits before: what was edited in between was written over without a word.
TEST_CASE("from the moment in which an import looks at a layer nobody edits it, and before that every edit is met") {
    Benches benches;
    (void)benches.take({bench("a", 139.51, 2), bench("b", 139.52, 2)});
    benches.publish();
    CHECK(benches.edit_draft(bench("a", 139.51, 3)).has_changed);
    {
        LayerImporter importer(*benches.store, benches.import, benches.store->find_layer("benches")->spec);
        CHECK_THROWS_WITH(benches.edit_draft(bench("b", 139.52, 3)), Catch::Contains("import"));
        importer.take(bench("a", 139.51, 4), 2);
        importer.take(bench("b", 139.52, 2), 3);
        CHECK(importer.conclude({}).findings.conflicts.count() == 1); // 3 seats by hand, 4 in the file
    }
    CHECK(benches.edit_draft(bench("b", 139.52, 3)).has_changed);
}

// Once, each import gave every such row another id, and so removed and added all of them.
TEST_CASE("rows without names and ids are the same features in the next import, also when names and places decide") {
    Benches benches;
    benches.import.match = server::imports::MatchRule::name_and_place;
    const std::vector<geo::Feature> rows{bench("", 139.51, 2), bench("", 139.52, 4)};
    CHECK(benches.take(rows).changes.added == 2);
    benches.publish();
    for (int time = 0; time < 2; ++time) {
        const data::DraftChanges again = benches.take(rows).changes;
        CHECK(again.added == 0);
        CHECK(again.removed == 0);
        CHECK(again.unchanged == 2);
    }
}
