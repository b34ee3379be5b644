#pragma once

#include "server/http/request.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>

namespace keyaki::server::http {

/// RFC 9110, 12.5.3: may and should this answer be gzip? False without Accept-Encoding: such clients rarely unpack.
[[nodiscard]] bool prefers_gzip(const Request &request);
/// Whether plain bytes are acceptable (they are unless "identity;q=0" or "*;q=0").
[[nodiscard]] bool accepts_identity(const Request &request);

/// RFC 9110, 12.5.1: the best of the offered media types ("application/geo+json", without parameters), the first one on a tie and when there is
/// no Accept; nothing when all are refused (406). More specific ranges win over "type/*" and "*/*".
[[nodiscard]] std::optional<std::string_view> negotiate_media_type(const Request &request, std::initializer_list<std::string_view> offered);

enum class Language { ja, en };
/// RFC 9110, 12.5.4: Japanese unless the client prefers English.
[[nodiscard]] Language negotiate_language(const Request &request);
[[nodiscard]] std::string_view language_tag(Language language) noexcept;

} // namespace keyaki::server::http
