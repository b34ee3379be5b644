#pragma once

#include <string>
#include <string_view>

namespace keyaki::server::filter {

/// Unicode's full default case folding (The Unicode Standard, 3.13; ICU's tables), character by character and the same in every language:
/// "Straße" and "STRASSE" become "strasse". Writes over `folded`, whose memory is used again.
void fold_case(std::string_view text, std::string &folded);

/// Without accents: canonical decomposition, non-spacing marks dropped, composed again. Japan's dakuten and handakuten stay, as 21-065r2 recommends:
/// か and が are two letters. Writes over `stripped`.
void strip_accents(std::string_view text, std::string &stripped);

} // namespace keyaki::server::filter
