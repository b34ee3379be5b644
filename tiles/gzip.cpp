#include "tiles/gzip.hpp"

#include "geo/error.hpp"

#include <array>
#include <cassert>
#include <cstdint>
#include <libdeflate.h>
#include <memory>
#include <new>

namespace keyaki::tiles {

namespace {

struct FreeCompressor {
    void operator()(libdeflate_compressor *compressor) const noexcept { libdeflate_free_compressor(compressor); }
};
struct FreeDecompressor {
    void operator()(libdeflate_decompressor *decompressor) const noexcept { libdeflate_free_decompressor(decompressor); }
};

constexpr int highest_level = 12;

libdeflate_compressor *compressor(int level) {
    static thread_local std::array<std::unique_ptr<libdeflate_compressor, FreeCompressor>, highest_level + 1> kept;
    auto &of_level = kept[static_cast<std::size_t>(level)];
    if (!of_level) {
        of_level.reset(libdeflate_alloc_compressor(level));
        if (!of_level) {
            throw std::bad_alloc();
        }
    }
    return of_level.get();
}

libdeflate_decompressor *decompressor() {
    static thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> kept(libdeflate_alloc_decompressor());
    if (!kept) {
        throw std::bad_alloc();
    }
    return kept.get();
}

/// The size that a gzip member claims for its content, modulo 2^32 (RFC 1952 2.3.1, ISIZE): a first guess, never believed.
std::size_t claimed_size(std::string_view bytes) {
    std::uint32_t size = 0;
    for (std::size_t index = 0; index < 4 && bytes.size() >= 4; ++index) {
        size |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[bytes.size() - 4 + index])) << (8 * index);
    }
    return size;
}

} // namespace

std::string gzip(std::string_view bytes, int level) {
    assert(level >= 1 && level <= highest_level);
    libdeflate_compressor *with = compressor(level);
    std::string compressed(libdeflate_gzip_compress_bound(with, bytes.size()), '\0');
    const std::size_t size = libdeflate_gzip_compress(with, bytes.data(), bytes.size(), compressed.data(), compressed.size());
    assert(size > 0); // the bound is always enough
    compressed.resize(size);
    compressed.shrink_to_fit();
    return compressed;
}

std::string gunzip(std::string_view bytes, std::size_t max_bytes) {
    const std::size_t claimed = bytes.starts_with("\x1f\x8b") ? claimed_size(bytes) : 0;
    if (claimed > max_bytes) {
        throw geo::Error(geo::ErrorKind::too_large,
                         "gzipped data unpacks to " + std::to_string(claimed) + " bytes, but at most " + std::to_string(max_bytes) + " are taken");
    }
    std::string unpacked(claimed + 1, '\0'); // one byte more, so that a lie about the size shows
    std::size_t read = 0;
    std::size_t written = 0;
    const auto result = libdeflate_gzip_decompress_ex(decompressor(), bytes.data(), bytes.size(), unpacked.data(), unpacked.size(), &read, &written);
    if (result != LIBDEFLATE_SUCCESS || read != bytes.size() || written != claimed) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected one whole gzip member, found " + std::to_string(bytes.size()) +
                                                            " bytes that are not one (damaged, cut off, or with something behind it)");
    }
    unpacked.resize(written);
    return unpacked;
}

} // namespace keyaki::tiles
