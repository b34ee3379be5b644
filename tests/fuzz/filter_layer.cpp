#include "tests/fuzz/filter_layer.hpp"

#include "geo/error.hpp"
#include "server/filter/selection.hpp"
#include "server/filter/sorting.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

namespace keyaki::test {

using namespace server::filter;

namespace {

const tiles::LayerSnapshot &layer() {
    static const auto built = [] {
        tiles::LayerSnapshot::Builder builder({"layer", 1, 0, 14, "", "", ""});
        for (int number = 0; number < 70; ++number) { // more than one block of 64
            const double step = number;
            geo::Feature feature{"f" + std::to_string(number), geo::Geometry::point({139.0 + step / 100, 35.0 + step / 100}), {}};
            if (number % 3 == 1) {
                feature.geometry = geo::Geometry::line_string({{139, 35}, {139.0 + step / 50, 35.5}});
            } else if (number % 3 == 2) {
                feature.geometry = geo::Geometry::polygon({{{139, 35}, {139.0 + step / 50, 35}, {139.0 + step / 50, 36}, {139, 35}}});
            }
            if (number % 4 != 0) {
                feature.properties.append("n", std::int64_t{number - 30});
                feature.properties.append("m", step / 7);
                feature.properties.append("t", std::string(number % 5 == 0 ? "清瀬" : "Straße ") + std::to_string(number));
                feature.properties.append("at", std::string(number % 2 == 0 ? "2026-04-01" : "2026-04-01T00:00:00Z"));
                feature.properties.append("open", number % 2 == 0);
                feature.properties.append("mixed", number % 2 == 0 ? geo::Value(true) : geo::Value(std::string("7")));
            }
            builder.add(feature);
        }
        return builder.finish();
    }();
    return *built;
}

Selection selected(const Expression &expression) {
    static const Queryables queryables = queryables_of(layer());
    return select(layer(), bind(expression, queryables, crs84()));
}

} // namespace

void try_filter(const std::function<Expression()> &parse) {
    try {
        const Expression expression = parse();
        KEYAKI_FUZZ_REQUIRE(expression == expression);
        const Selection selection = selected(expression);
        KEYAKI_FUZZ_REQUIRE(selection.matched <= layer().size());
        KEYAKI_FUZZ_REQUIRE(sorted_page(layer(), selection, {}, {}, layer().size()).features.size() == selection.matched);
        ExpressionBuilder builder;
        const Selection opposite = selected(builder.operation(Operator::negation, {expression}, "here"));
        for (std::uint32_t index = 0; index < layer().size(); ++index) {
            KEYAKI_FUZZ_REQUIRE(!(selection.has(0, index) && opposite.has(0, index)));
        }
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(error.kind() == geo::ErrorKind::invalid_input && *error.what() != '\0'); // 400 with a sentence
    }
}

} // namespace keyaki::test
