#include "server/packs/minisign.hpp"

#include "geo/error.hpp"
#include "server/base64.hpp"
#include "server/bytes.hpp"
#include "server/identifiers.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <span>
#include <vector>

namespace keyaki::server::packs {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Signature = std::array<std::uint8_t, 64>;
using Digest = std::array<std::uint8_t, 64>; ///< BLAKE2b-512

constexpr std::string_view untrusted = "untrusted comment: ";
constexpr std::string_view trusted = "trusted comment: ";
constexpr std::array<std::uint8_t, 2> key_algorithm{'E', 'd'};
constexpr std::array<std::uint8_t, 2> hashed_algorithm{'E', 'D'}; ///< of the content's digest

// A secret key's file: algorithm, how the password becomes a key (none: zeros), which checksum, salt and two limits for the password, then id, seed
// and public key, and the checksum, which is zeros where there is no password.
constexpr std::array<std::uint8_t, 2> no_password{0, 0};
constexpr std::array<std::uint8_t, 2> checksum_algorithm{'B', '2'};
constexpr std::size_t password_bytes = 32 + 8 + 8;
constexpr std::size_t checksum_bytes = 32;
constexpr std::size_t seed_bytes = 32;
constexpr std::size_t secret_head_bytes = 6 + password_bytes;
constexpr std::size_t secret_bytes = secret_head_bytes + 8 + seed_bytes + 32 + checksum_bytes;

struct FreeKey {
    void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void require(bool is_done) {
    if (!is_done) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL could not work with a key of packs");
    }
}

[[noreturn]] void refuse(std::string_view where, std::string_view what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", where, what));
}

void append(Bytes &out, std::span<const std::uint8_t> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void append(Bytes &out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

/// Nothing for what is not the base64 of exactly so many bytes.
std::optional<Bytes> from_base64(std::string_view text, std::size_t size) {
    if (text.size() != (size + 2) / 3 * 4) {
        return std::nullopt;
    }
    Bytes bytes(text.size() / 4 * 3);
    if (EVP_DecodeBlock(bytes.data(), bytes_of(text), static_cast<int>(text.size())) < 0) {
        return std::nullopt;
    }
    bytes.resize(size);
    return to_base64(bytes) == text ? std::optional(bytes) : std::nullopt;
}

Digest blake2b(std::string_view content) {
    Digest digest{};
    unsigned int size = 0;
    require(EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_blake2b512(), nullptr) == 1 && size == digest.size());
    return digest;
}

bool is_signed_by(const PublicKey &key, std::span<const std::uint8_t> content, std::span<const std::uint8_t> signature) {
    const Key handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
    const Context context(EVP_MD_CTX_new());
    require(handle && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), content.data(), content.size()) == 1;
}

/// The lines of a text, without their ends; those of Windows too.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        lines.push_back(line);
    }
    return lines;
}

struct SignatureFile {
    KeyId id{};
    Signature of_content{};
    std::string comment;
    Signature of_comment{};
};

SignatureFile parse_signature(std::string_view text, std::string_view where) {
    const auto lines = lines_of(text);
    if (lines.size() != 4 || !lines[0].starts_with(untrusted) || !lines[2].starts_with(trusted)) {
        refuse(where, "expected the four lines of a minisign signature, found something else");
    }
    SignatureFile file;
    const auto first = from_base64(lines[1], key_algorithm.size() + file.id.size() + file.of_content.size());
    const auto second = from_base64(lines[3], file.of_comment.size());
    if (!first || !second || !std::equal(hashed_algorithm.begin(), hashed_algorithm.end(), first->begin())) {
        refuse(where, "expected an ed25519 signature of the content's BLAKE2b hash (ED), found something else");
    }
    std::copy_n(first->begin() + 2, file.id.size(), file.id.begin());
    std::copy_n(first->begin() + 2 + file.id.size(), file.of_content.size(), file.of_content.begin());
    std::copy(second->begin(), second->end(), file.of_comment.begin());
    file.comment = lines[2].substr(trusted.size());
    return file;
}

} // namespace

struct SecretKey::Handle {
    Key key;
};

SecretKey::SecretKey(std::unique_ptr<Handle> handle, const KeyId &id) : m_handle(std::move(handle)) {
    std::size_t length = m_public.bytes.size();
    require(m_handle->key && EVP_PKEY_get_raw_public_key(m_handle->key.get(), m_public.bytes.data(), &length) == 1 &&
            length == m_public.bytes.size());
    m_public.id = id;
}

SecretKey::~SecretKey() = default;
SecretKey::SecretKey(SecretKey &&) noexcept = default;
SecretKey &SecretKey::operator=(SecretKey &&) noexcept = default;

SecretKey SecretKey::make() {
    KeyId id{};
    std::copy_n(make_secret().begin(), id.size(), id.begin());
    return {std::make_unique<Handle>(Handle{Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))}), id};
}

