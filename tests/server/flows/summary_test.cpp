#include "server/flows/summary.hpp"

#include "server/limits.hpp"
#include "tiles/layer_snapshot.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace keyaki;

namespace {

/// Points whose property `kind` has these texts.
std::shared_ptr<const tiles::LayerSnapshot> points_of(const std::vector<std::string> &kinds) {
    tiles::SnapshotDescription description;
    description.layer = "trees";
    tiles::LayerSnapshot::Builder builder(description);
    int number = 0;
    for (const std::string &kind : kinds) {
        geo::Feature feature{std::to_string(++number), geo::Geometry::point({139.52, 35.78}), {}};
        feature.properties.set("kind", kind);
        builder.add(feature);
    }
    return builder.finish();
}

} // namespace

TEST_CASE("totals are grouped by names of kinds, and not by texts that would fill the memory") {
    const auto kinds = server::summarise(*points_of({"oak", "zelkova", "oak"}), "kind");
    CHECK_FALSE(kinds.has_too_many_groups);
    CHECK(kinds.all.count == 3);
    CHECK(kinds.groups.at("\"oak\"").count == 2);
    std::vector<std::string> texts;
    for (char letter = 'a'; letter <= 'e'; ++letter) {
        texts.emplace_back(server::max_summary_group_bytes / 4, letter);
    }
    const auto long_texts = server::summarise(*points_of(texts), "kind");
    CHECK(long_texts.has_too_many_groups);
    CHECK(long_texts.groups.empty());
    CHECK(long_texts.all.count == 5);
}
