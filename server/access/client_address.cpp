#include "server/access/client_address.hpp"

#include "server/access/limits.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace keyaki::server::access {

namespace {

constexpr Address mapped_ipv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};
constexpr std::size_t ipv4_at = 12;

bool is_ipv4(const Address &address) { return std::equal(address.begin(), address.begin() + ipv4_at, mapped_ipv4.begin()); }

bool is_trusted(const std::vector<Network> &proxies, const Address &address) {
    return std::any_of(proxies.begin(), proxies.end(), [&](const Network &network) { return contains(network, address); });
}

} // namespace

std::optional<Address> parse_address(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string word(text);
    Address address = mapped_ipv4;
    if (inet_pton(AF_INET, word.c_str(), address.data() + ipv4_at) == 1) {
        return address;
    }
    return inet_pton(AF_INET6, word.c_str(), address.data()) == 1 ? std::optional(address) : std::nullopt;
}

std::optional<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const bool is_short = text.substr(0, slash).find(':') == std::string_view::npos;
    unsigned bits = is_short ? 32 : 128;
    if (slash != std::string_view::npos) {
        const char *end = text.data() + text.size();
        unsigned found = 0;
        const auto [stop, failure] = std::from_chars(text.data() + slash + 1, end, found);
        if (failure != std::errc() || stop != end || found > bits) {
            return std::nullopt;
        }
        bits = found;
    }
    const Network network{*address, bits + (is_short ? 96U : 0U)};
    for (unsigned bit = network.bits; bit < 128; ++bit) {
        if ((unsigned{network.address.at(bit / 8)} >> (7 - bit % 8) & 1U) != 0) {
            return std::nullopt;
        }
    }
    return network;
}

bool contains(const Network &network, const Address &address) noexcept {
    const std::size_t whole = network.bits / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), network.address.begin())) {
        return false;
    }
    const unsigned rest = network.bits % 8;
    return rest == 0 || (address[whole] ^ network.address[whole]) >> (8 - rest) == 0;
}

Address client_address(const http::Request &request, const std::vector<Network> &trusted_proxies) {
    // A peer that cannot be read (a test without a socket) is nobody in particular, and trusted by nobody.
    Address client = parse_address(request.remote_address).value_or(Address{});
    if (!is_trusted(trusted_proxies, client)) {
        return client;
    }
    const auto forwarded = request.headers.joined("X-Forwarded-For");
    std::string_view rest = forwarded ? std::string_view(*forwarded) : std::string_view();
    for (std::size_t seen = 0; seen < limits::proxies && !rest.empty(); ++seen) {
        const std::size_t comma = rest.rfind(',');
        const auto address = parse_address(http::trim_blanks(comma == std::string_view::npos ? rest : rest.substr(comma + 1)));
        if (!address) {
            return client;
        }
        client = *address;
        if (!is_trusted(trusted_proxies, client)) {
            return client;
        }
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    }
    return client;
}

std::string to_text(const Address &address) {
    std::string text(INET6_ADDRSTRLEN, '\0');
    const bool is_short = is_ipv4(address);
    const char *written =
        inet_ntop(is_short ? AF_INET : AF_INET6, address.data() + (is_short ? ipv4_at : 0), text.data(), static_cast<socklen_t>(text.size()));
    return written == nullptr ? std::string() : std::string(written);
}

} // namespace keyaki::server::access
