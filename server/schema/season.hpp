#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::schema {

/// A part of every year in thirds of months, as growers and guides write it: 0 is 1月上旬 (the first ten days of January), 35 is 12月下旬. A range
/// whose end comes before its beginning goes over the new year: "11月〜2月".
struct SeasonRange {
    std::uint8_t first_third = 0;
    std::uint8_t last_third = 35;

    friend bool operator==(const SeasonRange &, const SeasonRange &) = default;
};

struct Season {
    std::vector<SeasonRange> ranges;
    /// The spelling that is stored: what was written, with ASCII digits, "〜" (U+301C) within a range and "、" between ranges.
    std::string text;
};

/// "6月上旬〜7月", "3月〜5月、10月", "通年" (all year). Full-width digits, the many dashes of Japanese keyboards and blanks are understood; a month
/// without 上旬, 中旬 or 下旬 is the whole month. Nothing where the text is something else, or holds more than twelve ranges.
[[nodiscard]] std::optional<Season> parse_season(std::string_view text);

} // namespace keyaki::server::schema
