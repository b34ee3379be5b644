#include "server/http/problem.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server::http {

Response problem(int status, std::string_view title, std::string_view detail, std::string_view type_slug, const std::vector<ProblemError> &errors) {
    nlohmann::ordered_json document;
    document["type"] = type_slug.empty() ? std::string("about:blank") : "/problems/" + std::string(type_slug);
    document["title"] = title.empty() ? reason_phrase(status) : title;
    document["status"] = status;
    if (!detail.empty()) {
        document["detail"] = detail;
    }
    for (const auto &error : errors) {
        document["errors"].push_back({{"pointer", error.pointer}, {"detail", error.detail}});
    }
    // A detail may quote what a client sent, which need not be UTF-8.
    return json(status, document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "application/problem+json")
        .with("Cache-Control", "no-store");
}

int status_of(geo::ErrorKind kind) noexcept {
    switch (kind) {
    case geo::ErrorKind::invalid_input: return 400;
    case geo::ErrorKind::not_found: return 404;
    case geo::ErrorKind::conflict: return 409;
    case geo::ErrorKind::too_large: return 413;
    case geo::ErrorKind::unavailable: return 503;
    case geo::ErrorKind::corrupt:
    case geo::ErrorKind::internal: break;
    }
    return 500;
}

Response problem_of(const geo::Error &error) {
    switch (error.kind()) {
    case geo::ErrorKind::invalid_input: return problem(400, {}, error.what(), "invalid-input");
    case geo::ErrorKind::not_found: return problem(404, {}, error.what(), "not-found");
    case geo::ErrorKind::conflict: return problem(409, {}, error.what(), "conflict");
    case geo::ErrorKind::too_large: return problem(413, {}, error.what(), "too-large");
    case geo::ErrorKind::unavailable:
        return problem(503, {}, "The server cannot do this now; ask again in a moment.", "unavailable").with("Retry-After", "1");
    case geo::ErrorKind::corrupt:
    case geo::ErrorKind::internal: break;
    }
    return problem(500, {}, "The server made a mistake; it is in its log under this request's id.", "internal");
}

} // namespace keyaki::server::http
