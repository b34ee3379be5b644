#include "server/rally/offline_proof.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <memory>

namespace keyaki::server::rally {

namespace {

struct FreeKey {
    void operator()(EVP_PKEY *key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX *context) const noexcept { EVP_MD_CTX_free(context); }
};

} // namespace

std::string offline_message(std::string_view ticket, std::string_view spot, std::span<const geo::Fix> fixes) {
    std::string message = fmt::format("keyaki-offline/1\n{}\n{}\n", ticket, spot);
    for (const geo::Fix &fix : fixes) {
        const std::string accuracy = fix.accuracy_m ? fmt::format("{:.2f}", *fix.accuracy_m) : std::string();
        message += fmt::format("{:.7f},{:.7f},{},{}\n", fix.position.lon_deg, fix.position.lat_deg, accuracy, fix.taken_at_ms);
    }
    return message;
}

bool is_signed_by(const std::array<std::uint8_t, 32> &public_key, std::string_view message, const std::array<std::uint8_t, 64> &signature) {
    const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
    if (!key) {
        return false;
    }
    const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL began no Ed25519 verification");
    }
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), reinterpret_cast<const unsigned char *>(message.data()),
                            message.size()) == 1;
}

} // namespace keyaki::server::rally
