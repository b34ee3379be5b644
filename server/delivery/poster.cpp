#include "server/delivery/poster.hpp"

#include "geo/error.hpp"
#include "server/delivery/limits.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::server::delivery {

namespace {

struct FreeList {
    void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

/// The answer's body is of no use; so much of it is taken that the connection can be used again.
std::size_t pass_over(char *, std::size_t size, std::size_t count, void *taken) {
    auto &bytes = *static_cast<std::size_t *>(taken);
    bytes += size * count;
    return bytes > limits::answer_bytes ? 0 : size * count;
}

HeaderList list_of(const std::vector<Poster::Header> &headers) {
    HeaderList list;
    for (const Poster::Header &header : headers) {
        curl_slist *longer = curl_slist_append(list.get(), fmt::format("{}: {}", header.name, header.value).c_str());
        static_cast<void>(list.release());
        list.reset(longer);
    }
    return list;
}

} // namespace

struct Poster::Request {
    std::uint64_t ticket = 0;
    outgoing::CurlHandle handle;
    HeaderList headers;
    std::string body;
    std::size_t taken_bytes = 0;
    std::array<char, CURL_ERROR_SIZE> reason{};
};

void Poster::FreeMulti::operator()(void *multi) const { curl_multi_cleanup(multi); }

Poster::Poster(const outgoing::AddressGuard &guard, std::filesystem::path ca_file) : m_guard(guard), m_ca_file(std::move(ca_file)) {
    static_cast<void>(outgoing::make_curl_handle("https://localhost/", {}, limits::attempt_deadline)); // libcurl is ready after that
    m_multi.reset(curl_multi_init());
    if (!m_multi) {
        throw geo::Error(geo::ErrorKind::internal, "libcurl gives no handle for several requests");
    }
    curl_multi_setopt(m_multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(limits::webhooks * limits::in_flight_per_webhook));
    curl_multi_setopt(m_multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(limits::webhooks * limits::in_flight_per_webhook));
}

Poster::~Poster() {
    for (const auto &[handle, request] : m_requests) {
        curl_multi_remove_handle(m_multi.get(), handle);
    }
}

void Poster::begin(std::uint64_t ticket, const std::string &url, const std::vector<Header> &headers, std::string body) {
    auto request = std::make_unique<Request>();
    request->ticket = ticket;
    request->body = std::move(body);
    request->headers = list_of(headers);
    request->handle = outgoing::make_curl_handle(url, m_ca_file, limits::attempt_deadline);
    CURL *const curl = request->handle.get();
    // Which of the two an address may be used with was decided where it was registered and is decided again by the guard.
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request->body.size()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &request->taken_bytes);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, request->reason.data());
    m_guard.watch(curl, url.starts_with("http://"));
    const auto place = m_requests.emplace(curl, std::move(request)).first;
    if (const CURLMcode outcome = curl_multi_add_handle(m_multi.get(), curl); outcome != CURLM_OK) {
        m_requests.erase(place);
        throw geo::Error(geo::ErrorKind::internal, fmt::format("libcurl cannot begin a request: {}", curl_multi_strerror(outcome)));
    }
}

Poster::Ended Poster::end_of(const Request &request, int outcome) const {
    Ended ended;
    ended.ticket = request.ticket;
    CURL *const curl = request.handle.get();
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ended.status);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &ended.seconds);
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > 0) {
        ended.retry_after = std::chrono::seconds(std::min<curl_off_t>(retry_after_s, limits::retry_after_max.count()));
    }
    const bool has_answer = outcome == CURLE_OK || (outcome == CURLE_WRITE_ERROR && ended.status != 0); // a long answer is an answer
    if (!has_answer) {
        ended.status = 0;
        ended.reason = request.reason[0] != '\0' ? request.reason.data() : curl_easy_strerror(static_cast<CURLcode>(outcome));
    } else if (ended.status < 200 || ended.status > 299) {
        ended.reason = fmt::format("the receiver answered {}, where 2xx is expected", ended.status);
    }
    return ended;
}

std::vector<Poster::Ended> Poster::wait(std::chrono::milliseconds patience) {
    int running = 0;
    curl_multi_perform(m_multi.get(), &running);
    curl_multi_poll(m_multi.get(), nullptr, 0, static_cast<int>(patience.count()), nullptr);
    curl_multi_perform(m_multi.get(), &running);
    std::vector<Ended> ended;
    int left = 0;
    while (const CURLMsg *message = curl_multi_info_read(m_multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        CURL *const curl = message->easy_handle;
        const CURLcode outcome = message->data.result;
        const auto request = m_requests.find(curl);
        ended.push_back(end_of(*request->second, outcome));
        curl_multi_remove_handle(m_multi.get(), curl);
        m_requests.erase(request);
    }
    return ended;
}

void Poster::wake() { curl_multi_wakeup(m_multi.get()); }

} // namespace keyaki::server::delivery
