#include "server/flows/snapshots.hpp"

#include "data/store.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tiles/limits.hpp"
#include "tiles/snapshot_part.hpp"
#include "tiles/tile_builder.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

using namespace keyaki;
using server::Snapshots;

namespace {

constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

geo::Feature shelter(int number, std::int64_t edition) {
    geo::Feature feature{"s" + std::to_string(number), geo::Geometry::point({139.50 + number % 50 * 0.001, 35.76 + number / 50 * 0.001}), {}};
    feature.properties.set("edition", edition);
    return feature;
}

/// A layer of 2,000 features, published, and its snapshots.
struct Layer {
    test::TemporaryFolder folder;
    std::unique_ptr<data::Store> store = data::open_store({.file = folder / "city.sqlite", .create = true});
    static constexpr int features = 2'000;

    Layer() {
        data::LayerSpec spec;
        spec.id = "shelters";
        store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "hanako", some_time_us); });
        std::vector<geo::Feature> all;
        for (int number = 0; number < features; ++number) {
            all.push_back(shelter(number, 0));
        }
        draft(all);
        publish();
    }
    void draft(const std::vector<geo::Feature> &changed) {
        const auto writer = store->write_draft("shelters", data::Store::DraftMode::merge, "hanako");
        for (geo::Feature feature : changed) {
            writer->put(std::move(feature));
        }
        writer->commit();
    }
    void publish() {
        store->write([](data::WriteTransaction &books) { (void)books.publish("shelters", "hanako", "", true, some_time_us); });
    }
};

} // namespace

TEST_CASE("after many publishes of one feature each the newest snapshot has few parts and about the memory that it had, and old ones are bounded") {
    Layer layer;
    Snapshots snapshots(*layer.store);
    const std::size_t bytes = snapshots.published("shelters")->memory_bytes();
    for (std::int64_t edition = 1; edition <= 150; ++edition) {
        layer.draft({shelter(static_cast<int>(edition * 13 % Layer::features), edition)});
        layer.publish();
        CHECK(snapshots.refresh());
    }
    const auto newest = snapshots.published("shelters");
    CHECK(newest->description().revision == 151);
    CHECK(newest->size() == Layer::features);
    CHECK(newest->parts().size() <= tiles::max_parts_per_snapshot);
    CHECK(newest->memory_bytes() < bytes * 5 / 4);
    CHECK(snapshots.statistics().old_revisions <= server::max_old_snapshots);
    // Old ones share with it what did not change: far from a copy each.
    CHECK(snapshots.statistics().old_revision_bytes < bytes * 8);
}

TEST_CASE("a draft is read once for all who look at it, and again only when it has changed") {
    Layer layer;
    Snapshots snapshots(*layer.store);
    const auto published = snapshots.published("shelters");
    // Without a draft: what is published, without a copy.
    CHECK(snapshots.draft("shelters")->snapshot->parts()[0].part == published->parts()[0].part);
    CHECK(snapshots.draft_difference("shelters")->snapshot->size() == 0);
    CHECK_FALSE(snapshots.draft("no_such_layer"));

    layer.draft({shelter(1, 7)});
    const auto first = snapshots.draft("shelters");
    CHECK(first->snapshot->find("s1")->properties.number("edition") == 7);
    CHECK(first->snapshot->parts()[0].part == published->parts()[0].part); // the large part is shared
    CHECK(snapshots.draft("shelters")->snapshot == first->snapshot);
    CHECK(snapshots.draft_difference("shelters")->snapshot->size() == 1);
    layer.draft({shelter(2, 8)});
    const auto second = snapshots.draft("shelters");
    CHECK(second->snapshot != first->snapshot);
    CHECK(second->snapshot->find("s2")->properties.number("edition") == 8);
    CHECK(snapshots.draft_difference("shelters")->snapshot->size() == 2);

    layer.publish();
    snapshots.refresh();
    CHECK(snapshots.draft("shelters")->snapshot->find("s2")->properties.number("edition") == 8);
    CHECK(snapshots.draft("shelters")->snapshot->description().revision == 2);
    CHECK(snapshots.draft_difference("shelters")->snapshot->size() == 0);
}

TEST_CASE("the draft of a layer that was never published stands alone") {
    Layer layer;
    data::LayerSpec spec;
    spec.id = "works";
    layer.store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "hanako", some_time_us); });
    Snapshots snapshots(*layer.store);
    CHECK(snapshots.draft("works")->snapshot->size() == 0);
    const auto writer = layer.store->write_draft("works", data::Store::DraftMode::merge, "hanako");
    writer->put(shelter(1, 1));
    writer->commit();
    CHECK(snapshots.draft("works")->snapshot->size() == 1);
    CHECK(snapshots.draft_difference("works")->snapshot->size() == 1);
    CHECK(snapshots.published("works") == nullptr);
}

TEST_CASE("a publish is told with what it changed, once, and none of what was there at the start") {
    Layer layer;
    Snapshots snapshots(*layer.store);
    std::vector<server::Publication> told;
    snapshots.on_publish([&](server::Publication &&made) { told.push_back(std::move(made)); });
    snapshots.refresh();
    CHECK(told.empty());
    layer.draft({shelter(1, 7)});
    layer.publish();
    snapshots.refresh();
    snapshots.refresh();
    REQUIRE(told.size() == 1);
    CHECK(told[0].before == 1);
    CHECK(told[0].revision == 2);
    CHECK(told[0].changed_ids == std::vector<std::string>{"s1"});
    CHECK(told[0].snapshot == snapshots.published("shelters"));
    layer.store->write([](data::WriteTransaction &books) { (void)books.rollback("shelters", 1, "hanako", "", some_time_us); });
    snapshots.refresh();
    REQUIRE(told.size() == 2);
    CHECK(told[1].changed_ids == std::vector<std::string>{"s1"});
}
