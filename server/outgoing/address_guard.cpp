#include "server/outgoing/address_guard.hpp"

#include "server/access/client_address.hpp"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace keyaki::server::outgoing {

namespace {

using access::Address;
using access::Network;

/// What is not reachable over the public internet, or not one machine (IANA's registries of special-purpose addresses, RFC 6890 and later).
const std::vector<Network> &inside_networks() {
    static const std::vector<Network> networks = [] {
        std::vector<Network> made;
        for (const char *text :
             {"0.0.0.0/8",    "10.0.0.0/8",     "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",  "172.16.0.0/12",  "192.0.0.0/24",
              "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
              "240.0.0.0/4",  "::/128",         "::1/128",        "64:ff9b:1::/48", "100::/64",        "2001::/23",      "2001:db8::/32",
              "3fff::/20",    "5f00::/16",      "fc00::/7",       "fe80::/10",      "fec0::/10",       "ff00::/8"}) {
            made.push_back(access::parse_network(text).value());
        }
        return made;
    }();
    return networks;
}

bool is_in(const std::vector<Network> &networks, const Address &address) noexcept {
    return std::any_of(networks.begin(), networks.end(), [&](const Network &network) { return access::contains(network, address); });
}

Address ipv4_from(const Address &address, std::size_t at) {
    Address mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};
    std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(at), 4, mapped.begin() + 12);
    return mapped;
}

/// The IPv4 address that a translator would go on to: 64:ff9b::/96 (RFC 6052), 2002::/16 (RFC 3056), ::a.b.c.d (RFC 4291, 2.5.5.1).
std::optional<Address> ipv4_inside(const Address &address) {
    static const Network nat64 = access::parse_network("64:ff9b::/96").value();
    static const Network six_to_four = access::parse_network("2002::/16").value();
    static const Network compatible = access::parse_network("::/96").value();
    if (access::contains(nat64, address) || access::contains(compatible, address)) {
        return ipv4_from(address, 12);
    }
    return access::contains(six_to_four, address) ? std::optional(ipv4_from(address, 2)) : std::nullopt;
}

/// As text and back: the system knows how each family writes an address.
std::optional<Address> address_of(const curl_sockaddr &target) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(&target.addr, target.addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
        return std::nullopt;
    }
    const std::string_view numeric(text.data());
    return access::parse_address(numeric.substr(0, numeric.find('%'))); // without the interface of a link-local address
}

curl_socket_t socket_for(const curl_sockaddr &target, bool is_permitted) {
    return is_permitted ? socket(target.family, target.socktype | SOCK_CLOEXEC, target.protocol) : CURL_SOCKET_BAD;
}

/// libcurl's callbacks: the socket for this address, or none.
curl_socket_t open_socket(void *guard, curlsocktype, curl_sockaddr *target) {
    const std::optional<Address> address = address_of(*target);
    return socket_for(*target, address && static_cast<const AddressGuard *>(guard)->permits(*address));
}

curl_socket_t open_socket_inside(void *guard, curlsocktype, curl_sockaddr *target) {
    const std::optional<Address> address = address_of(*target);
    return socket_for(*target, address && static_cast<const AddressGuard *>(guard)->is_allowed_inside(*address));
}

} // namespace

bool AddressGuard::is_allowed_inside(const Address &address) const noexcept { return is_in(m_allowed, address); }

bool AddressGuard::permits(const Address &address) const noexcept {
    if (is_allowed_inside(address)) {
        return true;
    }
    const std::optional<Address> inner = ipv4_inside(address);
    return !is_in(inside_networks(), address) && (!inner || !is_in(inside_networks(), *inner));
}

void AddressGuard::watch(void *handle, bool only_inside) const {
    curl_easy_setopt(handle, CURLOPT_PROXY, ""); // a proxy would connect where we cannot look
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, only_inside ? open_socket_inside : open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, static_cast<const void *>(this));
}

} // namespace keyaki::server::outgoing
