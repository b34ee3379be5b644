#pragma once

#include "data/database.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Columns of a row that are more than one value of SQLite. Inside the caller's transaction; the caller's connection decides the thread.
namespace keyaki::data {

/// Nothing for NULL.
[[nodiscard]] inline std::optional<std::int64_t> optional_of(const Statement &row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.column_int64(column));
}

[[nodiscard]] inline std::optional<double> optional_real_of(const Statement &row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.column_double(column));
}

/// A hash, key or secret of a fixed size. Error corrupt ("<what> must have 32 bytes, but has 31") for another.
template <std::size_t N>
[[nodiscard]] std::array<std::uint8_t, N> bytes_of(const Statement &row, int column, std::string_view what) {
    const auto found = row.column_blob(column);
    if (found.size() != N) {
        throw geo::Error(geo::ErrorKind::corrupt,
                         std::string(what) + " must have " + std::to_string(N) + " bytes, but has " + std::to_string(found.size()));
    }
    std::array<std::uint8_t, N> bytes{};
    std::copy(found.begin(), found.end(), bytes.begin());
    return bytes;
}

} // namespace keyaki::data
