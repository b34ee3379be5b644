#include "server/base64.hpp"

#include <openssl/evp.h>

namespace keyaki::server {

std::string to_base64(std::span<const std::uint8_t> bytes) {
    std::basic_string<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1, 0);
    const int length = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
    return {text.begin(), text.begin() + length};
}

} // namespace keyaki::server
