#include "server/access/https_fetch.hpp"

#include "geo/error.hpp"
#include "server/outgoing/curl_handle.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>

namespace keyaki::server::access {

namespace {

struct Body {
    std::string bytes;
    std::size_t max_bytes;
    bool is_too_large = false;
};

/// libcurl's write callback: taking less than was given ends the transfer.
std::size_t take(char *data, std::size_t size, std::size_t count, void *to) {
    Body &body = *static_cast<Body *>(to);
    if (size * count > body.max_bytes - body.bytes.size()) {
        body.is_too_large = true;
        return 0;
    }
    body.bytes.append(data, size * count);
    return size * count;
}

} // namespace

std::string fetch_https(const std::string &url, const std::filesystem::path &ca_file, std::size_t max_bytes, std::chrono::milliseconds deadline) {
    const outgoing::CurlHandle handle = outgoing::make_curl_handle(url, ca_file, deadline);
    Body body{{}, max_bytes};
    std::array<char, CURL_ERROR_SIZE> reason{};
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, reason.data());
    const CURLcode outcome = curl_easy_perform(handle.get());
    if (body.is_too_large) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{} answers with more than {} bytes", url, max_bytes));
    }
    if (outcome != CURLE_OK) {
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("{} gives no answer: {}", url, reason[0] != '\0' ? reason.data() : curl_easy_strerror(outcome)));
    }
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} answers {}, where 200 is expected", url, status));
    }
    return std::move(body.bytes);
}

} // namespace keyaki::server::access
