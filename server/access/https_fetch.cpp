#include "server/access/https_fetch.hpp"

#include "geo/error.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>

namespace keyaki::server::access {

namespace {

struct CleanUp {
    void operator()(CURL *handle) const { curl_easy_cleanup(handle); }
};

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

/// libcurl is to be readied once before any thread uses it.
void ready_curl() {
    static const CURLcode outcome = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (outcome != CURLE_OK) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("libcurl cannot be used: {}", curl_easy_strerror(outcome)));
    }
}

void set_up(CURL *handle, const std::string &url, const std::filesystem::path &ca_file, std::chrono::milliseconds deadline) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca_file.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
        curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr); // the file's authorities instead of the system's, not beside them
    }
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L); // threads
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "keyaki");
}

} // namespace

std::string fetch_https(const std::string &url, const std::filesystem::path &ca_file, std::size_t max_bytes, std::chrono::milliseconds deadline) {
    ready_curl();
    const std::unique_ptr<CURL, CleanUp> handle(curl_easy_init());
    if (!handle) {
        throw geo::Error(geo::ErrorKind::internal, "libcurl gives no handle");
    }
    Body body{{}, max_bytes};
    std::array<char, CURL_ERROR_SIZE> reason{};
    set_up(handle.get(), url, ca_file, deadline);
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
