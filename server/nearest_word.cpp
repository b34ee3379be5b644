#include "server/nearest_word.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <vector>

namespace keyaki::server {

namespace {

std::size_t letters_apart(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

} // namespace

std::string_view nearest_word(std::string_view written, std::span<const std::string_view> choices) {
    assert(!choices.empty());
    return *std::min_element(choices.begin(), choices.end(),
                             [written](std::string_view a, std::string_view b) { return letters_apart(written, a) < letters_apart(written, b); });
}

} // namespace keyaki::server
