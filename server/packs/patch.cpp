#include "server/packs/patch.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <zstd.h>

namespace keyaki::server::packs {

namespace {

constexpr int level = 9;       // a level more costs twice the time and gains a hundredth
constexpr int window_max = 31; // log2 of bytes: all that a file of a pack may have

struct FreeCompressor {
    void operator()(ZSTD_CCtx *context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
};

std::size_t require(std::size_t code) {
    if (ZSTD_isError(code) != 0) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("libzstd could not make a patch: {}", ZSTD_getErrorName(code)));
    }
    return code;
}

/// log2 of the window that holds both.
int window_for(std::string_view before, std::string_view after) {
    return std::clamp(static_cast<int>(std::bit_width(before.size() + after.size())), 10, window_max);
}

} // namespace

std::string make_patch(std::string_view before, std::string_view after) {
    const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
    require(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
    require(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_for(before, after)));
    require(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1));
    require(ZSTD_CCtx_refPrefix(context.get(), before.data(), before.size()));
    std::string patch(ZSTD_compressBound(after.size()), '\0');
    patch.resize(require(ZSTD_compress2(context.get(), patch.data(), patch.size(), after.data(), after.size())));
    return patch;
}

std::string apply_patch(std::string_view before, std::string_view patch, std::uint64_t bytes) {
    const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
    require(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_max));
    require(ZSTD_DCtx_refPrefix(context.get(), before.data(), before.size()));
    // What the frame itself says has to be it before any memory is taken.
    if (ZSTD_getFrameContentSize(patch.data(), patch.size()) != bytes) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a patch that makes {} bytes, found something else", bytes));
    }
    std::string after(bytes, '\0');
    const std::size_t made = ZSTD_decompressDCtx(context.get(), after.data(), after.size(), patch.data(), patch.size());
    if (ZSTD_isError(made) != 0 || made != bytes) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a patch of these very bytes, found one that does not fit ({})",
                                                                    ZSTD_isError(made) != 0 ? ZSTD_getErrorName(made) : "too few bytes"));
    }
    return after;
}

} // namespace keyaki::server::packs
