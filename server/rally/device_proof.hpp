#pragma once

#include "geo/presence.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Proof that the phone which holds a key saw these fixes: is_signed_by() of proofs.hpp over one of these messages. Any thread.
namespace keyaki::server::rally {

/// What the device key signs: "keyaki-offline/1\nTICKET\nSPOT\n" and one line "lon,lat,accuracy,taken_at" for each fix as it is sent, with seven,
/// seven and two decimals and milliseconds since 1970; an accuracy that is missing is empty.
[[nodiscard]] std::string offline_message(std::string_view ticket, std::string_view spot, std::span<const geo::Fix> fixes);

/// The same for a check-in that is sent at once, by the device's own key: "keyaki-online/1\nRALLY\nMEMBER\nSPOT\nCOUNTER\n" and the fixes. The
/// counter goes up with every request that is signed, so that none serves twice.
struct OnlineClaim {
    std::string_view rally;
    std::string_view member;
    std::string_view spot;
    std::int64_t counter = 0;
};
[[nodiscard]] std::string online_message(const OnlineClaim &claim, std::span<const geo::Fix> fixes);

} // namespace keyaki::server::rally
