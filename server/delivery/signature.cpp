#include "server/delivery/signature.hpp"

#include "geo/error.hpp"
#include "server/base64.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <span>
#include <vector>

namespace keyaki::server::delivery {

namespace {

struct FreeKey {
    void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

void require(bool is_done) {
    if (!is_done) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL could not sign an event");
    }
}

Key private_key(const Secret &seed) {
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    require(key != nullptr);
    return key;
}

std::string sign_ed25519(const Secret &seed, std::span<const std::uint8_t> content) {
    const Key key = private_key(seed);
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    std::array<std::uint8_t, 64> signature{};
    std::size_t length = signature.size();
    require(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
            EVP_DigestSign(context.get(), signature.data(), &length, content.data(), content.size()) == 1);
    return to_base64(signature);
}

std::string sign_hmac(const Secret &secret, std::span<const std::uint8_t> content) {
    std::array<std::uint8_t, 32> code{};
    unsigned length = 0;
    require(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), content.data(), content.size(), code.data(), &length) != nullptr);
    return to_base64(code);
}

} // namespace

std::string sign(data::Signing signing, const Secret &secret, std::string_view id, std::string_view timestamp, std::string_view body) {
    std::vector<std::uint8_t> content;
    content.reserve(id.size() + timestamp.size() + body.size() + 2);
    for (const std::string_view part : {id, std::string_view("."), timestamp, std::string_view("."), body}) {
        content.insert(content.end(), part.begin(), part.end());
    }
    return signing == data::Signing::ed25519 ? "v1a," + sign_ed25519(secret, content) : "v1," + sign_hmac(secret, content);
}

std::string receiver_key(data::Signing signing, const Secret &secret) {
    if (signing == data::Signing::hmac) {
        return "whsec_" + to_base64(secret);
    }
    std::array<std::uint8_t, 32> public_key{};
    std::size_t length = public_key.size();
    require(EVP_PKEY_get_raw_public_key(private_key(secret).get(), public_key.data(), &length) == 1);
    return "whpk_" + to_base64(public_key);
}

} // namespace keyaki::server::delivery
