#include "server/http/response.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace keyaki::server::http {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 45> phrases{{{100, "Continue"},
                                                                    {101, "Switching Protocols"},
                                                                    {200, "OK"},
                                                                    {201, "Created"},
                                                                    {202, "Accepted"},
                                                                    {203, "Non-Authoritative Information"},
                                                                    {204, "No Content"},
                                                                    {205, "Reset Content"},
                                                                    {206, "Partial Content"},
                                                                    {300, "Multiple Choices"},
                                                                    {301, "Moved Permanently"},
                                                                    {302, "Found"},
                                                                    {303, "See Other"},
                                                                    {304, "Not Modified"},
                                                                    {307, "Temporary Redirect"},
                                                                    {308, "Permanent Redirect"},
                                                                    {400, "Bad Request"},
                                                                    {401, "Unauthorized"},
                                                                    {402, "Payment Required"},
                                                                    {403, "Forbidden"},
                                                                    {404, "Not Found"},
                                                                    {405, "Method Not Allowed"},
                                                                    {406, "Not Acceptable"},
                                                                    {407, "Proxy Authentication Required"},
                                                                    {408, "Request Timeout"},
                                                                    {409, "Conflict"},
                                                                    {410, "Gone"},
                                                                    {411, "Length Required"},
                                                                    {412, "Precondition Failed"},
                                                                    {413, "Content Too Large"},
                                                                    {414, "URI Too Long"},
                                                                    {415, "Unsupported Media Type"},
                                                                    {416, "Range Not Satisfiable"},
                                                                    {417, "Expectation Failed"},
                                                                    {421, "Misdirected Request"},
                                                                    {422, "Unprocessable Content"},
                                                                    {428, "Precondition Required"},
                                                                    {429, "Too Many Requests"},
                                                                    {431, "Request Header Fields Too Large"},
                                                                    {500, "Internal Server Error"},
                                                                    {501, "Not Implemented"},
                                                                    {502, "Bad Gateway"},
                                                                    {503, "Service Unavailable"},
                                                                    {504, "Gateway Timeout"},
                                                                    {505, "HTTP Version Not Supported"}}};

Response with_text(int status, std::string body, std::string content_type) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", std::move(content_type));
    response.body = std::make_shared<const std::string>(std::move(body));
    return response;
}

} // namespace

Response &&Response::with(std::string name, std::string value) && {
    headers.set(std::move(name), std::move(value));
    return std::move(*this);
}

Response &&Response::with_etag(std::string strong_tag) && {
    assert(strong_tag.size() >= 2 && strong_tag.front() == '"' && strong_tag.back() == '"' && "an ETag stands in quotes");
    headers.set("ETag", std::move(strong_tag));
    return std::move(*this);
}

Response &&Response::with_cache_control(std::string value) && {
    headers.set("Cache-Control", std::move(value));
    return std::move(*this);
}

Response &&Response::encoded_as_gzip(std::shared_ptr<const std::string> plain) && {
    content_encoding = "gzip";
    plain_body = std::move(plain);
    return std::move(*this);
}

Response json(int status, std::string body, std::string content_type) { return with_text(status, std::move(body), std::move(content_type)); }

Response text(int status, std::string body, std::string content_type) { return with_text(status, std::move(body), std::move(content_type)); }

Response html(int status, std::string body) { return with_text(status, std::move(body), "text/html; charset=utf-8"); }

Response bytes(std::shared_ptr<const std::string> body, std::string content_type) {
    Response response;
    response.headers.add("Content-Type", std::move(content_type));
    response.body = std::move(body);
    response.is_shared = true;
    response.compression = Compression::never;
    return response;
}

Response no_content() {
    Response response;
    response.status = 204;
    return response;
}

Response created(std::string location, std::string json_body) { return json(201, std::move(json_body)).with("Location", std::move(location)); }

Response redirect(int status, std::string location) {
    assert(status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
    Response response;
    response.status = status;
    response.headers.add("Location", std::move(location));
    return response;
}

Response produced(std::string content_type, std::shared_ptr<BodySource> source) {
    Response response;
    response.headers.add("Content-Type", std::move(content_type));
    response.source = std::move(source);
    return response;
}

Response streamed(std::string content_type, std::function<void(std::shared_ptr<StreamWriter>)> start) {
    Response response;
    response.headers.add("Content-Type", std::move(content_type));
    response.stream = std::move(start);
    response.compression = Compression::never;
    return response;
}

std::string_view reason_phrase(int status) noexcept {
    const auto *const found = std::find_if(phrases.begin(), phrases.end(), [&](const auto &entry) { return entry.first == status; });
    return found == phrases.end() ? "Unknown" : found->second;
}

} // namespace keyaki::server::http
