#include "server/outgoing/curl_handle.hpp"

#include "geo/error.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace keyaki::server::outgoing {

namespace {

/// libcurl is to be readied once before any thread uses it.
void ready_curl() {
    static const CURLcode outcome = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (outcome != CURLE_OK) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("libcurl cannot be used: {}", curl_easy_strerror(outcome)));
    }
}

} // namespace

void CleanUpCurl::operator()(void *handle) const { curl_easy_cleanup(handle); }

CurlHandle make_curl_handle(const std::string &url, const std::filesystem::path &ca_file, std::chrono::milliseconds deadline) {
    ready_curl();
    CurlHandle handle(curl_easy_init());
    if (!handle) {
        throw geo::Error(geo::ErrorKind::internal, "libcurl gives no handle");
    }
    CURL *const curl = handle.get();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca_file.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
        curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr); // the file's authorities instead of the system's, not beside them
    }
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);   // threads
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); // whoever gives up waits for no name server: its look-up ends by itself, later
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "keyaki");
    return handle;
}

} // namespace keyaki::server::outgoing
