#include "tests/support/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>

namespace keyaki::test {

namespace {

/// The answer as it comes; where a mark is given the client hangs up when it has come.
struct Reading {
    HttpAnswer *answer;
    std::string_view mark;
};

std::size_t take_body(char *data, std::size_t size, std::size_t count, void *reading) {
    const auto [answer, mark] = *static_cast<Reading *>(reading);
    answer->body.append(data, size * count);
    return !mark.empty() && answer->body.find(mark) != std::string::npos ? 0 : size * count;
}

std::size_t take_header(char *data, std::size_t size, std::size_t count, void *answer) {
    const std::string line(data, size * count);
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) {
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
        const std::size_t end = line.find_last_not_of("\r\n \t");
        static_cast<HttpAnswer *>(answer)->headers[name] = begin == std::string::npos || begin > end ? "" : line.substr(begin, end + 1 - begin);
    }
    return size * count;
}

} // namespace

struct HttpClient::Handle {
    CURL *curl = curl_easy_init();
    Handle() = default;
    ~Handle() { curl_easy_cleanup(curl); }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
};

HttpClient::HttpClient(std::string base, std::string key) : m_handle(std::make_unique<Handle>()), m_base(std::move(base)), m_key(std::move(key)) {}

HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::perform(std::string_view path, const Headers &headers, std::string_view mark) {
    HttpAnswer answer;
    Reading reading{&answer, mark};
    CURL *curl = m_handle->curl;
    const std::string url = m_base + std::string(path);
    curl_slist *list = nullptr;
    for (const std::string &header : headers) {
        list = curl_slist_append(list, header.c_str());
    }
    if (!m_key.empty()) {
        list = curl_slist_append(list, ("Authorization: Bearer " + m_key).c_str());
    }
    curl_slist *places = nullptr;
    if (!m_found_here.empty()) {
        places = curl_slist_append(places, (m_found_here + ":127.0.0.1").c_str());
        curl_easy_setopt(curl, CURLOPT_RESOLVE, places);
        curl_easy_setopt(curl, CURLOPT_CAINFO, m_certificate_file.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reading);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (const CURLcode outcome = curl_easy_perform(curl); outcome == CURLE_OK || (outcome == CURLE_WRITE_ERROR && !mark.empty())) {
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
    }
    curl_slist_free_all(list);
    curl_slist_free_all(places);
    curl_easy_reset(curl); // keeps the connection, forgets the options
    return answer;
}

HttpAnswer HttpClient::get(std::string_view path, const Headers &headers) { return perform(path, headers); }

HttpAnswer HttpClient::get_until(std::string_view path, std::string_view mark) { return perform(path, {}, mark); }

HttpAnswer HttpClient::head(std::string_view path, const Headers &headers) {
    curl_easy_setopt(m_handle->curl, CURLOPT_NOBODY, 1L);
    return perform(path, headers);
}

HttpAnswer HttpClient::delete_(std::string_view path, const Headers &headers) {
    curl_easy_setopt(m_handle->curl, CURLOPT_CUSTOMREQUEST, "DELETE");
    return perform(path, headers);
}

HttpAnswer HttpClient::get_slowly(std::string_view path, long bytes_per_second) {
    curl_easy_setopt(m_handle->curl, CURLOPT_MAX_RECV_SPEED_LARGE, static_cast<curl_off_t>(bytes_per_second));
    return perform(path, {});
}

void HttpClient::find_here(const std::string &name_and_port, const std::string &certificate_file) {
    m_found_here = name_and_port;
    m_certificate_file = certificate_file;
}

HttpAnswer HttpClient::post(std::string_view path, std::string_view body, const Headers &headers) {
    curl_easy_setopt(m_handle->curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(m_handle->curl, CURLOPT_COPYPOSTFIELDS, body.data());
    if (body.size() > 1024UL * 1024) {
        // Asks before it sends (Expect: 100-continue, HTTP/1.1 only) and waits: a refusal of a body that is still on its way may be lost with the
        // connection that the refusing side closes (RFC 9112 section 9.6), and what is tested is the refusal.
        curl_easy_setopt(m_handle->curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(m_handle->curl, CURLOPT_EXPECT_100_TIMEOUT_MS, 20'000L);
    }
    return perform(path, headers);
}

} // namespace keyaki::test
