#pragma once

#include <span>
#include <string_view>

namespace keyaki::data {

/// One file of data/sql/, embedded at build. What was released is never edited; a change of the schema is a new number.
struct Migration {
    int number = 0; ///< gapless from 1
    std::string_view name;
    std::string_view sql;
};

/// All of them, by number.
[[nodiscard]] std::span<const Migration> migrations() noexcept;

} // namespace keyaki::data
