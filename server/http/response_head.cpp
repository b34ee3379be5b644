#include "server/http/response_head.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace keyaki::server::http {

namespace {

bool is_ours(std::string_view name) {
    for (const std::string_view one : {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Date", "Server"}) {
        if (equal_ignoring_case(name, one)) {
            return true;
        }
    }
    return false;
}

void add_field(std::string &head, std::string_view name, std::string_view value) { head.append(name).append(": ").append(value).append("\r\n"); }

void add_length(std::string &head, const Response &response, const Framing &framing) {
    if (response.status < 200 || response.status == 204 || response.status == 304) {
        return; // RFC 9112, 6.3: no body, and RFC 9110, 8.6: 204 must not carry a length
    }
    if (response.source && response.source_bytes) {
        add_field(head, "Content-Length", std::to_string(*response.source_bytes));
        return;
    }
    if (response.stream || response.source) {
        if (framing.http_1_1) {
            add_field(head, "Transfer-Encoding", "chunked");
        }
        return;
    }
    if (framing.to_head) {
        if (const auto length = response.headers.find("Content-Length")) {
            add_field(head, "Content-Length", *length);
        }
        return;
    }
    add_field(head, "Content-Length", std::to_string(response.body ? response.body->size() : 0));
}

} // namespace

std::string response_head(const Response &response, const Framing &framing) {
    std::string head;
    head.reserve(1024);
    head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_phrase(response.status)).append("\r\n");
    add_field(head, "Date", date_now());
    add_field(head, "Server", "keyaki");
    for (const auto &[name, value] : response.headers) {
        if (!is_ours(name)) {
            add_field(head, name, value);
        }
    }
    add_length(head, response, framing);
    if (!framing.keep_alive) {
        add_field(head, "Connection", "close");
    } else if (!framing.http_1_1) {
        add_field(head, "Connection", "keep-alive");
    }
    head.append("\r\n");
    return head;
}

const std::string &date_now() {
    thread_local std::time_t second = 0;
    thread_local std::string date;
    const auto now = std::time(nullptr);
    if (now != second || date.empty()) {
        std::tm calendar{};
        gmtime_r(&now, &calendar);
        constexpr std::array<const char *, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr std::array<const char *, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::array<char, 64> text{}; // not strftime's %a and %b: they follow the locale
        const auto length = std::snprintf(
            text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", days.at(static_cast<std::size_t>(calendar.tm_wday)), calendar.tm_mday,
            months.at(static_cast<std::size_t>(calendar.tm_mon)), calendar.tm_year + 1900, calendar.tm_hour, calendar.tm_min, calendar.tm_sec);
        date.assign(text.data(), static_cast<std::size_t>(length));
        second = now;
    }
    return date;
}

} // namespace keyaki::server::http
