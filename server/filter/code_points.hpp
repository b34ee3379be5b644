#pragma once

#include <cstddef>
#include <string_view>

namespace keyaki::server::filter {

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 1;
};

/// The character whose first byte stands at `at`. A byte that begins none is U+FFFD, one byte long. \pre at < text.size()
[[nodiscard]] inline CodePoint code_point_at(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
    const auto tail = [&](std::size_t offset) { return static_cast<char32_t>(byte(offset) & 0x3FU); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t bytes = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
    if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) {
        return {0xFFFD, 1};
    }
    for (std::size_t offset = 1; offset < bytes; ++offset) {
        if ((byte(offset) & 0xC0U) != 0x80U) {
            return {0xFFFD, 1};
        }
    }
    switch (bytes) {
    case 2: return {(first & 0x1FU) << 6U | tail(1), 2};
    case 3: return {(first & 0x0FU) << 12U | tail(1) << 6U | tail(2), 3};
    default: return {(first & 0x07U) << 18U | tail(1) << 12U | tail(2) << 6U | tail(3), 4};
    }
}

/// Characters of a text, as code_point_at cuts it.
[[nodiscard]] inline std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).bytes) {
        ++count;
    }
    return count;
}

} // namespace keyaki::server::filter
