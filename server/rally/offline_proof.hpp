#pragma once

#include "geo/presence.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Proof that the phone which holds a ticket's key saw these fixes: is_signed_by() of proofs.hpp over this message. Any thread.
namespace keyaki::server::rally {

/// What the device key signs: "keyaki-offline/1\nTICKET\nSPOT\n" and one line "lon,lat,accuracy,taken_at" for each fix as it is sent, with seven,
/// seven and two decimals and milliseconds since 1970; an accuracy that is missing is empty.
[[nodiscard]] std::string offline_message(std::string_view ticket, std::string_view spot, std::span<const geo::Fix> fixes);

} // namespace keyaki::server::rally
