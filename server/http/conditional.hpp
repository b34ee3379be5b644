#pragma once

#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::http {

/// `"abc"` from `abc`: an entity-tag of RFC 9110, 8.8.3. The text must consist of etagc (no quotes, blanks or controls; asserted).
[[nodiscard]] std::string quoted_etag(std::string_view opaque);

/// The tag of the same content in another encoding: `"abc"` and gzip give `"abc-gzip"`; strong tags must differ by encoding (RFC 9110, 8.8.3.3).
[[nodiscard]] std::string etag_with_encoding(std::string_view etag, std::string_view encoding);
/// `"abc"` from `"abc-gzip"`, other tags unchanged: what a handler compares with If-Match, whichever encoding the client once got.
[[nodiscard]] std::string etag_without_encoding(std::string_view etag);

/// RFC 9110, 8.8.3.2.
[[nodiscard]] bool strong_etags_equal(std::string_view left, std::string_view right);
[[nodiscard]] bool weak_etags_equal(std::string_view left, std::string_view right);

/// The members of If-Match or If-None-Match.
struct EtagList {
    bool any = false; ///< "*"
    std::vector<std::string> tags;
};
/// Throws geo::Error(invalid_input) when the text is neither "*" nor a list of entity-tags.
[[nodiscard]] EtagList parse_etag_list(std::string_view text);

/// RFC 9110, 13.1.2, for GET and HEAD: does If-None-Match name this tag (weak comparison)? A malformed field is ignored.
[[nodiscard]] bool if_none_match_hits(const Request &request, std::string_view etag);

/// RFC 9110, 13.1.1, before a write. `absent`: no If-Match, the write proceeds. Encoding marks of our own are ignored; weak tags never match.
enum class IfMatch { absent, matches, differs };
/// `etag` is empty when the thing does not exist: then "*" differs too.
[[nodiscard]] IfMatch if_match(const Request &request, std::string_view etag);

/// 304 for this 200: ETag, Cache-Control, Vary, Content-Location, Date and Expires are carried over (RFC 9110, 15.4.5), with our own Keyaki-Revision.
[[nodiscard]] Response not_modified(const Response &full);

} // namespace keyaki::server::http
