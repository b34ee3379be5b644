#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// RFC 1952, at a level that a request can wait for (about 100 MB/s).
[[nodiscard]] std::string gzip(std::string_view bytes);

/// Nothing when the bytes are no gzip or would unpack to more than the limit.
[[nodiscard]] std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit_bytes);

/// Media types that shrink: text, JSON, XML, and what is built on them; never what is compressed in itself.
[[nodiscard]] bool is_compressible(std::string_view content_type);

} // namespace keyaki::server::http
