#include "tests/server/filter/filter_support.hpp"

#include "server/filter/selection.hpp"
#include "server/filter/sorting.hpp"
#include "server/filter/text_parser.hpp"

namespace keyaki::test {

using namespace server::filter;

std::shared_ptr<const tiles::LayerSnapshot> layer_of(const std::vector<geo::Feature> &features) {
    tiles::LayerSnapshot::Builder builder({"layer", 1, 0, 14, "", "", ""});
    for (const geo::Feature &feature : features) {
        builder.add(feature);
    }
    return builder.finish();
}

geo::Feature place(std::string id, geo::LonLat at, std::vector<geo::Properties::Entry> properties) {
    geo::Feature feature{std::move(id), geo::Geometry::point(at), {}};
    for (auto &[name, value] : properties) {
        feature.properties.append(std::move(name), std::move(value));
    }
    return feature;
}

std::string selected(const tiles::LayerSnapshot &layer, std::string_view filter) {
    const Selection selection = select(layer, bind(parse_text(filter), queryables_of(layer), crs84()));
    std::string ids;
    for (const tiles::FeatureRef &feature : sorted_page(layer, selection, {}, {}, layer.size()).features) {
        ids += (ids.empty() ? "" : " ") + std::string(feature.id());
    }
    return ids;
}

std::shared_ptr<const tiles::LayerSnapshot> shelters() {
    const auto whole = [](std::int64_t number) { return geo::Value(number); };
    const auto text = [](const char *words) { return geo::Value(std::string(words)); };
    return layer_of({
        place("a", {139.50, 35.78},
              {{"name", text("清瀬小学校")}, {"capacity", whole(300)}, {"open", true}, {"built", text("1974-04-01")}, {"level", 1.5}}),
        place("b", {139.51, 35.78}, {{"name", text("Kiyose Gym")}, {"capacity", whole(120)}, {"open", false}, {"built", text("1989-06-15")}}),
        place("c", {139.52, 35.78}, {{"name", text("kiyose hall")}, {"capacity", whole(0)}, {"open", true}, {"built", text("2026-01-01T00:00:00Z")}}),
        place("d", {139.53, 35.78}, {{"name", std::monostate{}}, {"capacity", whole(-5)}, {"open", std::monostate{}}, {"level", 2.0}}),
        place("e", {139.54, 35.78}, {{"name", text("")}, {"code", whole(7)}, {"built", text("unknown")}}),
        place("f", {139.55, 35.78}, {{"name", text("100% 公園_北")}, {"code", text("7")}, {"capacity", whole(9007199254740993)}}),
        place("g", {139.56, 35.78}, {{"name", text("Café Straße")}, {"code", true}, {"capacity", 120.5}}),
        place("h", {139.57, 35.78}, {}),
    });
}

} // namespace keyaki::test
