#include "server/http/delivery.hpp"

#include "geo/error.hpp"
#include "server/http/accept.hpp"
#include "server/http/compression.hpp"
#include "server/http/conditional.hpp"
#include "server/http/gzip_source.hpp"
#include "server/http/limits.hpp"

#include <string>

namespace keyaki::server::http {

namespace {

/// Makes the first piece; where it is all there is, the answer is an ordinary one from here on.
void take_first_piece(Response &response) {
    std::string piece;
    const bool has_more = response.source->append_piece(piece);
    response.body = std::make_shared<const std::string>(std::move(piece));
    if (!has_more) {
        response.source = nullptr;
    }
}

bool worth_compressing(const Response &response) {
    return response.compression == Compression::automatic && response.body && response.content_encoding.empty() && response.status != 206 &&
           response.body->size() > limits::compression_floor_bytes && response.body->size() <= limits::compression_ceiling_bytes &&
           is_compressible(response.headers.find("Content-Type").value_or(std::string_view{}));
}

void unpack(Response &response) {
    response.content_encoding.clear();
    if (response.plain_body) {
        response.body = std::move(response.plain_body);
        return;
    }
    auto plain = gunzip(*response.body, limits::unpacked_bytes);
    if (!plain) {
        throw geo::Error(geo::ErrorKind::internal, "a route called its body gzip, but it does not unpack");
    }
    response.body = std::make_shared<const std::string>(*std::move(plain));
    response.is_shared = false;
}

/// A body that exists in two codings depends on Accept-Encoding, whichever of them this client gets.
void choose_coding(const Request &request, Response &response, bool gzip_preferred, bool client_has_it) {
    const bool wants_gzip = gzip_preferred || (!accepts_identity(request) && request.header("Accept-Encoding").find("gzip") != std::string::npos);
    if (response.content_encoding == "gzip") {
        response.headers.add_to_list("Vary", "Accept-Encoding");
        if (!wants_gzip && response.body && !client_has_it) {
            unpack(response);
        } else if (!wants_gzip) {
            response.content_encoding.clear();
        }
    } else if (worth_compressing(response)) {
        response.headers.add_to_list("Vary", "Accept-Encoding");
        if (wants_gzip) {
            response.content_encoding = "gzip";
            if (response.source) {
                response.source = gzip_source(*response.body, std::move(response.source));
                response.source_bytes.reset();
                take_first_piece(response);
            } else if (!client_has_it) {
                response.body = std::make_shared<const std::string>(gzip(*response.body));
                response.is_shared = false;
            }
        }
    }
    if (!response.content_encoding.empty()) {
        response.headers.set("Content-Encoding", response.content_encoding);
        if (const auto etag = response.headers.find("ETag")) {
            response.headers.set("ETag", etag_with_encoding(*etag, response.content_encoding));
        }
    }
}

/// The client holds this content in one of its codings; then nothing has to be packed or sent. Codings differ in their strong tags, but GET compares
/// weakly, and a cache that holds the gzip form may go on using it.
bool client_holds(const Request &request, const Response &response, bool gzip_preferred) {
    if (response.status != 200 || (request.method != Method::get && request.method != Method::head) || !request.headers.contains("If-None-Match")) {
        return false;
    }
    const auto etag = response.headers.find("ETag");
    if (!etag) {
        return false;
    }
    if (response.content_encoding.empty() && !worth_compressing(response)) {
        return if_none_match_hits(request, *etag);
    }
    return if_none_match_hits(request, gzip_preferred ? etag_with_encoding(*etag, "gzip") : std::string(*etag));
}

} // namespace

void prepare_for(const Request &request, Response &response) {
    if (response.source) {
        take_first_piece(response);
    }
    const bool gzip_preferred = prefers_gzip(request);
    const bool client_has_it = client_holds(request, response, gzip_preferred);
    choose_coding(request, response, gzip_preferred, client_has_it);
    if (client_has_it) {
        response = not_modified(response);
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    if (bodiless) {
        response.body.reset();
        response.source = nullptr;
        response.headers.remove("Content-Length");
    } else if (request.method == Method::head) {
        if (response.source && response.source_bytes) {
            response.headers.set("Content-Length", std::to_string(*response.source_bytes));
        } else if (!response.stream && !response.source) {
            response.headers.set("Content-Length", std::to_string(response.body ? response.body->size() : 0));
        }
        response.body.reset();
        response.stream = nullptr;
        response.source = nullptr;
    }
}

} // namespace keyaki::server::http
