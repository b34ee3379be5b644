#include "server/packs/base64.hpp"

#include <cstdint>

namespace keyaki::server::packs {

std::string to_base64(std::string_view bytes) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t three = 0;
        for (std::size_t next = at; next < at + 3; ++next) {
            three = three << 8U | (next < bytes.size() ? static_cast<unsigned char>(bytes[next]) : 0U);
        }
        for (unsigned letter = 0; letter < 4; ++letter) {
            text += at + letter <= bytes.size() ? letters[three >> (18U - 6U * letter) & 63U] : '=';
        }
    }
    return text;
}

} // namespace keyaki::server::packs
