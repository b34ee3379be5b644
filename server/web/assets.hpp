#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace keyaki::server::web {

/// One file of the web pages, embedded in the binary: everything points into read-only memory that lives as long as the program.
struct Asset {
    std::string_view path; ///< relative to the root, without a leading slash: "index.html", "assets/page-3e9177a2a7.js", "styles/light.json"
    std::string_view content_type;
    std::string_view bytes; ///< as a client without encodings gets it
    std::string_view gzip;  ///< the same, packed at build time; empty when packing gains nothing
    std::string_view etag;  ///< 16 hex digits of the SHA-256 of `bytes`, without quotes
    bool immutable = false; ///< the name carries the content's hash: `Cache-Control: public, max-age=31536000, immutable`
};

/// The asset of exactly this path; nothing for any other text ("..", a leading slash and the empty path included).
[[nodiscard]] std::optional<Asset> find_asset(std::string_view path) noexcept;

/// Every asset in the order of its path.
[[nodiscard]] std::span<const Asset> all_assets() noexcept;

/// To be sent with index.html. The pages have no inline script or style and ask no other server for anything; `data:` images are the
/// pictograms of MapLibre's buttons, `blob:` is how MapLibre makes images of sprites.
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

} // namespace keyaki::server::web
