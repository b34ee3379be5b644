#pragma once

#include "server/filter/expression.hpp"
#include "server/filter/queryables.hpp"
#include "server/filter/selection.hpp"
#include "tiles/layer_snapshot.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::filter {

/// One name of sortby.
struct SortKey {
    Queryable column;
    bool is_descending = false;

    friend bool operator==(const SortKey &, const SortKey &) = default;
};

/// "name,-built": names parted by commas, each with + or - before it or nothing (a + may arrive as a blank). Throws Error invalid_input for a name
/// that the layer does not have, for the geometry, for a name twice and for more than limits.hpp allows.
[[nodiscard]] std::vector<SortKey> parse_sortby(std::string_view text, const Queryables &queryables);

/// Where the last page ended: the last feature's values of the sort keys (null where it has none) and its id.
struct SortPlace {
    std::vector<Literal> values;
    std::string id;

    friend bool operator==(const SortPlace &, const SortPlace &) = default;
};

struct SortedPage {
    std::vector<tiles::FeatureRef> features; ///< valid as long as the snapshot
    bool has_more = false;
};

/// At most `limit` of the selected features behind `after`, in the order of the keys and, where those are the same, of the id (byte order), which is
/// the order without keys. Truth values come before numbers before texts, texts by code point; a feature without a value comes last either way.
/// Needs memory for one page, however many are selected.
[[nodiscard]] SortedPage sorted_page(const tiles::LayerSnapshot &snapshot, const Selection &selection, const std::vector<SortKey> &keys,
                                     const std::optional<SortPlace> &after, std::size_t limit);

/// The place of the feature with this id; nothing where the snapshot has none.
[[nodiscard]] std::optional<SortPlace> place_of(const tiles::LayerSnapshot &snapshot, const std::vector<SortKey> &keys, std::string_view id);

} // namespace keyaki::server::filter
