#pragma once

#include "server/access/options.hpp"

#include <vector>

namespace keyaki::server::outgoing {

/// Keeps requests to addresses that others chose away from what stands inside: this machine, the city's networks, a cloud's own services
/// (server-side request forgery). Asked for each address that libcurl is about to connect to, after the name was resolved and with that very address:
/// a name that means another address the next time gets nobody in.
class AddressGuard {
  public:
    /// Networks that the operator allows although they are not public.
    explicit AddressGuard(std::vector<access::Network> allowed) : m_allowed(std::move(allowed)) {}

    /// Public unicast, or allowed. IPv4 inside IPv6 (mapped, NAT64, 6to4) counts as the IPv4 address that it holds.
    [[nodiscard]] bool permits(const access::Address &address) const noexcept;
    [[nodiscard]] bool is_allowed_inside(const access::Address &address) const noexcept;

    /// Makes the handle of libcurl ask here, past any proxy of the environment; with `only_inside` (plain http) nothing but allowed networks is
    /// reached. The guard has to outlive the request.
    void watch(void *handle, bool only_inside) const;

  private:
    std::vector<access::Network> m_allowed;
};

} // namespace keyaki::server::outgoing
