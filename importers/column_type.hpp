#pragma once

#include "geo/feature.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::importers {

enum class ColumnType : std::uint8_t { empty, integer, number, boolean, text };

[[nodiscard]] std::string_view column_type_name(ColumnType type) noexcept;

/// The narrowest type that every cell of a column fits. Codes with leading zeros ("0131016") and numbers with a plus sign or more digits than
/// a 64-bit integer or a double keeps are text: as numbers they would come back changed.
class TypeInference {
  public:
    void see(std::string_view cell);
    [[nodiscard]] ColumnType type() const noexcept { return m_type; }
    /// Cells such as 5.22001E+12: what a spreadsheet leaves of a long code.
    [[nodiscard]] std::uint64_t looks_rounded() const noexcept { return m_looks_rounded; }
    [[nodiscard]] const std::string &rounded_example() const noexcept { return m_rounded_example; }

  private:
    ColumnType m_type = ColumnType::empty;
    std::uint64_t m_looks_rounded = 0;
    std::string m_rounded_example;
};

/// The cell as a value of that type; an empty cell is null. \pre every cell of the column went through TypeInference
[[nodiscard]] geo::Value typed_value(std::string_view cell, ColumnType type);

} // namespace keyaki::importers
