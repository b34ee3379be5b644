#pragma once

#include "geo/feature.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Texts that stand for values, as schemas know them (validate.hpp).
namespace keyaki::server::schema {

/// At most 40 bytes, cut between two characters, with "…" where something was cut.
[[nodiscard]] std::string shortened(std::string_view text);
/// A text as it is; a number or truth as its text; empty for null.
[[nodiscard]] std::string shown_plainly(const geo::Value &value);
/// Unicode code points. \pre is_utf8(text)
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

/// The number as an integer where it is one.
[[nodiscard]] std::optional<std::int64_t> as_whole(double number) noexcept;
/// "1,200", "１２００" and " 1200 " are understood; the whole text must be the number.
[[nodiscard]] std::optional<std::int64_t> read_whole(std::string_view text);
[[nodiscard]] std::optional<double> read_number(std::string_view text);
/// true, 1, yes, 有, 有り, あり, はい, ○, 〇, ◯ and their opposites.
[[nodiscard]] std::optional<bool> read_truth(std::string_view text);
/// "2026-04-01" of the Gregorian calendar, years 1 to 9999. Loose: also "2026/4/1" and "2026年4月1日", brought into that form.
[[nodiscard]] std::optional<std::string> read_date(std::string_view text, bool loose);
/// The season in its one spelling.
[[nodiscard]] std::optional<std::string> read_season(std::string_view text);
/// http or https with a host, without blanks and controls, at most 2,048 bytes: what a browser opens and nothing that runs.
[[nodiscard]] bool is_web_address(std::string_view text) noexcept;

} // namespace keyaki::server::schema
