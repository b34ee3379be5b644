#include "server/filter/sorting.hpp"

#include "server/filter/text_parser.hpp"
#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <random>

using namespace keyaki;
using namespace keyaki::server::filter;
using keyaki::test::sentence_of;

namespace {

std::string sorted(const tiles::LayerSnapshot &layer, std::string_view sortby, std::size_t page_size = 1000) {
    const auto keys = parse_sortby(sortby, queryables_of(layer));
    const Selection selection = select_all(layer);
    std::string ids;
    std::optional<SortPlace> after;
    while (true) {
        const SortedPage page = sorted_page(layer, selection, keys, after, page_size);
        for (const tiles::FeatureRef &feature : page.features) {
            ids += (ids.empty() ? "" : " ") + std::string(feature.id());
        }
        if (!page.has_more) {
            return ids;
        }
        REQUIRE(page.features.size() == page_size);
        after = place_of(layer, keys, page.features.back().id());
    }
}

} // namespace

TEST_CASE("features are sorted by truth values, numbers and texts, and without a value they come last either way") {
    const auto layer = test::shelters();
    CHECK(sorted(*layer, "capacity") == "d c b g a f e h");
    CHECK(sorted(*layer, "-capacity") == "f a g b c d e h");
    CHECK(sorted(*layer, "+capacity") == "d c b g a f e h");
    CHECK(sorted(*layer, " capacity") == "d c b g a f e h"); // a + that a form has made a blank
    CHECK(sorted(*layer, "code") == "g e f a b c d h");
    CHECK(sorted(*layer, "open,-capacity") == "b a c f g d e h");
    CHECK(sorted(*layer, "-id") == "h g f e d c b a");
    CHECK(sorted(*layer, "name") == "e f g b c a d h");
}

TEST_CASE("pages of a sorted layer together are the layer, each feature once") {
    std::mt19937_64 random(3);
    std::vector<geo::Feature> features;
    for (int number = 0; number < 200; ++number) {
        geo::Feature feature = test::place(fmt::format("{}", random()), {139.5, 35.7});
        const auto kind = random() % 5;
        if (kind < 3) {
            feature.properties.append("a", static_cast<std::int64_t>(random() % 7));
        } else if (kind == 3) {
            feature.properties.append("a", std::string("text"));
        }
        feature.properties.append("b", 0.5 * static_cast<double>(random() % 4));
        features.push_back(std::move(feature));
    }
    auto layer = test::layer_of({features.begin(), features.begin() + 120});
    layer =
        layer->with_changes(layer->description(), std::vector<std::string>{features[0].id, features[7].id}, {features.begin() + 120, features.end()});
    for (const char *sortby : {"a", "-a", "a,-b", "-b,a", "b,-id"}) {
        const std::string whole = sorted(*layer, sortby);
        CHECK(std::count(whole.begin(), whole.end(), ' ') == 197);
        for (const std::size_t size : {1U, 7U, 100U, 198U}) {
            INFO(sortby << " by " << size);
            CHECK(sorted(*layer, sortby, size) == whole);
        }
    }
}

TEST_CASE("pages without keys go along the ids, over all parts, whether many or few are selected") {
    std::vector<geo::Feature> features;
    for (int number = 0; number < 600; ++number) {
        features.push_back(test::place(fmt::format("{}", number * 7919 % 1000), {139.5, 35.7}, {{"n", std::int64_t{number}}}));
    }
    auto layer = test::layer_of({features.begin(), features.begin() + 500});
    layer = layer->with_changes(layer->description(), std::vector<std::string>{features[3].id}, {features.begin() + 500, features.end()});
    for (const char *filter : {"TRUE", "n % 2 = 0", "n < 3", "n = 599"}) {
        const Selection selection = select(*layer, bind(parse_text(filter), queryables_of(*layer), crs84()));
        std::vector<std::string> ids;
        std::optional<SortPlace> after;
        for (bool has_more = true; has_more;) {
            const SortedPage page = sorted_page(*layer, selection, {}, after, 4);
            for (const tiles::FeatureRef &feature : page.features) {
                ids.emplace_back(feature.id());
            }
            has_more = page.has_more;
            after = place_of(*layer, {}, page.features.back().id());
        }
        INFO(filter);
        CHECK(ids.size() == selection.matched);
        CHECK(std::is_sorted(ids.begin(), ids.end()));
        CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    }
}

TEST_CASE("sortby refuses names that it cannot sort by") {
    const Queryables queryables = queryables_of(*test::shelters());
    const auto said = [&](std::string_view text) { return sentence_of([&] { (void)parse_sortby(text, queryables); }); };
    CHECK(said("size") == "sortby: expected a property that the layer has (see its queryables), found \"size\"");
    CHECK(said("") == "sortby: expected a property that the layer has (see its queryables), found \"\"");
    CHECK(said("name,") == "sortby: expected a property that the layer has (see its queryables), found \"\"");
    CHECK(said("--name") == "sortby: expected a property that the layer has (see its queryables), found \"-name\"");
    CHECK(said("geometry") == "sortby: expected a property that has an order, found the geometry \"geometry\"");
    CHECK(said("name,-name") == "sortby: expected each name once, found \"name\" twice");
}

TEST_CASE("a page of none selected is empty and has no more behind it") {
    const auto layer = test::shelters();
    const Selection none = select(*layer, bind(parse_text("FALSE"), queryables_of(*layer), crs84()));
    CHECK(none.matched == 0);
    const SortedPage page = sorted_page(*layer, none, {}, {}, 10);
    CHECK(page.features.empty());
    CHECK_FALSE(page.has_more);
}
