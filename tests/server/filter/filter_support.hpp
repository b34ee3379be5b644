#pragma once

#include "geo/error.hpp"
#include "geo/feature.hpp"
#include "server/filter/bound_filter.hpp"
#include "server/filter/expression.hpp"
#include "tiles/layer_snapshot.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

[[nodiscard]] std::shared_ptr<const tiles::LayerSnapshot> layer_of(const std::vector<geo::Feature> &features);

/// A point with properties.
[[nodiscard]] geo::Feature place(std::string id, geo::LonLat at, std::vector<geo::Properties::Entry> properties = {});

/// Ids that the filter (CQL2 text) selects, ascending, parted by blanks: "a b".
[[nodiscard]] std::string selected(const tiles::LayerSnapshot &layer, std::string_view filter);

/// What the error says that the call throws; empty where it throws none.
template <typename Call>
[[nodiscard]] std::string sentence_of(Call &&call) {
    try {
        call();
        return {};
    } catch (const geo::Error &error) {
        return error.kind() == geo::ErrorKind::invalid_input ? error.what() : std::string("not invalid_input: ") + error.what();
    }
}

/// Eight shelters of a made-up city with every kind of value, and some without.
[[nodiscard]] std::shared_ptr<const tiles::LayerSnapshot> shelters();

} // namespace keyaki::test
