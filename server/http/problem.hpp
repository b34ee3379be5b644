#pragma once

#include "geo/error.hpp"
#include "server/http/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::http {

/// One thing that is wrong in a body: a JSON pointer (RFC 6901) and a sentence.
struct ProblemError {
    std::string pointer;
    std::string detail;
};

/// RFC 9457, application/problem+json. `type` is the relative reference "/problems/{slug}", "about:blank" when the slug is empty; an empty title is
/// the status's phrase. The router adds `instance`, "urn:keyaki:request:{X-Request-Id}".
[[nodiscard]] Response problem(int status, std::string_view title, std::string_view detail, std::string_view type_slug = {},
                               const std::vector<ProblemError> &errors = {});

/// invalid_input 400, not_found 404, conflict 409, too_large 413, unavailable 503, corrupt and internal 500.
[[nodiscard]] int status_of(geo::ErrorKind kind) noexcept;

/// The answer for an error of ours. The sentence goes to the client, except for corrupt, internal and unavailable, whose text is for the log alone:
/// no answer shows SQL, a path or a stack.
[[nodiscard]] Response problem_of(const geo::Error &error);

} // namespace keyaki::server::http
