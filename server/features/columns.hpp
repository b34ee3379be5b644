#pragma once

#include "server/datetime.hpp"
#include "tiles/layer_snapshot.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the features of a layer hold: the one place that schemas, queryables, the API's description and `datetime` ask.
namespace keyaki::server {

/// As the values are today: `date` and `date_time` where every value is one (RFC 3339), `text` where kinds are mixed.
enum class ColumnType : std::uint8_t { text, whole, real, boolean, date, date_time };

struct Column {
    std::string name;
    ColumnType type = ColumnType::text;

    [[nodiscard]] bool is_temporal() const noexcept { return type == ColumnType::date || type == ColumnType::date_time; }
    friend bool operator==(const Column &, const Column &) = default;
};

struct LayerColumns {
    std::vector<Column> columns;               ///< in the order in which the features with the first ids have them
    std::vector<geo::GeometryType> geometries; ///< types that occur, each once
    std::optional<TimeSpan> extent;            ///< of all values of the temporal columns; nothing where there is none

    [[nodiscard]] const Column *find(std::string_view name) const noexcept;
    [[nodiscard]] bool has_time() const noexcept { return extent.has_value(); }
};

/// The column's type as a JSON Schema: {"type": "string", "format": "date"}.
[[nodiscard]] nlohmann::ordered_json schema_of_column(const Column &column);

/// Looks at every feature: some 50 ms for a million.
[[nodiscard]] LayerColumns survey_columns(const tiles::LayerSnapshot &snapshot);

/// Whether a feature has, in one of the temporal columns, a time within the span; a feature without any time does.
[[nodiscard]] bool is_within(const tiles::FeatureRef &feature, const LayerColumns &columns, const TimeSpan &span);

/// Columns of the snapshots that were asked for, worked out once each. Any thread.
class ColumnsOfLayers {
  public:
    [[nodiscard]] std::shared_ptr<const LayerColumns> of(const std::shared_ptr<const tiles::LayerSnapshot> &snapshot);

  private:
    struct Known {
        std::weak_ptr<const tiles::LayerSnapshot> snapshot; ///< another one may have come to live at the same address
        std::shared_ptr<const LayerColumns> columns;
    };
    std::mutex m_mutex;
    std::map<const tiles::LayerSnapshot *, Known> m_known; ///< guarded by m_mutex; those of snapshots that are gone go at the next new one
};

} // namespace keyaki::server
