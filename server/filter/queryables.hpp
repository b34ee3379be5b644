#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {
class LayerSnapshot;
}

namespace keyaki::server::filter {

enum class QueryableType : std::uint8_t {
    geometry,
    text,
    integer,
    number,
    boolean,
    date,
    timestamp,
    any, ///< features hold values of several kinds under the name, or null alone
};

/// What a filter may name of a layer's features.
struct Queryable {
    std::string name;
    QueryableType type = QueryableType::any;
    bool is_feature_id = false; ///< not a property: the feature's own id

    friend bool operator==(const Queryable &, const Queryable &) = default;
};

/// By name, ascending; a name once.
class Queryables {
  public:
    /// Sorts them; of several with one name the first stays.
    explicit Queryables(std::vector<Queryable> all);

    [[nodiscard]] const Queryable *find(std::string_view name) const noexcept;
    [[nodiscard]] const std::vector<Queryable> &all() const noexcept { return m_all; }

  private:
    std::vector<Queryable> m_all;
};

/// Names of the geometry and the feature's id. Where a layer has a property of that name, "feature_" stands before it, as in its schema.
inline constexpr std::string_view geometry_name = "geometry";
inline constexpr std::string_view id_name = "id";

/// The geometry, the id and every property that some feature of the snapshot has, typed by the values that are there.
[[nodiscard]] Queryables queryables_of(const tiles::LayerSnapshot &snapshot);

} // namespace keyaki::server::filter
