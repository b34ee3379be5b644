#include "server/packs/file_hash.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <fstream>
#include <string>

namespace keyaki::server::packs {

namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
};

void require(bool is_done) {
    if (!is_done) {
        throw geo::Error(geo::ErrorKind::internal, "OpenSSL gives no SHA-256");
    }
}

} // namespace

struct RunningHash::Context {
    std::unique_ptr<EVP_MD_CTX, FreeContext> handle{EVP_MD_CTX_new()};
};

RunningHash::RunningHash() : m_context(std::make_unique<Context>()) {
    require(m_context->handle && EVP_DigestInit_ex(m_context->handle.get(), EVP_sha256(), nullptr) == 1);
}

RunningHash::~RunningHash() = default;
RunningHash::RunningHash(RunningHash &&) noexcept = default;
RunningHash &RunningHash::operator=(RunningHash &&) noexcept = default;

void RunningHash::add(std::string_view bytes) { require(EVP_DigestUpdate(m_context->handle.get(), bytes.data(), bytes.size()) == 1); }

data::Hash RunningHash::finish() {
    data::Hash hash{};
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(m_context->handle.get(), hash.data(), &size) == 1 && size == hash.size());
    return hash;
}

FileHash hash_file(const std::filesystem::path &file) {
    if (!std::filesystem::is_regular_file(file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", file.string()));
    }
    std::ifstream in(file, std::ios::binary);
    std::string piece(std::size_t{256} * 1024, '\0');
    RunningHash hash;
    FileHash found;
    while (in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        const auto length = static_cast<std::size_t>(in.gcount());
        hash.add(std::string_view(piece).substr(0, length));
        found.bytes += length;
    }
    if (!in.eof()) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} cannot be read", file.string()));
    }
    found.sha256 = hash.finish();
    return found;
}

} // namespace keyaki::server::packs
