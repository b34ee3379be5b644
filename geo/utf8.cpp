#include "geo/utf8.hpp"

#include <array>
#include <cstddef>

namespace keyaki::geo {

namespace {

/// Bytes of the well-formed character at the front; 0 where there is none. \pre text is not empty
std::size_t character_bytes(std::string_view text) noexcept {
    struct Lead {
        unsigned char from, to, second_from, second_to;
        std::size_t bytes;
    };
    static constexpr std::array<Lead, 9> leads{{
        {0x00, 0x7F, 0, 0, 1},
        {0xC2, 0xDF, 0x80, 0xBF, 2},
        {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3},
        {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4},
        {0xF4, 0xF4, 0x80, 0x8F, 4},
    }};
    const auto byte = [&](std::size_t place) { return static_cast<unsigned char>(text[place]); };
    for (const Lead &lead : leads) {
        if (byte(0) < lead.from || byte(0) > lead.to) {
            continue;
        }
        if (text.size() < lead.bytes || (lead.bytes > 1 && (byte(1) < lead.second_from || byte(1) > lead.second_to))) {
            return 0;
        }
        for (std::size_t place = 2; place < lead.bytes; ++place) {
            if ((byte(place) & 0xC0U) != 0x80U) {
                return 0;
            }
        }
        return lead.bytes;
    }
    return 0;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t bytes = character_bytes(text);
        if (bytes == 0) {
            return false;
        }
        text.remove_prefix(bytes);
    }
    return true;
}

std::string as_utf8(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t bytes = character_bytes(text);
        result += bytes == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, bytes);
        text.remove_prefix(bytes == 0 ? 1 : bytes);
    }
    return result;
}

} // namespace keyaki::geo