SecretKey SecretKey::parse(std::string_view text, std::string_view where) {
    const auto lines = lines_of(text);
    const auto bytes = lines.size() == 2 && lines[0].starts_with(untrusted) ? from_base64(lines[1], secret_bytes) : std::nullopt;
    if (!bytes || !std::equal(key_algorithm.begin(), key_algorithm.end(), bytes->begin())) {
        refuse(where, "expected a secret key of minisign, as `keyaki pack key create` makes it, found something else");
    }
    if (!std::equal(no_password.begin(), no_password.end(), bytes->begin() + 2)) {
        refuse(where, "expected a secret key without a password, found one that needs it: a server that signs by itself has nobody to ask");
    }
    KeyId id{};
    const auto at = bytes->begin() + secret_head_bytes;
    std::copy_n(at, id.size(), id.begin());
    const std::span seed(&*at + id.size(), seed_bytes);
    SecretKey key(std::make_unique<Handle>(Handle{Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()))}), id);
    if (!std::equal(key.m_public.bytes.begin(), key.m_public.bytes.end(), at + id.size() + seed_bytes)) {
        refuse(where, "is damaged: its secret and its public half do not belong together");
    }
    return key;
}

std::string SecretKey::to_file() const {
    Bytes line;
    append(line, key_algorithm);
    append(line, no_password);
    append(line, checksum_algorithm);
    line.resize(secret_head_bytes);
    append(line, m_public.id);
    std::array<std::uint8_t, seed_bytes> seed{};
    std::size_t length = seed.size();
    require(EVP_PKEY_get_raw_private_key(m_handle->key.get(), seed.data(), &length) == 1 && length == seed.size());
    append(line, seed);
    append(line, m_public.bytes);
    line.resize(secret_bytes);
    return fmt::format("{}secret key of packs, without a password\n{}\n", untrusted, to_base64(line));
}

std::string SecretKey::sign(std::string_view content, std::string_view trusted_comment) const {
    assert(trusted_comment.find_first_of("\r\n") == std::string_view::npos);
    const auto signed_by_key = [this](std::span<const std::uint8_t> bytes) {
        const Context context(EVP_MD_CTX_new());
        Signature signature{};
        std::size_t length = signature.size();
        require(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_handle->key.get()) == 1 &&
                EVP_DigestSign(context.get(), signature.data(), &length, bytes.data(), bytes.size()) == 1);
        return signature;
    };
    const Signature of_content = signed_by_key(blake2b(content));
    Bytes line;
    append(line, hashed_algorithm);
    append(line, m_public.id);
    append(line, of_content);
    Bytes commented(of_content.begin(), of_content.end());
    append(commented, trusted_comment);
    return fmt::format("{}signature by keyaki, key {}\n{}\n{}{}\n{}\n", untrusted, to_text(m_public.id), to_base64(line), trusted, trusted_comment,
                       to_base64(signed_by_key(commented)));
}

std::string to_text(const KeyId &id) {
    std::string text;
    for (auto byte = id.rbegin(); byte != id.rend(); ++byte) { // a number whose lowest byte comes first
        text += fmt::format("{:02X}", *byte);
    }
    return text;
}

std::string to_file(const PublicKey &key) {
    Bytes line;
    append(line, key_algorithm);
    append(line, key.id);
    append(line, key.bytes);
    return fmt::format("{}minisign public key {}\n{}\n", untrusted, to_text(key.id), to_base64(line));
}

PublicKey parse_public_key(std::string_view text, std::string_view where) {
    auto lines = lines_of(text);
    if (lines.size() == 2 && lines[0].starts_with(untrusted)) {
        lines.erase(lines.begin());
    }
    PublicKey key;
    const auto bytes = lines.size() == 1 ? from_base64(lines[0], key_algorithm.size() + key.id.size() + key.bytes.size()) : std::nullopt;
    if (!bytes || !std::equal(key_algorithm.begin(), key_algorithm.end(), bytes->begin())) {
        refuse(where, "expected a public key of minisign (two lines, the second beginning with RW), found something else");
    }
    std::copy_n(bytes->begin() + 2, key.id.size(), key.id.begin());
    std::copy_n(bytes->begin() + 2 + key.id.size(), key.bytes.size(), key.bytes.begin());
    return key;
}

std::string verify_signature(const PublicKey &key, std::string_view content, std::string_view signature, std::string_view where) {
    SignatureFile file = parse_signature(signature, where);
    if (file.id != key.id) {
        refuse(where, fmt::format("expected a signature by the key {}, found one by {}", to_text(key.id), to_text(file.id)));
    }
    if (!is_signed_by(key, blake2b(content), file.of_content)) {
        refuse(where, fmt::format("is not what the key {} has signed: a byte of it or of its signature was changed", to_text(key.id)));
    }
    Bytes commented(file.of_content.begin(), file.of_content.end());
    append(commented, file.comment);
    if (!is_signed_by(key, commented, file.of_comment)) {
        refuse(where, "the comment beside the signature is not the one that was signed");
    }
    return std::move(file.comment);
}

} // namespace keyaki::server::packs
