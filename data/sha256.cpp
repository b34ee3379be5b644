#include "data/sha256.hpp"

#include "geo/error.hpp"

#include <memory>
#include <openssl/evp.h>

namespace keyaki::data {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
};
struct FreeDigest {
    void operator()(EVP_MD *digest) const { EVP_MD_free(digest); }
};

/// Fetched once: OpenSSL 3 looks an algorithm up by name at each use otherwise, which costs more than hashing an entry.
const EVP_MD *digest() {
    static const std::unique_ptr<EVP_MD, FreeDigest> fetched(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return fetched.get();
}

} // namespace

Hash sha256(std::string_view first, std::string_view second) {
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    Hash hash{};
    unsigned int size = 0;
    if (context == nullptr || digest() == nullptr || EVP_DigestInit_ex2(context.get(), digest(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), first.data(), first.size()) != 1 || EVP_DigestUpdate(context.get(), second.data(), second.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), hash.data(), &size) != 1 || size != hash.size()) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL gives no SHA-256");
    }
    return hash;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

} // namespace keyaki::data
