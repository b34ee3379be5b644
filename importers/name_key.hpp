#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::importers {

/// Unicode's compatibility form (NFKC): full-width letters and digits as half-width, half-width kana as full-width, ㈱ as (株). What is not UTF-8
/// comes back as it is.
[[nodiscard]] std::string compatible_form(std::string_view text);

/// A name brought down to what people mean by it, so that two lists agree on it: NFKC, lower case, without blanks and punctuation, 第一 as 第1 and
/// 三丁目 as 3丁目, ケ for the ヶ, が and ガ between two kanji, and without a leading "清瀬市立" or its like. Empty for a name that says nothing.
[[nodiscard]] std::string name_key(std::string_view name);

} // namespace keyaki::importers
