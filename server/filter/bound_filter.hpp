#pragma once

#include "geo/lon_lat.hpp"
#include "geo/relation.hpp"
#include "server/filter/expression.hpp"
#include "server/filter/like.hpp"
#include "server/filter/queryables.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace keyaki::server::filter {

/// The constants of an IN list, to be found at once however many there are.
struct InList {
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_set<std::string, TextHash, std::equal_to<>> texts;
    std::unordered_set<std::int64_t> whole_numbers; ///< also those that were written with a fraction of zero
    std::unordered_set<double> other_numbers;
    bool has_true = false;
    bool has_false = false;
};

/// A literal geometry on lon/lat: one geometry for each dimension that it has (a collection may have three), each valid.
struct BoundGeometry {
    std::vector<geo::Geometry> members;
    std::vector<geo::LonLatBox> bounds; ///< of the whole; two where it crosses the antimeridian
};

/// What a node's value is, as far as that is known before any feature is looked at.
enum class Kind : std::uint8_t { truth, number, text, instant, interval, geometry, any };

/// A node of an expression whose names are columns and whose constants are ready to use.
struct BoundNode {
    static constexpr std::uint32_t none = UINT32_MAX;

    Operator op = Operator::literal;
    Kind kind = Kind::any;
    Literal literal;
    std::uint32_t column = none; ///< of a property, in BoundFilter::columns
    bool is_time = false;        ///< a property whose texts are dates or timestamps
    std::vector<BoundNode> operands;
    std::shared_ptr<const InList> list;            ///< of IN: its constants; the other members are operands behind the value
    std::shared_ptr<const LikePattern> pattern;    ///< of LIKE
    std::shared_ptr<const BoundGeometry> geometry; ///< of a spatial function: the literal, the feature standing left
    geo::Relation relation = geo::Relation::intersects;

    bool is_constant = false;         ///< nothing below looks at a feature
    bool looks_at_geometry = false;   ///< something below does
    std::uint32_t only_column = none; ///< the one column that is looked at below, where it is one alone and no geometry
    std::uint32_t number = 0;         ///< of the node in its filter, from 0: what an evaluation keeps for it
};

/// A filter that fits a layer. A value; only read once built, by any number of threads.
struct BoundFilter {
    BoundNode root;
    std::vector<Queryable> columns;
    std::uint32_t node_count = 0;
};

/// How the coordinates of a filter become lon/lat: `filter-crs`.
struct FilterCrs {
    /// From the two numbers as they were written (in the CRS's own order of axes); throws Error invalid_input for what the CRS does not reach.
    std::function<geo::LonLat(double, double)> to_lon_lat;
    bool is_plane = false; ///< metres: a box of it has curved edges in lon/lat
};
/// CRS84, the default of filter-crs.
[[nodiscard]] FilterCrs crs84();

/// Finds names, checks kinds and works out what is constant. Throws Error invalid_input with the place for an unknown name, for kinds that do not
/// fit, for a geometry that is not valid and for a filter whose value is no truth.
[[nodiscard]] BoundFilter bind(const Expression &expression, const Queryables &queryables, const FilterCrs &crs);

/// Boxes outside of which no feature can be selected; nothing where the filter gives none.
[[nodiscard]] std::optional<std::vector<geo::LonLatBox>> index_hint(const BoundNode &node);

/// A literal as bind() makes it of one. Throws Error invalid_input with the place.
[[nodiscard]] std::shared_ptr<const BoundGeometry> bind_geometry(const SpatialLiteral &literal, const FilterCrs &crs, const std::string &place);

} // namespace keyaki::server::filter
