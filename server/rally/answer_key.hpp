#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::rally {

/// What somebody means by an answer, however it was typed: NFKC (full-width letters, half-width kana), lower case, katakana as hiragana, without
/// blanks, punctuation and marks of formatting. The mark of a long vowel stays: ビル and ビール are two words. Empty for what says nothing, and for
/// text that is not UTF-8.
[[nodiscard]] std::string answer_key(std::string_view text);

[[nodiscard]] bool is_right_answer(std::string_view given, const std::vector<std::string> &answers);

} // namespace keyaki::server::rally
