#pragma once

#include "geo/geometry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keyaki::geo {

/// A property's value. Dates and times travel as RFC 3339 text; std::monostate is JSON's null.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// Names and values in the source's order; names are unique, UTF-8, not empty.
class Properties {
  public:
    using Entry = std::pair<std::string, Value>;

    /// Sets or replaces. Linear: a feature has tens of properties, not thousands (limits.hpp).
    void set(std::string_view name, Value value);
    /// Appends without looking for the name. \pre the name is not there yet
    void append(std::string name, Value value) { m_entries.emplace_back(std::move(name), std::move(value)); }
    [[nodiscard]] const Value *find(std::string_view name) const noexcept;
    /// The value as a number, whichever of the two kinds of number it is; nothing where there is none of that name or it is something else.
    [[nodiscard]] std::optional<double> number(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return m_entries.size(); }
    [[nodiscard]] auto begin() const noexcept { return m_entries.begin(); }
    [[nodiscard]] auto end() const noexcept { return m_entries.end(); }

    friend bool operator==(const Properties &, const Properties &) = default;

  private:
    std::vector<Entry> m_entries;
};

/// The one currency between the rooms of the house: importers emit it, data keeps it, tiles draw it.
struct Feature {
    std::string id; ///< the source's id or key column as text; empty until somebody gives one
    Geometry geometry;
    Properties properties;

    friend bool operator==(const Feature &, const Feature &) = default;
};

} // namespace keyaki::geo
