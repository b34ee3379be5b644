#include "server/links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <string>

namespace keyaki::server {

bool is_literal_host(std::string_view host) noexcept {
    std::string name(host);
    const std::size_t bracket = name.find(']');
    const std::size_t colon = name.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos) {
        const std::string_view port = std::string_view(name).substr(colon + 1);
        if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
            return false;
        }
        name.resize(colon);
    }
    if (name == "localhost") {
        return true;
    }
    in6_addr address{};
    if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
        return inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1;
    }
    return inet_pton(AF_INET, name.c_str(), &address) == 1;
}

std::string base_url(const Settings &settings, std::uint16_t port, const http::Request &request) {
    if (!settings.public_url.empty()) {
        return settings.public_url;
    }
    const std::string_view host = request.header("Host");
    if (is_literal_host(host)) {
        return fmt::format("http://{}", host);
    }
    const bool is_bare_ipv6 = settings.listen_address.find(':') != std::string::npos && settings.listen_address.front() != '[';
    return is_bare_ipv6 ? fmt::format("http://[{}]:{}", settings.listen_address, port) : fmt::format("http://{}:{}", settings.listen_address, port);
}

} // namespace keyaki::server
