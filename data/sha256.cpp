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

void require(bool is_done) {
    if (!is_done) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL gives no SHA-256");
    }
}

class Digest {
  public:
    void begin() const { require(m_context && digest() != nullptr && EVP_DigestInit_ex2(m_context.get(), digest(), nullptr) == 1); }
    void add(std::string_view bytes) const { require(EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()) == 1); }
    [[nodiscard]] Hash finish() const {
        Hash hash{};
        unsigned int size = 0;
        require(EVP_DigestFinal_ex(m_context.get(), hash.data(), &size) == 1 && size == hash.size());
        return hash;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, FreeContext> m_context{EVP_MD_CTX_new()};
};

} // namespace

struct RunningHash::Context {
    Digest digest;
};

RunningHash::RunningHash() : m_context(std::make_unique<Context>()) { m_context->digest.begin(); }
RunningHash::~RunningHash() = default;
void RunningHash::add(std::string_view bytes) { m_context->digest.add(bytes); }
Hash RunningHash::finish() { return m_context->digest.finish(); }

Hash sha256(std::string_view first, std::string_view second) {
    thread_local const Digest digest; // making one takes as long as hashing an entry
    digest.begin();
    digest.add(first);
    digest.add(second);
    return digest.finish();
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
