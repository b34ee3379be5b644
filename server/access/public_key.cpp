#include "server/access/public_key.hpp"

#include "geo/error.hpp"
#include "server/access/base64url.hpp"
#include "server/access/limits.hpp"
#include "server/access/strict_json.hpp"
#include "server/bytes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <vector>

namespace keyaki::server::access {

namespace {

using nlohmann::json;

template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T *handle) const {
        Free(handle);
    }
};
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

/// What OpenSSL puts down about a failure would wait in this thread for whoever looks next.
struct ErrorsOfThisCall {
    ErrorsOfThisCall() = default;
    ~ErrorsOfThisCall() { ERR_clear_error(); }
    ErrorsOfThisCall(const ErrorsOfThisCall &) = delete;
    ErrorsOfThisCall &operator=(const ErrorsOfThisCall &) = delete;
};

Number number_of(std::string_view bytes) { return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)); }

/// The bytes at a member; empty where it is missing or no base64url.
std::string bytes_at(const json &jwk, const char *member) { return decode_base64url(text_at(jwk, member)).value_or(std::string()); }

Key key_from(const char *kind, OSSL_PARAM_BLD *builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    EVP_PKEY *made = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        return nullptr;
    }
    return Key(made);
}

struct Made {
    Key key;
    std::string fault; ///< why there is none
};

Made make_rsa(const json &jwk) {
    const std::string modulus_bytes = bytes_at(jwk, "n");
    const std::string exponent_bytes = bytes_at(jwk, "e");
    if (modulus_bytes.empty() || modulus_bytes.size() > static_cast<std::size_t>(limits::rsa_bits_max) / 8 || exponent_bytes.empty() ||
        exponent_bytes.size() > 4) {
        return {nullptr, fmt::format("has no modulus of at most {} bits with an exponent of at most 32", limits::rsa_bits_max)};
    }
    const Number modulus = number_of(modulus_bytes);
    const Number exponent = number_of(exponent_bytes);
    if (BN_num_bits(modulus.get()) < limits::rsa_bits_min || BN_is_odd(modulus.get()) == 0) {
        return {nullptr,
                fmt::format("has a modulus of {} bits, where an odd one of at least {} is needed", BN_num_bits(modulus.get()), limits::rsa_bits_min)};
    }
    if (BN_is_odd(exponent.get()) == 0 || BN_get_word(exponent.get()) < 65'537) {
        return {nullptr, "has an exponent that is not odd and at least 65537"};
    }
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
        return {nullptr, "could not be made"};
    }
    return {key_from("RSA", builder.get()), "is no RSA key"};
}

/// RFC 7518, 6.2.1.2: coordinates have the full length of the field.
constexpr std::size_t p256_bytes = 32;

Made make_p256(const json &jwk) {
    if (text_at(jwk, "crv") != "P-256") {
        return {nullptr, "is of another curve than P-256"};
    }
    const std::string x = bytes_at(jwk, "x");
    const std::string y = bytes_at(jwk, "y");
    if (x.size() != p256_bytes || y.size() != p256_bytes) {
        return {nullptr, "has no coordinates of 32 bytes"};
    }
    const std::string point = '\x04' + x + y; // uncompressed: SEC 1, 2.3.3
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
        return {nullptr, "could not be made"};
    }
    Key key = key_from("EC", builder.get());
    const KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
    if (!context || EVP_PKEY_public_check(context.get()) != 1) {
        return {nullptr, "is no point of P-256"};
    }
    return {std::move(key), {}};
}

Made make_ed25519(const json &jwk) {
    if (text_at(jwk, "crv") != "Ed25519") {
        return {nullptr, "is of another curve than Ed25519"};
    }
    const std::string x = bytes_at(jwk, "x");
    if (x.size() != 32) {
        return {nullptr, "has no x of 32 bytes"};
    }
    return {Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size())), "is no Ed25519 key"};
}

/// r and s side by side (RFC 7518, 3.4) as the DER that OpenSSL reads; empty for what cannot be both.
std::vector<unsigned char> der_signature(std::string_view signature) {
    if (signature.size() != 2 * p256_bytes) {
        return {};
    }
    Number r = number_of(signature.substr(0, p256_bytes));
    Number s = number_of(signature.substr(p256_bytes));
    const EcSignature made(ECDSA_SIG_new());
    if (!made || !r || !s || ECDSA_SIG_set0(made.get(), r.get(), s.get()) != 1) {
        return {};
    }
    static_cast<void>(r.release()); // the signature's now
    static_cast<void>(s.release());
    const int size = i2d_ECDSA_SIG(made.get(), nullptr);
    if (size <= 0) {
        return {};
    }
    std::vector<unsigned char> der(static_cast<std::size_t>(size));
    unsigned char *end = der.data();
    return i2d_ECDSA_SIG(made.get(), &end) == size ? der : std::vector<unsigned char>();
}

} // namespace

struct PublicKey::Handle {
    Key key;
};

PublicKey::PublicKey(Algorithm algorithm, std::unique_ptr<Handle> handle) : m_algorithm(algorithm), m_handle(std::move(handle)) {}
PublicKey::~PublicKey() = default;
PublicKey::PublicKey(PublicKey &&) noexcept = default;
PublicKey &PublicKey::operator=(PublicKey &&) noexcept = default;

std::variant<PublicKey, std::string> PublicKey::from_jwk(const json &jwk) {
    const ErrorsOfThisCall errors;
    const std::string_view kind = text_at(jwk, "kty");
    Made made{nullptr, "is of a kind that signs no tokens here"};
    Algorithm algorithm = Algorithm::rs256;
    if (kind == "RSA") {
        made = make_rsa(jwk);
    } else if (kind == "EC") {
        algorithm = Algorithm::es256;
        made = make_p256(jwk);
    } else if (kind == "OKP") {
        algorithm = Algorithm::eddsa;
        made = make_ed25519(jwk);
    }
    if (!made.key) {
        return std::move(made.fault);
    }
    return PublicKey(algorithm, std::make_unique<Handle>(Handle{std::move(made.key)}));
}

bool PublicKey::verifies(std::string_view signed_text, std::string_view signature) const {
    const ErrorsOfThisCall errors;
    std::vector<unsigned char> der;
    if (m_algorithm == Algorithm::es256) {
        der = der_signature(signature);
        if (der.empty()) {
            return false;
        }
    }
    const DigestContext context(EVP_MD_CTX_new());
    const EVP_MD *digest = m_algorithm == Algorithm::eddsa ? nullptr : EVP_sha256(); // Ed25519 hashes by itself
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, m_handle->key.get()) != 1) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("OpenSSL does not verify {}", algorithm_name(m_algorithm)));
    }
    const unsigned char *bytes = der.empty() ? bytes_of(signature) : der.data();
    const std::size_t size = der.empty() ? signature.size() : der.size();
    return EVP_DigestVerify(context.get(), bytes, size, bytes_of(signed_text), signed_text.size()) == 1;
}

} // namespace keyaki::server::access
